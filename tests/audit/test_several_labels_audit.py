"""What the audit says of rows that have any number of labels."""

from __future__ import annotations

import random

import polars as pl

from newtrick.audit.check import applicable, audit
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.dataset import LabelSet

LABELS = LabelSet.of_several(["music", "plot", "acting"])
SCHEMA = pl.Schema(
    [
        ("file", pl.String()),
        ("row", pl.UInt32()),
        ("text", pl.String()),
        ("label", pl.List(pl.Int32)),
    ]
)
WORDS = [f"word{number}" for number in range(100)]


def split(
    labels: list[list[int]], name: str = "a.csv", texts: list[str] | None = None
) -> pl.DataFrame:
    rows = range(1, len(labels) + 1)
    chance = random.Random(name)
    texts = texts or [" ".join(chance.choices(WORDS, k=12)) for _ in rows]
    columns = {"file": [name] * len(labels), "row": list(rows), "text": texts, "label": labels}
    return pl.DataFrame(columns, schema=SCHEMA)


def found(labels: LabelSet = LABELS, **splits: pl.DataFrame) -> dict[str, Finding]:
    subject = DataSubject(labels, splits)
    return {each.code: each for each in audit(subject, applicable(DATA_CHECKS, labels))}


MIXED = [[0], [1, 2], [], [2], [0, 1, 2]] * 40


def test_what_asks_for_one_label_is_left_out_and_the_rest_looks() -> None:
    codes = {check.code for check in DATA_CHECKS} - {
        c.code for c in applicable(DATA_CHECKS, LABELS)
    }
    assert codes == {"one-class", "imbalance", "sorted-by-label", "label-noise"}
    one_label = LabelSet.of(["neg", "pos"])
    assert len(applicable(DATA_CHECKS, one_label)) == len(DATA_CHECKS)


def test_sound_rows_have_nothing_but_few_rows_to_be_told_of() -> None:
    findings = found(
        train=split(MIXED), validation=split(MIXED, "b.csv"), test=split(MIXED, "c.csv")
    )
    assert set(findings) <= {"too-few-rows"}


def test_test_rows_that_all_have_the_same_labels_are_an_error() -> None:
    findings = found(train=split(MIXED), test=split([[1, 2]] * 50, "t.csv"))
    same = findings["same-labels"]
    assert same.severity is Severity.ERROR
    assert same.title == "all 50 test rows have 'plot' and 'acting'"


def test_a_set_of_labels_that_most_rows_have_flatters() -> None:
    findings = found(train=split(MIXED), test=split([[]] * 90 + [[1]] * 10, "t.csv"))
    assert findings["common-labels"].title.startswith("90.0 % of the test rows have none of the")


def test_a_label_without_rows_and_the_rows_of_the_rarest_are_told() -> None:
    findings = found(train=split(MIXED), test=split([[0], []] * 95 + [[1]] * 10, "t.csv"))
    assert findings["missing-class"].title == "the test rows have no 'acting'"
    few = findings["too-few-rows"]
    assert few.evidence["rows"] == 200
    assert few.evidence["smallest_class_rows"] == 10


def test_the_same_text_with_other_labels_conflicts() -> None:
    train = split(MIXED)
    test = split([[0], [1]], "t.csv", [train["text"][0], train["text"][1]])
    findings = found(train=train, test=test)
    assert findings["conflicting-labels"].rows == ("a.csv:2", "t.csv:2")
    assert findings["leakage"].evidence["rows"] == 2


def test_a_word_that_gives_one_of_the_labels_away_is_told() -> None:
    texts = [
        f"text {row * 7919} {'violin' if 0 in labels else 'word'}"
        for row, labels in enumerate(MIXED)
    ]
    finding = found(train=split(MIXED, texts=texts), test=split(MIXED, "t.csv"))["give-away"]
    assert (finding.evidence["label"], finding.evidence["word"]) == ("music", "violin")


def test_names_that_differ_in_case_alone_and_those_that_stand_for_none_are_told() -> None:
    names = LabelSet.of_several(["music", "Music", "n/a"])
    findings = found(names, train=split(MIXED), test=split(MIXED, "t.csv"))
    assert (
        "'Music'" in findings["label-variants"].title
        or "'music'" in findings["label-variants"].title
    )
    assert findings["placeholder"].evidence["rows"] == 240
