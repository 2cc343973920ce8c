"""Labels that a word count doubts before training, and the trained model after it."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.audit.subjects import LABELS, Row, different, frame

from newtrick.audit.data.noise import Answers, LabelNoise, LabelNoiseAfterwards
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding
from newtrick.data.dataset import DECIDED_SCHEMA, label_ids

OTHER = {"neg": "pos", "pos": "neg"}
RIGHT = different(2000, 1)
DECIDED = DECIDED_SCHEMA.to_frame()
Look = Callable[..., Finding | None]


def flipped(share: float) -> list[Row]:
    chance = random.Random(0)
    return [(text, OTHER[label] if chance.random() < share else label) for text, label in RIGHT]


def kept(rows: list[int]) -> pl.DataFrame:
    """Decisions to keep the label of each row."""
    decided = pl.DataFrame({"row": rows}, schema={"row": pl.UInt32}).with_columns(
        file=pl.lit("a.csv"), decision=pl.lit("keep")
    )
    return pl.concat([DECIDED_SCHEMA.to_frame(), decided], how="diagonal")


def before(given: list[Row], decided: pl.DataFrame = DECIDED) -> Finding | None:
    subject = DataSubject(LABELS, {"train": frame(given, "a.csv")}, decided=decided)
    return next(LabelNoise().look(subject), None)


def after(given: list[Row], decided: pl.DataFrame = DECIDED) -> Finding | None:
    """A model that is right on nine of ten texts, and the less sure the less it is right."""
    chance = np.random.default_rng(0)
    side = np.array([1 if label == "pos" else -1 for _, label in RIGHT])
    odds = chance.normal(loc=3 * side, scale=2)
    shares = 0.95 / (1 + np.exp(-np.stack([-odds, odds], axis=1))) + 0.025
    answers = Answers(LABELS, frame(given, "a.csv"), shares, decided)
    return next(LabelNoiseAfterwards().look(answers), None)


@pytest.mark.parametrize("look", [before, after])
def test_flipped_labels_are_named_with_the_label_that_speaks_from_the_text(look: Look) -> None:
    given = flipped(0.05)
    finding = look(given)
    assert finding is not None
    wrong = {f"a.csv:{row + 1}" for row in range(2000) if given[row] != RIGHT[row]}
    named = dict(zip(finding.rows, finding.suggested, strict=True))
    hits = wrong & named.keys()
    assert len(hits) > 0.5 * len(wrong)
    assert len(hits) > 0.6 * len(named)
    assert {named[row] == RIGHT[int(row[6:]) - 1][1] for row in hits} == {True}
    assert finding.evidence["share"] == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("look", [before, after])
def test_right_labels_raise_no_doubt(look: Look) -> None:
    assert look(RIGHT) is None


@pytest.mark.parametrize("look", [before, after])
def test_what_a_person_has_looked_at_is_in_doubt_no_more(look: Look) -> None:
    given = flipped(0.1)
    found = look(given)
    assert found is not None
    again = look(given, kept([int(row[6:]) for row in found.rows[:10]]))
    assert again is not None
    assert not set(again.rows).intersection(found.rows[:10])
    everything = [row + 1 for row in range(2000) if given[row] != RIGHT[row]]
    assert look(given, kept(everything)) is None


def test_a_class_that_no_row_has_and_rows_of_one_class_are_no_trouble() -> None:
    rows = frame(flipped(0.05), "a.csv")
    three = LABELS.of(("neg", "none", "pos"))
    pos = label_ids(rows)
    shares = np.zeros((2000, 3))
    shares[np.arange(2000), 2 * pos] = 1
    given = rows.with_columns(pl.Series("label", 2 * pos, dtype=pl.Int32))
    assert list(LabelNoiseAfterwards().look(Answers(three, given, shares))) == []
    one = given.with_columns(label=pl.lit(2, dtype=pl.Int32))
    assert list(LabelNoiseAfterwards().look(Answers(three, one, shares))) == []
