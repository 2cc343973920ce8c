from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.tiny import head_of

from newtrick.data.dataset import LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.training.optimizer import build_optimizer, learning_rate, set_learning_rate


def settings(**values: object) -> TrainingSettings:
    return TrainingSettings(learning_rate=0.1, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schedule", "middle", "end"),
    [("constant", 0.1, 0.1), ("linear", 0.05, 0.0), ("cosine", 0.05, 0.0)],
)
def test_a_schedule_falls_from_its_peak(schedule: str, middle: float, end: float) -> None:
    without_warmup = settings(schedule=schedule, warmup_share=0.0)
    assert learning_rate(0.0, without_warmup) == pytest.approx(0.1)
    assert learning_rate(0.5, without_warmup) == pytest.approx(middle)
    assert learning_rate(1.0, without_warmup) == pytest.approx(end)


def test_the_learning_rate_rises_during_warmup() -> None:
    warm = settings(schedule="linear", warmup_share=0.2)
    assert learning_rate(0.05, warm) == pytest.approx(0.025)
    assert learning_rate(0.2, warm) == pytest.approx(0.1)
    assert learning_rate(0.6, warm) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam)]
)
def test_matrices_decay_and_vectors_do_not(name: str, kind: type, tiny_encoder: Path) -> None:
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder)})
    model = load_encoder(recipe, LabelSet(("a", "b"), "b")).model
    optimizer = build_optimizer(
        list(model.parameters()),
        [1.0 for _ in model.parameters()],
        settings(optimizer=name, weight_decay=0.3),
    )
    decay = {
        id(parameter): group["weight_decay"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    assert type(optimizer) is kind
    assert decay[id(head_of(model))] == 0.3
    assert decay[id(model.get_parameter("classifier.bias"))] == 0.0
    assert decay[id(model.get_parameter("bert.embeddings.LayerNorm.weight"))] == 0.0
    assert len(decay) == len(list(model.parameters()))


def test_each_weight_learns_at_its_own_part_of_the_rate() -> None:
    low, high = (torch.nn.Parameter(torch.zeros(2)) for _ in range(2))
    optimizer = build_optimizer([low, high], [0.25, 1.0], settings(optimizer="adam"))
    set_learning_rate(optimizer, 0.1)
    for weights in (low, high):
        weights.grad = torch.ones(2)
    optimizer.step()
    torch.testing.assert_close(low.detach(), torch.full((2,), -0.025))
    torch.testing.assert_close(high.detach(), torch.full((2,), -0.1))
