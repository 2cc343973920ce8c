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
