"""What a card reports: in lists and tables, for splits, classes and other models."""

from __future__ import annotations

import pytest
from tests.audit.card.cards import found, subject, table

from newtrick.audit.card.names import Measure
from newtrick.audit.card.subject import Split

PASTED = """Scored on the test split:

```
              precision    recall  f1-score   support

         neg       0.89      0.91      0.90      1250
  not so bad       0.91      0.89      0.90      1250

    accuracy                           0.90      2500
   macro avg       0.90      0.90      0.90      2500
weighted avg       0.90      0.90      0.90      2500
```
"""

AS_TABLE = """| Class | Precision | Recall | F1-score | Support |
|---|---|---|---|---|
| neg | 0.89 | 0.91 | 0.90 | 1,250 |
| not so bad | 0.91 | 0.89 | 0.90 | 1,250 |
| **accuracy** | | | 0.90 | 2,500 |
| Macro Avg | 0.90 | 0.90 | 0.90 | 2,500 |
| Weighted Avg | 0.90 | 0.90 | 0.90 | 2,500 |
"""

WITHOUT_BLANKS = "\n".join(line for line in PASTED.splitlines() if line.strip())


@pytest.mark.parametrize("text", [PASTED, AS_TABLE, WITHOUT_BLANKS])
def test_a_report_of_classes_is_read_with_its_rows_and_averages(text: str) -> None:
    card = subject(text)
    (report,) = card.reports
    assert [scores.name for scores in report.classes] == ["neg", "not so bad"]
    assert report.class_rows == (1250, 1250)
    assert report.classes[0].figures[Measure.RECALL].value == 0.91
    assert {measure: figure.value for measure, figure in report.overall.items()} == {
        Measure.ACCURACY: 0.9,
        Measure.MACRO_F1: 0.9,
        Measure.WEIGHTED_F1: 0.9,
    }
    assert card.sizes == {2500}
    assert card.claimed[Measure.ACCURACY].shown == "0.90"


def test_a_pasted_report_belongs_to_the_rows_named_before_it() -> None:
    assert subject(PASTED).headlines[0].split == "test"


def results(text: str) -> list[tuple[Split | None, str]]:
    return [
        (headline.split, headline.figures[Measure.ACCURACY].shown)
        for headline in subject(text).headlines
    ]


def test_splits_in_columns_or_lines_are_results_of_their_own() -> None:
    columns = table(
        ("", "Train", "Validation", "Test"),
        (("Loss", "0.02", "0.24", "0.26"), ("Accuracy", "0.99", "0.93", "0.92")),
    )
    lines = table(
        ("Split", "Loss", "Accuracy"),
        (("Training set", "0.02", "0.99"), ("Dev", "0.24", "0.93"), ("Test", "0.26", "0.92")),
    )
    for text in (columns, lines):
        assert results(text) == [("train", "0.99"), ("evaluation", "0.93"), ("test", "0.92")]
        assert subject(text).claimed[Measure.ACCURACY].shown == "0.92"
        assert "evaluated-on-train" not in found(text)


def test_of_several_models_the_one_in_bold_is_this_one() -> None:
    rows = (("tf-idf", "0.806"), ("lstm", "0.834"), ("**ours**", "**0.921**"))
    card = subject(table(("Model", "Val Accuracy"), rows))
    assert card.claimed[Measure.ACCURACY].shown == "0.921"
    assert len(card.headlines) == 3


def test_differences_to_another_line_are_no_scores() -> None:
    rows = (("before", "0.80", "0.79"), ("after", "0.82", "0.82"), ("change", "+0.02", "-0.03"))
    text = table(("Run", "Accuracy", "F1"), rows)
    assert len(subject(text).headlines) == 2
    assert "impossible-metric" not in found(text)


def test_a_column_of_aims_or_changes_is_not_the_result() -> None:
    text = table(
        ("Metric", "Value", "Aim", "Change"),
        (("Accuracy", "87.2 %", "85 %", "-3 %"), ("F1", "85.1 %", "120 %", "+1 %")),
    )
    assert results(text) == [(None, "87.2 %")]
    assert "impossible-metric" not in found(text)


def test_the_names_in_a_list_say_which_rows_were_scored() -> None:
    text = "- train_accuracy: 0.99\n- eval_accuracy: 0.93\n\nThen:\n- test_accuracy: 0.92\n"
    assert results(text) == [("evaluation", "0.93"), ("test", "0.92")]


def report(*lines: str) -> str:
    head = "precision recall f1-score support\n\n"
    return f"{head}{chr(10).join(lines)}\n"


def test_rows_of_one_class_alone_are_an_error() -> None:
    text = report(
        "neg 0.00 0.00 0.00 0", "pos 1.00 0.89 0.94 500", "accuracy 0.89 500", "end of it"
    )
    finding = found(text)["one-class-evaluation"]
    assert finding.severity == "error"
    assert "all 500 rows of the evaluation are 'pos'" in finding.title
    assert "majority_accuracy" not in found(text)["no-baseline"].evidence


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("bad 0.98 1.00 0.93 4141", "good 0.99 0.81 0.89 500"), "never 0.93"),
        (("a 0.90 0.90 0.90 7", "b 0.90 0.90 0.90 50"), "among 7 rows of 'a' is recall 0.90"),
        (
            ("a 0.90 0.90 0.90 500", "b 0.90 0.90 0.90 500", "accuracy 0.95 1000"),
            "give an accuracy of",
        ),
        (
            ("a 0.90 0.90 0.90 500", "b 0.90 0.90 0.90 500", "accuracy 0.90 1100"),
            "add up to 1,000, and 1,100 are stated",
        ),
    ],
)
def test_scores_of_classes_that_contradict_each_other_are_told(
    lines: tuple[str, ...], said: str
) -> None:
    finding = found(report(*lines))["impossible-metric"]
    assert finding.severity == "warning"
    assert said in finding.title
    assert finding.rows


def test_a_model_that_is_no_better_than_the_largest_class_is_told() -> None:
    lines = ("ham 0.87 1.00 0.93 870", "spam 0.00 0.00 0.00 130", "accuracy 0.87 1000")
    finding = found(report(*lines))["no-baseline"]
    assert finding.severity == "warning"
    assert "always naming the largest class has accuracy 0.8700" in finding.title


def test_lines_about_other_rows_are_not_held_to_the_size_of_the_test_set() -> None:
    rows = (("**all**", "**0.9000**"), ("without the 76 leaked rows", "0.8920"))
    text = f"Scored on 400 test rows.\n\n{table(('Test rows', 'Accuracy'), rows)}"
    assert "impossible-metric" not in found(text)
    of_its_own = table(("Model", "Rows", "Accuracy"), (("a", "400", "0.9001"), ("b", "9", "0.11")))
    assert "among 400 rows is accuracy 0.9001" in found(of_its_own)["impossible-metric"].title


def test_f1_is_held_to_precision_and_recall_and_every_line_is_named() -> None:
    names = ("Epoch", "Precision", "Recall", "F1")
    rows = (("1", "0.95", "0.98", "0.70"), ("2", "0.90", "0.70", "0.79"), ("3", ".9", ".7", "1.0"))
    finding = found(table(names, rows))["impossible-metric"]
    assert "F1 is 0.9200 to 0.9748 in any average of classes, never 0.70" in finding.title
    assert finding.rows == ("README.md:3", "README.md:5")
    macro = table(("Epoch", "Precision", "Recall", "Macro F1"), (("1", "0.80", "0.70", "0.60"),))
    assert "impossible-metric" not in found(macro)


def test_scores_out_of_range_are_all_named() -> None:
    finding = found(table(("Epoch", "Accuracy", "F1"), (("1", "1.84", "0.9"), ("2", "0.9", "9"))))
    assert "accuracy 1.84, F1 9 are not between 0 and 1" in finding["impossible-metric"].title
    per_cents = (("1", "51.2", "0.8"), ("2", "61.3", "55.2"))
    assert "impossible-metric" not in found(table(("Epoch", "Accuracy", "F1"), per_cents))


def test_a_limit_is_shown_with_the_digits_of_the_figure_beyond_it() -> None:
    text = "- Accuracy: 0.843316\n- F1: 0.915000\n"
    assert "gives, 0.914999" in found(text)["impossible-metric"].title


def test_of_several_checkpoints_with_the_digits_of_the_headline_none_is_accused() -> None:
    rows = (("1", "0.5", "0.9"), ("2", "0.4", "0.9"), ("3", "0.3", "0.95"))
    columns = ("Epoch", "Validation Loss", "Accuracy")
    assert "not-best-checkpoint" in found(f"- Loss: 0.4\n- Accuracy: 0.9\n\n{table(columns, rows)}")
    assert "not-best-checkpoint" not in found(f"- Accuracy: 0.90\n\n{table(columns, rows)}")


def test_metadata_of_few_digits_accuses_no_checkpoint_that_the_text_contradicts() -> None:
    metadata = "model-index:\n- results:\n  - metrics:\n    - {type: accuracy, value: 0.93}\n"
    rows = (("1", "0.4", "0.9"), ("2", "0.3", "0.9711"))
    text = f"- Loss: 0.3\n- Accuracy: 0.9211\n\n{table(('Epoch', 'Loss', 'Accuracy'), rows)}"
    assert "not-best-checkpoint" not in found(f"---\n{metadata}---\n{text}")


def test_scores_in_a_training_table_alone_are_claims_too() -> None:
    codes = found(table(("Epoch", "Accuracy"), (("1", "0.93"), ("2", "0.91"))))
    assert "accuracy 0.93 stands without an interval" in codes["no-interval"].title
    assert codes.keys() >= {"no-test-size", "no-baseline"}


def test_what_was_read_is_told() -> None:
    card = subject(f"- Accuracy: 0.91\n- F1: 0.90\n\nOn 400 test rows.\n\n{table()}")
    assert card.told == (
        "training table, 5 rows: training loss, epoch, step, validation loss, accuracy, F1;"
        " 1 result, above all accuracy 0.91, F1 0.90; numbers of rows: 400"
    )
