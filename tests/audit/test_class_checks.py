"""Classes that are one, and classes too small for what is claimed of them."""

from __future__ import annotations

import polars as pl
from tests.audit.subjects import TEST, TRAIN, Row

from newtrick.audit.check import audit
from newtrick.audit.data.classes import LabelVariants, MissingClass, TooFewRows
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import SCHEMA, LabelSet


def subject(**splits: list[Row]) -> DataSubject:
    """Splits with whatever labels their rows have."""
    labels = LabelSet(tuple(sorted({label for rows in splits.values() for _, label in rows})))
    return DataSubject(
        labels,
        {
            name: pl.DataFrame(
                [
                    (f"{name}.csv", row, text, labels.names.index(label))
                    for row, (text, label) in enumerate(rows, start=1)
                ],
                SCHEMA,
                orient="row",
            )
            for name, rows in splits.items()
        },
    )


def variants(*rows: Row) -> list[Finding]:
    return list(LabelVariants().look(subject(train=[*TRAIN, *rows], test=TEST)))


def test_a_class_that_is_another_one_written_differently_is_an_error() -> None:
    (finding,) = variants(("a film", "Pos"), ("a book", "Neg "), ("a song", "Pos"))
    assert finding.severity is Severity.ERROR
    assert "'Pos' (2 rows) beside 'pos' (400)" in finding.title
    assert finding.rows == ("train.csv:401", "train.csv:402", "train.csv:403")
    assert finding.suggested == ("pos", "neg", "pos")
    assert "--write-review FILE" in finding.fix


def test_the_way_of_writing_with_the_most_rows_is_meant_wherever_it_stands() -> None:
    upper = [(text, label.upper()) for text, label in TRAIN]
    (finding,) = LabelVariants().look(subject(train=[*upper, *TEST[:6]]))
    assert set(finding.suggested) == {"NEG", "POS"}
    assert len(finding.rows) == 6


def test_classes_with_names_of_their_own_are_left_alone() -> None:
    assert variants(("a film", "mixed"), ("a book", "positive")) == []


def test_many_variants_are_counted_and_three_of_them_shown() -> None:
    names = ("Pos", "POS", "pos.", "'pos'", "Neg")
    (finding,) = variants(*[(f"film {name}", name) for name in names])
    assert "and 2 more" in finding.title
    assert finding.evidence == {"variants": 5, "rows": 5}


def test_a_small_class_says_how_much_doubt_it_leaves() -> None:
    test = [*TEST, *[(f"film {number}", "rare") for number in range(10)]]
    (finding,) = TooFewRows().look(subject(train=TRAIN, test=test))
    assert finding.title.startswith("'rare' has 10 of 410 test rows, which leaves ±19 points")
    assert finding.evidence["smallest_class_half_width"] == 0.1931


def test_enough_rows_of_every_class_are_no_finding() -> None:
    assert list(TooFewRows().look(subject(train=TRAIN, test=TEST))) == []


def test_a_class_is_missed_in_any_split() -> None:
    train = [*TRAIN, ("film", "rare")]
    findings = audit(subject(train=train, validation=TEST[:50], test=TEST), [MissingClass()])
    assert [finding.evidence["split"] for finding in findings] == ["validation", "test"]
    assert findings[0].title == "the validation rows have no 'rare'"
