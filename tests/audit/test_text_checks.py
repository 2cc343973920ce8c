"""Planted defects that show in many texts together: near-duplicates, give-aways, noise, shift."""

from __future__ import annotations

import random

import pytest
from tests.audit.subjects import TEST, TRAIN, Row, different, found

from newtrick.audit.data.shift import auc_interval
from newtrick.audit.finding import Severity


def one_word_changed(rows: list[Row]) -> list[Row]:
    changed = []
    for number, (text, label) in enumerate(rows):
        words = text.split()
        words[number % len(words)] = f"other{number}"
        changed.append((" ".join(words), label))
    return changed


def flipped(rows: list[Row], share: float) -> list[Row]:
    chance = random.Random(0)
    other = {"neg": "pos", "pos": "neg"}
    return [(text, other[label] if chance.random() < share else label) for text, label in rows]


def test_test_rows_that_differ_from_training_rows_in_a_word_are_found() -> None:
    finding = found(test=TEST + one_word_changed(TRAIN[:40]))["near-duplicates"]
    assert finding.severity is Severity.WARNING
    assert finding.evidence["split"] == "test"
    assert finding.evidence["rows"] == 40
    assert finding.shown_rows == tuple(f"test.csv:{row}" for row in range(401, 421))
    assert finding.evidence["like"] == TRAIN[0][0]
    assert finding.evidence["example"] == one_word_changed(TRAIN[:1])[0][0]


def test_every_row_of_a_text_that_is_alike_is_counted() -> None:
    finding = found(test=[*TEST, *one_word_changed(TRAIN[:10]) * 2])["near-duplicates"]
    assert finding.evidence["rows"] == len(finding.rows) == 20


def test_near_duplicates_within_the_training_rows_are_told() -> None:
    finding = found(train=TRAIN + one_word_changed(TRAIN[:40]))["near-duplicates"]
    assert "--fix" not in finding.fix  # which drops rows like those of other splits
    assert finding.severity is Severity.INFO
    assert finding.evidence["rows"] == 40


def test_exact_copies_across_splits_are_leakage_and_not_told_twice() -> None:
    assert "near-duplicates" not in found(test=TEST + TRAIN[:40])


def test_a_word_that_decides_is_found_with_its_support() -> None:
    marked = [
        (f"{text} rating:9/10" if label == "pos" and number % 10 else text, label)
        for number, (text, label) in enumerate(TRAIN)
    ]
    finding = found(train=marked)["give-away"]
    assert finding.severity is Severity.WARNING
    assert finding.evidence["label"] == "pos"
    assert finding.evidence["word"] == "rating:9/10"
    assert finding.evidence["rows"] == 200
    assert finding.evidence["precision"] == 1
    assert finding.rows[0] == "train.csv:2"


@pytest.mark.parametrize(
    ("share", "severity"), [(0.4, None), (0.7, Severity.INFO), (0.9, Severity.WARNING)]
)
def test_a_word_that_a_topic_may_well_have_is_told_without_alarm(
    share: float, severity: Severity | None
) -> None:
    marked = [
        (f"{text} coffee" if label == "pos" and number % 200 < share * 200 else text, label)
        for number, (text, label) in enumerate(TRAIN)
    ]
    finding = found(train=marked).get("give-away")
    assert (finding and finding.severity) == severity


def test_flipped_labels_are_found_the_likeliest_first() -> None:
    right = different(2000, 1)
    given = flipped(right, 0.05)
    finding = found(train=given)["label-noise"]
    rows = [row for row in range(2000) if given[row] != right[row]]
    wrong = {f"train.csv:{row + 1}" for row in rows}
    assert finding.severity is Severity.WARNING
    assert len(wrong.intersection(finding.rows)) >= 19
    assert float(finding.evidence["share"]) == pytest.approx(0.04, abs=0.02)


def test_labels_that_nothing_in_the_text_tells_are_no_noise() -> None:
    assert "label-noise" not in found(train=flipped(TRAIN, 0.5), test=flipped(TEST, 0.5))


def test_texts_without_words_and_classes_of_one_text_are_no_trouble() -> None:
    marks = [("!" * (row + 1), ("neg", "pos")[row % 2]) for row in range(300)]
    assert "leakage" in found(marks, marks, marks)
    same = [(text if label == "neg" else "superb", label) for text, label in TRAIN]
    assert "label-noise" not in found(same, same, same)


def test_test_rows_of_another_kind_are_told_by_their_words() -> None:
    finding = found(test=[(f"posted {text}", label) for text, label in TEST])["split-shift"]
    low, high = float(finding.evidence["auc_low"]), float(finding.evidence["auc_high"])
    assert 0.9 < low <= float(finding.evidence["auc"]) <= high
    assert str(finding.evidence["test_words"]).startswith("posted")


def test_the_interval_of_an_auc_is_that_of_hanley_and_mcneil() -> None:
    assert auc_interval(0.8, 50, 100) == pytest.approx((0.7192, 0.8808), abs=1e-4)
    assert auc_interval(1.0, 5, 5) == (1.0, 1.0)
