from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.special import expit, log_softmax, logit, softmax

from newtrick.data.dataset import LabelSet, Targets
from newtrick.encoder.batches import Batch
from newtrick.recipe import DistillationSettings, TrainingSettings
from newtrick.training.objectives import Objective, objective_of
from newtrick.training.taught import Taught, confidence, softened

CHOICE = np.random.default_rng(3)
ONE_OF_THREE = LabelSet.of(("a", "b", "c"))
ANY_OF_THREE = LabelSet.of_several(("a", "b", "c"))
IDS: Targets = CHOICE.integers(3, size=20)
FLAGS: Targets = CHOICE.random((20, 3)) < 0.4
LOGITS = CHOICE.normal(size=(30, 3)).astype(np.float32)
SHARES = softmax(CHOICE.normal(size=(10, 3)), axis=1).astype(np.float32)


def taught(
    labelled: Targets,
    shares: npt.NDArray[np.float32],
    labels: LabelSet = ONE_OF_THREE,
    training: TrainingSettings | None = None,
    **settings: object,
) -> Taught:
    distillation = DistillationSettings.model_validate(settings)
    return Taught.of(labelled, shares, labels, training or TrainingSettings(), distillation)


def loss(objective: Objective, logits: npt.NDArray[np.float32], rows: range) -> float:
    """The mean loss of some rows, had the model these logits for all rows."""
    places, nothing = np.array(rows), torch.empty(0, 0)
    batch = Batch(places, windows=1, input_ids=nothing, attention_mask=nothing, shortest=0)
    found = objective.loss_sum(lambda _: torch.from_numpy(logits[places]), batch)
    return float(found) / objective.weight(places)


@pytest.mark.parametrize("class_weights", ["none", "balanced"])
@pytest.mark.parametrize(("labels", "targets"), [(ONE_OF_THREE, IDS), (ANY_OF_THREE, FLAGS)])
def test_a_teacher_that_is_sure_teaches_what_labels_do(
    class_weights: str, labels: LabelSet, targets: Targets
) -> None:
    training = TrainingSettings.model_validate({"class_weights": class_weights})
    plain = objective_of(targets, labels, training)
    sure = np.eye(3)[targets] if labels is ONE_OF_THREE else targets
    both = taught(targets, sure.astype(np.float32), labels, training)
    logits = np.concatenate([LOGITS[:20], LOGITS[:20]])
    expected = loss(plain, logits, range(20))
    assert loss(both, logits, range(20)) == pytest.approx(expected, rel=1e-5)
    assert loss(both, logits, range(20, 40)) == pytest.approx(expected, rel=1e-5)
    assert both.base_loss == pytest.approx(plain.base_loss, rel=1e-5)


def test_the_loss_is_least_for_a_student_that_says_what_the_teacher_says() -> None:
    own = np.log(SHARES)
    objective = taught(IDS[:0], SHARES)
    least = loss(objective, own, range(10))
    assert least == pytest.approx(-(SHARES * own).sum(axis=1).mean(), rel=1e-5)
    assert loss(objective, own + LOGITS[:10] / 10, range(10)) > least


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_temperature_softens_both_sides_and_keeps_the_size_of_gradients(
    temperature: float,
) -> None:
    objective = taught(IDS[:0], SHARES, temperature=temperature)
    soft = softmax(np.log(SHARES) / temperature, axis=1)
    rows = (soft * log_softmax(LOGITS[:10] / temperature, axis=1)).sum(axis=1)
    expected = -(temperature**2) * rows.mean()
    assert loss(objective, LOGITS, range(10)) == pytest.approx(expected, rel=1e-4)


def test_several_labels_are_softened_one_by_one() -> None:
    soft = softened(SHARES, 3.0, multi_label=True)
    np.testing.assert_allclose(soft, expit(logit(SHARES) / 3), rtol=1e-4)


def test_a_taught_text_counts_as_much_as_the_recipe_says() -> None:
    objective = taught(IDS, SHARES, weight=0.25)
    everything = np.arange(30)
    assert objective.weight(everything) == pytest.approx(20 + 0.25 * 10)
    labelled, others = (loss(objective, LOGITS, rows) for rows in (range(20), range(20, 30)))
    expected = (20 * labelled + 0.25 * 10 * others) / 22.5
    assert loss(objective, LOGITS, range(30)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("multi_label", [False, True])
def test_confidence_is_nothing_for_a_guess_and_everything_for_certainty(
    multi_label: bool,
) -> None:
    even = np.full(3, 0.5 if multi_label else 1 / 3)
    shares = np.array([even, [1.0, 0.0, 0.0], [0.8, 0.1, 0.1]], dtype=np.float32)
    guess, certain, between = confidence(shares, multi_label=multi_label)
    assert 0 < guess < 0.01
    assert certain == pytest.approx(1, abs=1e-4)
    assert 0.1 < between < 0.9


def test_by_confidence_a_guess_counts_next_to_nothing() -> None:
    shares = np.array([[1 / 3, 1 / 3, 1 / 3], [1, 0, 0]], dtype=np.float32)
    objective = taught(IDS, shares, weigh_by="confidence")
    assert 0 < objective.weight(np.array([20])) < 0.01
    assert objective.weight(np.array([21])) == pytest.approx(1, abs=1e-4)


def test_the_base_loss_is_that_of_the_best_constant_answer() -> None:
    objective = taught(IDS[:0], SHARES)
    constant = np.tile(np.log(SHARES.mean(axis=0)), (10, 1))
    assert objective.base_loss == pytest.approx(loss(objective, constant, range(10)), rel=1e-5)
    assert objective.base_loss < loss(objective, constant + LOGITS[0], range(10))
