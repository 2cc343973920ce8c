"""Each check finds what it is for, with its figures."""

from __future__ import annotations

import pytest
from tests.audit.card.cards import HEADER, REFERENCE, ROWS, found, subject, table

from newtrick.audit.check import audit
from newtrick.audit.finding import Severity
from newtrick.audit.registry import CARD_CHECKS

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def test_the_reference_card_had_one_class_and_says_whose_recall_its_accuracy_is() -> None:
    finding = found(REFERENCE)["one-class-evaluation"]
    assert finding.severity is ERROR
    assert "in all 5 rows" in finding.title
    assert "0.8878 is the recall" in finding.title
    assert finding.evidence["accuracy"] == 0.8878
    assert float(finding.evidence["most_true_negatives"]) < 0.02
    assert len(finding.rows) == 5


def test_the_reference_card_reports_a_checkpoint_that_is_worse_in_everything() -> None:
    finding = found(REFERENCE)["not-best-checkpoint"]
    assert finding.severity is ERROR
    assert finding.evidence == {
        "reported": "step 2,500",
        "better": "step 1,000",
        "reported_validation_loss": 0.4422,
        "better_validation_loss": 0.1439,
        "reported_accuracy": 0.8878,
        "better_accuracy": 0.945,
        "reported_f1": 0.9406,
        "better_f1": 0.9717,
    }
    assert "validation loss 0.1439 against 0.4422" in finding.title


def test_the_reference_card_over_fits_since_step_1000() -> None:
    finding = found(REFERENCE)["over-fitting"]
    assert finding.severity is WARNING
    assert finding.evidence["since"] == "step 1,000"
    assert finding.evidence["times"] == 3.07
    assert "from 0.1439 to 0.4422" in finding.title
    assert "from 0.2452 to 0.1102" in finding.title


def test_the_reference_card_is_short_of_its_epochs_and_of_a_word_count() -> None:
    findings = found(REFERENCE)
    assert findings["epochs-not-trained"].evidence == {"configured": 200, "trained": 3.2}
    assert findings["word-count-would-do"].evidence["baseline_accuracy"] == 0.909
    assert "headline-mismatch" not in findings


def test_balanced_data_rules_out_the_f1_of_the_reference_card() -> None:
    finding = found(REFERENCE)["impossible-metric"]
    assert finding.severity is WARNING
    assert finding.evidence["most_f1"] == pytest.approx(1 / (2 - 0.88785), abs=1e-4)


def test_the_table_alone_gives_one_class_and_over_fitting() -> None:
    findings = found(table())
    assert findings["one-class-evaluation"].severity is ERROR
    assert findings["over-fitting"].severity is WARNING
    assert "not-best-checkpoint" not in findings


def test_one_pair_of_figures_is_a_suspicion_not_a_proof() -> None:
    assert found("- Accuracy: 0.8878\n- F1: 0.9406\n")["one-class-evaluation"].severity is WARNING


def test_a_model_that_always_names_one_class_is_told_apart_from_one_class() -> None:
    header = (*HEADER, "Precision")
    same = tuple((*row[:4], "0.6838", "0.8122", "0.6838") for row in ROWS)
    finding = found(table(header, same))["one-class-evaluation"]
    assert finding.severity is WARNING
    assert "or the model named one class throughout" in finding.title


def test_a_perfect_model_is_no_proof_of_one_class() -> None:
    rows = tuple((*row[:4], "1.0000", "1.0000") for row in ROWS)
    assert "one-class-evaluation" not in found(table(rows=rows))


def test_two_decimals_are_too_few_to_prove_one_class() -> None:
    rows = tuple((*row[:4], f"{float(row[4]):.2f}", f"{float(row[5]):.2f}") for row in ROWS)
    assert "one-class-evaluation" not in found(table(rows=rows))


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("- Accuracy: 120 %", ERROR),
        ("- F1: 1.2", ERROR),
        ("- Recall: -0.1", ERROR),
        ("- F1: 9282", ERROR),
        ("- Accuracy: 0.80\n- Weighted F1: 0.95", ERROR),
        ("- Accuracy: 0.80\n- F1: 0.95", WARNING),
        ("- Accuracy: 0.80\n- F1: 0.95\n\nTrained on the sms-spam dataset.", ERROR),
        ("- Accuracy: 0.8878\n\nThere were 100 test rows.", WARNING),
        (
            "- Accuracy: 0.90\n- F1: 0.905\n\n10 test rows, on the sms-spam data set",
            WARNING,
        ),
    ],
)
def test_figures_that_cannot_be(line: str, severity: Severity) -> None:
    assert found(line)["impossible-metric"].severity is severity


@pytest.mark.parametrize(
    "line",
    [
        "- Accuracy: 0.80\n- Macro F1: 0.95",
        "- Accuracy: 1.0\n- F1: 1.0",
        "- Accuracy: 88.78\n- F1: 87.1",
        "- Accuracy: 0.88\n\nThere were 100 test rows.",
        "- Accuracy: 0.8476\n\nThere were 1,057 test rows.",  # 896 of them, cut off
        "| Class | Support |\n|---|---|\n| a | 40 |\n| b | 43 |\n\n- Accuracy: 0.9277\n",  # of 83
    ],
)
def test_figures_that_can_be(line: str) -> None:
    assert "impossible-metric" not in found(line)


def test_scores_on_training_rows_are_an_error_and_a_split_named_train_a_question() -> None:
    said = found("Results on the training set:\n- Accuracy: 0.99\n")
    assert said["evaluated-on-train"].severity is ERROR
    declared = found(
        "---\nmodel-index:\n- results:\n  - dataset: {split: train}\n"
        "    metrics: [{type: accuracy, value: 0.99}]\n---\n"
    )
    assert declared["evaluated-on-train"].severity is WARNING
    assert "evaluated-on-train" not in found("## Training\n\n- Accuracy: 0.9\n")


def headline(loss: str, accuracy: str, f1: str) -> str:
    return (
        f"On the evaluation set:\n- Loss: {loss}\n- Accuracy: {accuracy}\n- F1: {f1}\n\n{table()}"
    )


def test_the_best_checkpoint_is_reported_without_a_finding() -> None:
    assert "not-best-checkpoint" not in found(headline("0.1439", "0.9450", "0.9717"))


def test_the_best_by_one_measure_is_a_choice() -> None:
    rows = (*ROWS[:2], ("0.1956", "1.92", "1500", "0.2199", "0.9500", "0.9744"))
    finding = found(f"- Loss: 0.1439\n- Accuracy: 0.9450\n\n{table(rows=rows)}")
    assert finding["not-best-checkpoint"].severity is INFO
    assert "accuracy 0.9500 against 0.9450" in finding["not-best-checkpoint"].title


def test_a_hair_behind_the_best_in_everything_is_a_warning() -> None:
    rows = (ROWS[1], ("0.1956", "1.92", "1500", "0.1441", "0.9449", "0.9716"))
    finding = found(f"- Loss: 0.1441\n- Accuracy: 0.9449\n\n{table(rows=rows)}")
    assert finding["not-best-checkpoint"].severity is WARNING


def test_over_fitting_after_the_checkpoint_that_is_reported_is_only_told() -> None:
    assert found(headline("0.1439", "0.9450", "0.9717"))["over-fitting"].severity is INFO


def test_both_losses_rising_is_not_over_fitting() -> None:
    rows = tuple((str(0.3 + place / 10), *row[1:]) for place, row in enumerate(ROWS))
    assert "over-fitting" not in found(table(rows=rows))


def test_a_headline_that_is_not_in_the_table_is_told_figure_by_figure() -> None:
    finding = found(headline("0.1439", "0.9550", "0.9717"))["headline-mismatch"]
    assert finding.severity is WARNING
    assert finding.evidence == {"accuracy": 0.955}
    assert finding.rows == ("README.md:2",)


def test_a_headline_of_the_best_of_each_column_is_told() -> None:
    finding = found(headline("0.1494", "0.9450", "0.9717"))["headline-mismatch"]
    assert "different rows, never in one" in finding.title


def test_figures_of_the_test_set_need_not_be_in_the_table_of_validation() -> None:
    text = f"On the test set:\n- Accuracy: 0.9123\n\n{table()}"
    assert "headline-mismatch" not in found(text)


def test_metadata_that_contradicts_the_text_is_told() -> None:
    metadata = "---\nmodel-index:\n- results:\n  - metrics: [{type: accuracy, value: VALUE}]\n---\n"
    other = found(metadata.replace("VALUE", "0.93") + "- Accuracy: 0.8878\n")
    assert other["headline-mismatch"].evidence["metadata"] == 0.93
    same = found(metadata.replace("VALUE", "0.88776") + "- Accuracy: 88.78 %\n")
    assert "headline-mismatch" not in same


def test_epochs_that_a_patience_explains_are_only_told() -> None:
    text = REFERENCE.replace("- seed: 42", "- early_stopping_patience: 3")
    assert found(text)["epochs-not-trained"].severity is INFO


def test_the_last_evaluation_need_not_be_the_last_step() -> None:
    assert "epochs-not-trained" not in found(REFERENCE.replace("200", "4"))


def test_what_is_left_out_is_told_with_the_interval_that_the_rows_give() -> None:
    findings = found("- Accuracy: 0.90\n\nThere were 100 test rows.")
    assert findings["no-interval"].evidence["low"] == pytest.approx(0.8256, abs=1e-4)
    assert findings["no-baseline"].severity is INFO
    assert "no-test-size" not in findings
    assert "no-test-size" in found("- Accuracy: 0.90\n")


def test_what_is_there_is_not_missed() -> None:
    text = "- Accuracy: 0.90 ± 0.01\n\nThe baseline (TF-IDF) has 0.85 on the 900 test rows."
    assert found(text) == {}


def test_every_card_check_can_be_found() -> None:
    cards = [
        REFERENCE,
        "- Accuracy: 0.80\n- F1: 0.95\n",
        "Results on the training set:\n- Accuracy: 0.99\n",
        headline("0.1439", "0.9550", "0.9717"),
    ]
    codes = {finding.code for card in cards for finding in audit(subject(card), CARD_CHECKS)}
    assert codes == {check.code for check in CARD_CHECKS}
