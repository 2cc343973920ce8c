"""Labels that slip under models of known strength."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import softmax

from newtrick.audit.data.slips import Shares, slips_by_encoder, slips_by_words
from newtrick.evaluation.arrays import Ids

Mask = npt.NDArray[np.bool_]


def judged(
    share: float, *, rows: int = 4000, classes: int = 2, strength: float = 4.0, seed: int = 0
) -> tuple[Shares, Ids, Mask]:
    """Probabilities that are right, labels drawn by them, and which of these slipped then."""
    chance = np.random.default_rng(seed)
    shares = softmax(strength * chance.normal(size=(rows, classes)), axis=1)
    labels = (shares.cumsum(axis=1) < chance.random((rows, 1))).sum(axis=1)
    slipped = chance.random(rows) < share
    labels[slipped] += chance.integers(1, classes, slipped.sum())
    return shares, labels % classes, slipped


def learned(shares: Shares, share: float) -> Shares:
    """The same as a model has them that learned the share of slips as well."""
    others = shares.shape[1] - 1
    seen: Shares = (1 - share) * shares + share / others * (1 - shares)
    return seen


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("share", [0.03, 0.05, 0.1])
def test_the_rate_of_slips_is_found(share: float, classes: int) -> None:
    shares, labels, slipped = judged(share, classes=classes)
    for found in (
        slips_by_words(shares, labels),
        slips_by_encoder(learned(shares, share), labels),
    ):
        assert found.clear
        assert found.rate == pytest.approx(share, abs=0.03)
        likely = found.chances > 0.5
        assert likely[slipped].mean() > 0.4
        assert slipped[likely].mean() > found.chances[likely].mean() - 0.2


@pytest.mark.parametrize("strength", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("sharpness", [0.3, 3.0])
def test_labels_that_are_right_raise_no_doubt_however_weak_or_bold_the_model(
    strength: float, sharpness: float
) -> None:
    for seed in range(3):
        shares, labels, _ = judged(0, rows=2000, strength=strength, seed=seed)
        bold = shares**sharpness / (shares**sharpness).sum(axis=1, keepdims=True)
        assert not slips_by_words(bold, labels).clear
        assert not slips_by_encoder(bold, labels).clear


def test_few_rows_are_too_few_to_tell() -> None:
    shares, labels, _ = judged(0.05, rows=60)
    assert not slips_by_words(shares, labels).clear
    assert not slips_by_encoder(shares, labels).clear


def test_certain_models_and_labels_at_random_break_nothing() -> None:
    certain = np.repeat(np.eye(2), 50, axis=0)
    for labels in (np.repeat([0, 1], 50), np.repeat([1, 0], 50), np.tile([0, 1], 50)):
        for found in (slips_by_words(certain, labels), slips_by_encoder(certain, labels)):
            assert np.isfinite(found.chances).all()
            assert ((found.chances >= 0) & (found.chances <= 1)).all()
