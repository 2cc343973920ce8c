from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.tiny import MODELS
from tests.training.test_loop import Training

from newtrick.data.dataset import LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.errors import Interrupted, UsageError
from newtrick.recipe import Recipe
from newtrick.training.depth import learning_rate_factors


def factors_by_name(folder: Path, decay: float) -> dict[str, float]:
    recipe = Recipe().with_settings({"model.name": str(folder)})
    model = load_encoder(recipe, LabelSet.of(("a", "b"))).model
    names = [name for name, _ in model.named_parameters()]
    return dict(zip(names, learning_rate_factors(model, decay), strict=True))


@pytest.mark.parametrize("model_type", MODELS)
def test_in_every_kind_of_encoder_each_layer_learns_slower_than_the_one_above(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    factors = factors_by_name(encoder_of(model_type), decay=0.5)
    for name, factor in factors.items():
        if "embeddings" in name or "relative_attention_bias" in name:
            assert factor == 0.125, name
        elif ".0." in name:
            assert factor == 0.25, name
        elif ".1." in name:
            assert factor == 0.5, name
        elif "encoder.LayerNorm" not in name:  # of the distances in DeBERTa: between the layers
            assert factor == 1.0, name
    assert 1.0 in factors.values()


def test_without_decay_all_weights_learn_at_the_full_rate(tiny_encoder: Path) -> None:
    assert set(factors_by_name(tiny_encoder, decay=1.0).values()) == {1.0}


def test_lower_layers_move_less(tiny_encoder: Path, tmp_path: Path) -> None:
    settings = {"layer_decay": 0.1, "learning_rate": 1e-3, "epochs": 0.1, "schedule": "constant"}
    job = Training(tiny_encoder, tmp_path, **settings, weight_decay=0.0, warmup_share=0.0)
    layers = [f"bert.encoder.layer.{number}.output.dense.weight" for number in (0, 1)]
    names = ["bert.embeddings.word_embeddings.weight", *layers, "classifier.weight"]
    model = job.encoder.model
    before = [model.get_parameter(name).detach().clone() for name in names]
    job.run()
    moved = [
        float((model.get_parameter(name).detach() - old).abs().max())
        for name, old in zip(names, before, strict=True)
    ]
    assert moved == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3], rel=0.1)


def test_a_stopped_training_with_layer_decay_ends_with_the_weights_of_one_that_was_not(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    whole, stopped, resumed = (
        Training(tiny_encoder, tmp_path / name, layer_decay=0.7)
        for name in ("whole", "stopped", "resumed")
    )
    whole.run()
    stopped.stop_at(8)
    with pytest.raises(Interrupted):
        stopped.run()
    shutil.copytree(stopped.checkpoints, resumed.checkpoints)
    resumed.run(resume_from=resumed.checkpoints / "step-8")
    assert torch.equal(resumed.weights(), whole.weights())


def test_a_model_whose_layers_cannot_be_found_is_refused_with_the_setting(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    model = Training(tiny_encoder, tmp_path).encoder.model
    model.base_model.encoder = torch.nn.Linear(2, 2)
    with pytest.raises(UsageError, match="layer_decay"):
        learning_rate_factors(model, 0.9)
