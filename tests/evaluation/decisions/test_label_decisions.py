"""Thresholds and a temperature where rows may have several labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, logit

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.decisions.document import LabelDecisions, read_decisions, save_decisions
from newtrick.evaluation.decisions.f1 import f1_thresholds
from newtrick.evaluation.decisions.labels import (
    check_label_decisions,
    fit_label_decisions,
    flag_each,
    flag_labels,
)
from newtrick.evaluation.decisions.temperature import fit_label_temperature
from newtrick.evaluation.metrics.multilabel import label_macro_f1, label_micro_f1
from newtrick.recipe import DecisionSettings

LABELS = LabelSet.of_several(["a", "b", "c", "d", "e", "f", "g", "h"])
SHARES = np.array([0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4])

Logits = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


def drawn(rows: int, seed: int, sharpness: float = 1.0) -> tuple[Logits, Flags]:
    """Logits that are the true log-odds of each label, but for the sharpness."""
    chance = np.random.default_rng(seed)
    truth = chance.random((rows, len(SHARES))) < SHARES
    odds = 2 * (chance.normal(size=truth.shape) + np.where(truth, 1, -1)) + logit(SHARES)
    return (sharpness * odds).astype(np.float32), truth


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_one_temperature_calibrates_all_labels(sharpness: float) -> None:
    temperature = fit_label_temperature(*drawn(20_000, seed=0, sharpness=sharpness))
    assert temperature.value == pytest.approx(sharpness, rel=0.05)
    assert not temperature.at_bound


def test_logits_that_say_nothing_stay_as_they_are() -> None:
    assert fit_label_temperature(np.zeros((3, 2), np.float32), np.eye(3, 2) > 0).value == 1


def test_thresholds_fitted_on_few_rows_are_better_on_others_than_even_odds() -> None:
    gains = []
    for seed in range(5):
        logits, truth = drawn(150, seed)
        others, true = drawn(5_000, seed + 100)
        fitted = expit(others) >= f1_thresholds(expit(logits.astype(np.float64)), truth)
        gains.append(
            [f1(true, fitted) - f1(true, others > 0) for f1 in (label_micro_f1, label_macro_f1)]
        )
    micro, macro = np.mean(gains, axis=0)
    assert micro > 0
    assert macro > 0.03


def test_a_label_without_rows_gets_the_threshold_of_all_labels_together() -> None:
    logits, truth = drawn(3_000, seed=1)
    shares = expit(logits.astype(np.float64))
    truth[:, 0] = False
    alone = f1_thresholds(
        np.column_stack([shares, np.zeros(3_000)]), np.column_stack([truth, truth[:, 0]])
    )
    assert 0.2 < alone[-1] < 0.6
    assert f1_thresholds(shares, np.zeros_like(truth)).tolist() == [0.5] * 8


def test_without_a_wish_every_label_has_a_threshold_for_its_f1_and_they_are_checked() -> None:
    decisions = fit_label_decisions(*drawn(500, seed=1), LABELS, DecisionSettings(), head="abc")
    logits, truth = drawn(4_000, seed=2)
    scores = check_label_decisions(decisions, logits, truth)
    assert [rule.wanted for rule in decisions.rules] == ["f1"] * 8
    assert scores.flagged.macro_f1 > label_macro_f1(truth, logits > 0)
    assert scores.calibration.error < 0.01
    flags = flag_labels(decisions, logits[:3])
    names = [tuple(np.array(LABELS.names)[row].tolist()) for row in flags]
    assert [each.flagged for each in flag_each(decisions, logits[:3])] == names


def test_a_wanted_precision_is_kept_or_the_label_never_named() -> None:
    settings = DecisionSettings(wanted_precision=0.8)
    decisions = fit_label_decisions(*drawn(2_000, seed=1), LABELS, settings, head="abc")
    logits, truth = drawn(20_000, seed=2)
    flags = flag_labels(decisions, logits)
    unkept = [rule.threshold is None for rule in decisions.rules]
    assert unkept[0]  # of some twenty rows nothing can be assured
    assert not unkept[-1]
    for label, rule in enumerate(decisions.rules):
        named = flags[:, label]
        assert named.any() == (rule.threshold is not None)
        if named.any():
            assert truth[named, label].mean() > 0.78


def test_they_are_read_as_they_were_saved(tmp_path: Path) -> None:
    decisions = fit_label_decisions(*drawn(200, seed=1), LABELS, DecisionSettings(), head="abc")
    save_decisions(tmp_path, decisions)
    again = read_decisions(tmp_path)
    assert isinstance(again, LabelDecisions)
    assert again == decisions
