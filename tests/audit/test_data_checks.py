from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.audit.subjects import TEST, TRAIN, VALIDATION, Row, different, found, frame

from newtrick.audit.check import audit
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Severity
from newtrick.audit.registry import CARD_CHECKS, CHECKS, DATA_CHECKS
from newtrick.data.dataset import LabelSet


def only(rows: Sequence[Row], label: str) -> list[Row]:
    return [row for row in rows if row[1] == label]


@pytest.mark.parametrize("seed", range(10))
def test_sound_data_has_no_finding(seed: int) -> None:
    splits = [different(400, 3 * seed + part) for part in range(3)]
    assert found(*splits) == {}


def test_data_of_one_class_is_an_error_even_before_it_is_split() -> None:
    subject = DataSubject(LabelSet(("neg",)), {"train": frame([("film", "neg")] * 40, "a.csv")})
    finding = audit(subject, DATA_CHECKS)[0]
    assert (finding.code, finding.severity) == ("one-class", Severity.ERROR)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_one_class_in_a_split_that_decides_is_an_error(split: str) -> None:
    rows = only(TEST, "pos")
    finding = (found(test=rows) if split == "test" else found(validation=rows))["one-class"]
    assert finding.severity is Severity.ERROR
    assert finding.title == f"all 200 {split} rows are 'pos'"


def test_too_few_test_rows_say_how_much_doubt_they_leave() -> None:
    finding = found(test=TEST[:40])["too-few-rows"]
    assert finding.severity is Severity.WARNING
    assert "40 test rows leave ±10 points" in finding.title


def test_an_imbalance_says_what_a_blind_guess_scores() -> None:
    rows = only(TEST, "neg") + only(TEST, "pos")[:20]
    finding = found(test=rows)["imbalance"]
    assert finding.evidence["majority_accuracy"] == pytest.approx(200 / 220, abs=1e-4)


def test_copies_among_the_training_rows_are_counted_whatever_their_case_and_marks() -> None:
    copies = [(f"{text.upper()}!", label) for text, label in TRAIN[:10]]
    finding = found(train=TRAIN + copies)["duplicates"]
    assert finding.severity is Severity.INFO
    assert finding.evidence["rows"] == finding.evidence["train_rows"] == 10
    assert finding.rows[0] == "train.csv:401"


def test_training_texts_in_the_test_rows_are_an_error_when_they_are_many() -> None:
    few = found(test=TEST + TRAIN[:5])["leakage"]
    many = found(test=TEST + TRAIN[:100])["leakage"]
    assert few.severity is Severity.WARNING
    assert few.rows == tuple(f"test.csv:{row}" for row in range(401, 406))
    assert many.severity is Severity.ERROR
    assert many.evidence["share"] == 0.2


def test_one_text_with_two_labels_is_found_across_splits() -> None:
    text, label = TRAIN[0]
    other = "neg" if label == "pos" else "pos"
    finding = found(test=[*TEST, (text, other)])["conflicting-labels"]
    assert finding.evidence == {"rows": 2, "texts": 1, "example": text}
    assert finding.rows == ("train.csv:1", "test.csv:401")


def test_copies_and_leaks_are_shown_by_a_short_example_in_one_line() -> None:
    long = "the first line\nand a second " + "that goes on " * 10
    findings = found(train=[*TRAIN, *[(long, "pos")] * 2], test=[*TEST, (long, "pos")])
    for code in ("duplicates", "leakage"):
        example = str(findings[code].evidence["example"])
        assert example.startswith("the first line and a second that")
        assert len(example) == 80
        assert example.endswith("…")


def test_a_class_without_test_rows_is_told() -> None:
    three = LabelSet(("neg", "pos", "meh"))
    splits = {
        name: frame(rows, name)
        for name, rows in (("train", TRAIN), ("validation", VALIDATION), ("test", TEST))
    }
    findings = audit(DataSubject(three, splits), DATA_CHECKS)
    titles = [finding.title for finding in findings if finding.code == "missing-class"]
    assert "the test rows have no 'meh'" in titles


def test_the_worst_comes_first() -> None:
    rows = only(TRAIN, "pos")
    severities = [finding.severity for finding in found(test=rows, max_tokens=8).values()]
    assert severities == sorted(severities, key=list(Severity).index)
    assert severities[0] is Severity.ERROR


def test_codes_are_unique_and_every_check_says_why_and_what_to_do() -> None:
    for checks in (DATA_CHECKS, CARD_CHECKS):
        assert len({check.code for check in checks}) == len(checks)
    assert all(check.why.endswith(".") and check.fix for check in CHECKS)
