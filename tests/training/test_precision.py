from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import head_of
from tests.training.test_loop import Training

from newtrick.data.dataset import LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.journal import Step
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.training.precision import Weights, as_begun, choose_precision


def losses(folder: Path, checkpoints: Path, precision: str) -> list[float]:
    job = Training(folder, checkpoints, precision=precision, learning_rate=0.01, epochs=4)
    job.run()
    return [event.loss for event in job.events if isinstance(event, Step)]


def test_bfloat16_follows_the_loss_curve_of_float32(tiny_encoder: Path, tmp_path: Path) -> None:
    plain = losses(tiny_encoder, tmp_path / "float32", "float32")
    quick = losses(tiny_encoder, tmp_path / "bfloat16", "bfloat16")
    assert plain[-1] < 0.5 * plain[0]
    np.testing.assert_allclose(quick, plain, atol=0.02)


def test_weights_stay_float32_and_small_updates_are_not_lost(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    job = Training(
        tiny_encoder,
        tmp_path,
        precision="bfloat16",
        learning_rate=1e-6,
        epochs=0.1,
        warmup_share=0.0,
    )
    before = job.weights()
    job.run()
    change = (job.weights() - before).abs()
    assert job.weights().dtype is torch.float32
    assert 0 < change[change > 0].median() < 1e-5


def test_gradients_of_small_batches_are_summed_in_float32(tiny_encoder: Path) -> None:
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder)})
    model = load_encoder(recipe, LabelSet.of(("a", "b"))).model
    weights = Weights(model, "bfloat16")
    used, kept = head_of(model), weights.state_dict()["classifier.weight"]
    for part in (1.0, 2**-9):  # the second is lost in a sum of bfloat16
        (used * part).sum().backward()
    proper = next(p for p in weights.optimized if torch.equal(p, kept) and p.shape == kept.shape)
    assert proper.grad is not None
    assert (proper.grad == 1 + 2**-9).all()
    assert used.grad is None


def test_after_training_the_model_has_the_weights_proper(tiny_encoder: Path) -> None:
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder)})
    model = load_encoder(recipe, LabelSet.of(("a", "b"))).model
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weights = Weights(model, "bfloat16")
    assert head_of(model).dtype is torch.bfloat16
    with torch.no_grad():
        for proper in weights.optimized:
            proper.add_(2**-20)
    weights.spread()
    weights.restore()
    for name, tensor in model.state_dict().items():
        assert tensor.dtype is torch.float32
        torch.testing.assert_close(tensor, before[name] + 2**-20, atol=0, rtol=1e-7)


@pytest.mark.parametrize("chosen", ["float32", "bfloat16"])
def test_a_resumed_run_computes_in_the_format_that_it_began_in(
    tiny_encoder: Path, tmp_path: Path, chosen: str
) -> None:
    job = Training(tiny_encoder, tmp_path, precision=chosen, epochs=0.1)
    job.run()
    settings = as_begun(TrainingSettings(learning_rate=0.5), job.events)
    assert choose_precision(settings) == chosen
    assert settings.learning_rate == 0.5
    assert as_begun(TrainingSettings(), []) == TrainingSettings()
