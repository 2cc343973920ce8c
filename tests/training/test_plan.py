from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.training.test_loop import Training

from newtrick.journal import Plan
from newtrick.training.objectives import Classification
from newtrick.training.plan import Forecast, forecast


@pytest.fixture
def training(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Training]:
    return lambda **settings: Training(tiny_encoder, tmp_path / "checkpoints", **settings)


def forecast_of(job: Training) -> Forecast:
    return forecast(
        job.encoder,
        Classification.of(job.rows.labels, 2, job.recipe.training),
        job.rows.tokens,
        [job.validation.tokens],
        job.recipe.training,
        disk_bytes=7,
    )


def test_a_forecast_counts_what_training_then_does(training: Callable[..., Training]) -> None:
    job = training(epochs=2.5, evaluate_every_steps=4)
    told = forecast_of(job)
    job.run()
    [plan] = [event for event in job.events if isinstance(event, Plan)]
    assert told.steps == plan.steps == 25
    assert told.steps_per_epoch == plan.steps_per_epoch == 10
    assert told.evaluations == len(job.evaluations()) == 7
    assert told.disk_bytes == 7


def test_a_forecast_leaves_model_and_random_numbers_alone(
    training: Callable[..., Training],
) -> None:
    job = training()
    before = job.weights()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    forecast_of(job)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(job.weights(), before)


def test_a_limit_of_minutes_is_a_limit_of_the_forecast(training: Callable[..., Training]) -> None:
    told = forecast_of(training(epochs=1000, max_minutes=0.01))
    assert told.seconds == pytest.approx(0.6 + told.scoring_seconds)
    assert forecast_of(training(epochs=1000)).seconds > 0.6


def test_the_whole_is_the_sum_of_its_parts(training: Callable[..., Training]) -> None:
    told = forecast_of(training(epochs=3, evaluate_every_steps=1000))
    parts = 3 * told.epoch_seconds + told.evaluation_seconds + told.scoring_seconds
    assert told.seconds == pytest.approx(parts)
