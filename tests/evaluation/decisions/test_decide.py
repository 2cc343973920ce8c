from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.decisions.worlds import World, draw

from newtrick.data.dataset import LabelSet
from newtrick.errors import ModelError
from newtrick.evaluation.decisions.check import check_decisions, curves
from newtrick.evaluation.decisions.decide import decide, decide_each
from newtrick.evaluation.decisions.document import Decisions, read_decisions, save_decisions
from newtrick.evaluation.decisions.fit import fit_decisions
from newtrick.recipe import Cost, DecisionSettings


def fitted(world: World, settings: DecisionSettings | None = None) -> Decisions:
    names = LabelSet.of(f"label {number}" for number in range(world.logits.shape[1]))
    settings = settings or DecisionSettings()
    return fit_decisions(world.logits, world.labels, names, settings, head="0")


def halves(world: World) -> tuple[World, World]:
    half = len(world.labels) // 2
    return world.rows(slice(half)), world.rows(slice(half, None))


@pytest.mark.parametrize("classes", [2, 4, 50])
def test_what_is_promised_is_kept_on_a_fresh_half(classes: int) -> None:
    validation, test = halves(draw(40_000, classes, spread=4.0, overconfidence=2.5))
    scores = check_decisions(fitted(validation), test.logits, test.labels)
    assert scores.temperature == pytest.approx(2.5, rel=0.1)
    assert scores.calibration.error <= 0.03 < scores.calibration.error_before
    assert scores.calibration.loss < scores.calibration.loss_before
    assert scores.abstention.accuracy is not None
    assert scores.abstention.accuracy > 0.94
    assert scores.abstention.coverage > 0.1
    assert scores.sets.coverage > 0.89


def test_a_text_is_answered_where_its_answer_is_sure_enough_and_has_its_set() -> None:
    world = draw(4_000, 3, spread=3.0)
    decisions = fitted(world)
    sure, unsure = decide_each(decisions, np.array([[0, 20, 1], [1.1, 0, 1]], dtype=np.float32))
    assert (sure.answer, sure.set) == ("label 1", ("label 1",))
    assert sure.confidence > 0.99
    assert unsure.answer is None
    assert unsure.set[:2] == ("label 0", "label 2")
    assert (unsure.flagged, unsure.cheapest) == (None, None)


def test_labels_are_named_from_their_threshold_on_and_costs_have_their_cheapest_label() -> None:
    costs: tuple[Cost, ...] = (("label 0", "label 1", 50.0),)
    settings = DecisionSettings(wanted_precision=0.8, costs=costs)
    world = draw(6_000, spread=3.0)
    decisions = fitted(world, settings)
    (threshold,) = decisions.thresholds
    assert (threshold.label, threshold.wanted) == ("label 1", "precision")
    assert decisions.columns == ("answer", "confidence", "set", "flagged", "cheapest")
    (row,) = decide_each(decisions, np.array([[0, 3]], dtype=np.float32))
    assert (row.flagged, row.cheapest) == (("label 1",), "label 0")
    scores = check_decisions(decisions, world.logits, world.labels)
    assert scores.thresholds is not None
    assert (scores.thresholds[0].precision or 0) >= 0.8
    assert scores.costs is not None
    assert scores.costs.cheapest < scores.costs.most_probable


def test_of_more_than_two_labels_each_has_a_threshold() -> None:
    world = draw(6_000, 3, spread=3.0)
    decisions = fitted(world, DecisionSettings(wanted_recall=0.9))
    assert [threshold.label for threshold in decisions.thresholds] == [
        *("label 0", "label 1", "label 2")
    ]
    for scores in check_decisions(decisions, world.logits, world.labels).thresholds or ():
        assert (scores.recall or 0) >= 0.9


def test_a_promise_that_cannot_be_kept_withholds_every_answer() -> None:
    decisions = fitted(draw(40), DecisionSettings(abstain_accuracy=0.99, wanted_precision=0.99))
    assert decisions.abstention.threshold is None
    assert decisions.abstention.assured < 0.99
    world = draw(100, seed=1)
    decided = decide(decisions, world.logits)
    assert not decided.answered.any()
    assert not decided.named.any()
    scores = check_decisions(decisions, world.logits, world.labels).abstention
    assert (scores.coverage, scores.accuracy, scores.accuracy_interval) == (0.0, None, None)


def test_a_recall_that_too_few_rows_can_assure_names_the_label_always() -> None:
    decisions = fitted(draw(6), DecisionSettings(wanted_recall=0.99))
    assert decisions.thresholds[0].threshold is None
    assert decide(decisions, draw(9).logits).named.all()


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 12),
    classes=st.sampled_from([2, 3, 500]),
    scale=st.sampled_from([0.0, 1.0, 1e30]),
    one_class=st.booleans(),
)
def test_any_rows_give_finite_figures(
    seed: int, rows: int, classes: int, scale: float, one_class: bool
) -> None:
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, 1 if one_class else classes, size=rows)
    logits = (scale * chance.normal(size=(rows, classes))).astype(np.float32)
    logits[:, -1] -= 1.0  # the last one is hardly ever predicted
    world = World(logits, labels)
    decisions = fitted(world, DecisionSettings(wanted_precision=0.9))
    scores = check_decisions(decisions, logits, labels)
    assert Decisions.model_validate_json(decisions.to_json()) == decisions
    assert "NaN" not in scores.to_json()
    assert curves(decisions, logits, labels).risk.area <= 1
    assert len(list(decide_each(decisions, logits))) == rows


def test_a_million_rows_are_decided_in_seconds() -> None:
    world = draw(1_000_000)
    scores = check_decisions(fitted(world.rows(slice(10_000))), world.logits, world.labels)
    assert scores.sets.coverage == pytest.approx(0.9, abs=0.01)


def test_decisions_are_read_as_they_were_saved(tmp_path: Path) -> None:
    decisions = fitted(draw(500), DecisionSettings(costs=(("label 0", "label 1", 2.0),)))
    assert read_decisions(tmp_path) is None
    save_decisions(tmp_path, decisions)
    assert read_decisions(tmp_path) == decisions


def test_a_damaged_or_later_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.json"
    for content in ("{", "[]", "{}", '{"format": 1, "temperature": NaN}'):
        path.write_text(content)
        with pytest.raises(ModelError, match="damaged"):
            read_decisions(tmp_path)
    path.write_text(json.dumps({"format": 2}))
    with pytest.raises(ModelError, match="later newtrick"):
        read_decisions(tmp_path)


def test_the_wanted_share_is_that_of_the_settings() -> None:
    world = draw(4_000)
    low = fitted(world, DecisionSettings(abstain_accuracy=0.8, coverage=0.7))
    high = fitted(world, DecisionSettings(abstain_accuracy=0.9, coverage=0.95))
    assert (low.abstention.threshold or 1) < (high.abstention.threshold or 1)
    assert low.sets.least_probability > high.sets.least_probability
