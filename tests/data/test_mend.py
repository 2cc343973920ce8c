"""Training rows that are dropped on request, and the rows that never are."""

from __future__ import annotations

import pytest
from tests.audit.subjects import LABELS, Row, frame

from newtrick.data.dataset import Dataset, texts
from newtrick.data.mend import mend
from newtrick.errors import DataError
from newtrick.recipe import Fix

TRAIN: list[Row] = [
    ("A warm film.", "pos"),
    ("a warm film", "pos"),
    ("A warm film.", "neg"),
    ("A dull film.", "neg"),
    ("Never have I seen so dull and cold a film as this one.", "neg"),
    ("Of all the plots there are, this one is the cleverest.", "pos"),
]
VALIDATION: list[Row] = [("A DULL film!", "neg"), ("Lovely.", "pos"), ("Lovely.", "pos")]
TEST: list[Row] = [
    ("Never have I seen so dull and flat a film as this one.", "neg"),
    ("Lovely.", "pos"),
]
DATA = Dataset(
    "films",
    LABELS,
    frame(TRAIN, "train.csv"),
    frame(VALIDATION, "validation.csv"),
    frame(TEST, "test.csv"),
)


@pytest.mark.parametrize(
    ("fix", "dropped"), [("duplicates", [1]), ("leakage", [3]), ("near-duplicates", [3, 4])]
)
def test_training_rows_are_dropped_and_noted(fix: Fix, dropped: list[int]) -> None:
    mended = mend(DATA, [fix])
    kept = [text for place, (text, _) in enumerate(TRAIN) if place not in dropped]
    assert texts(mended.train) == kept
    (note,) = mended.notes
    assert note.topic == "fix"
    assert note.message.startswith(f"{fix}: training rows")
    assert note.message.endswith(f"dropped: {len(dropped)}.")
    assert note.rows == tuple(f"train.csv:{place + 1}" for place in dropped)


def test_validation_and_test_rows_stay_as_they_are() -> None:
    mended = mend(DATA, ["duplicates", "leakage", "near-duplicates"])
    assert mended.validation.equals(DATA.validation)
    assert mended.test.equals(DATA.test)
    assert len(mended.notes) == 3


def test_a_text_with_two_labels_is_left_for_a_person_to_decide() -> None:
    kept = mend(DATA, ["duplicates"]).train
    assert kept.filter(text="A warm film.")["label"].to_list() == [1, 0]


def test_a_class_that_would_be_lost_is_an_error() -> None:
    leaked = Dataset("films", LABELS, DATA.train, DATA.train, DATA.test)
    with pytest.raises(DataError, match="Without leakage a class has no training rows") as caught:
        mend(leaked, ["leakage"])
    assert caught.value.found == "'neg', 'pos'"
