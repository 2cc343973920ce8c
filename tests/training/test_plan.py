from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests import events
from tests.training.test_loop import Training

from newtrick.journal import Checkpoint, Event, Plan, Step
from newtrick.training import plan as plan_module
from newtrick.training.plan import Forecast, Forecaster


@pytest.fixture
def training(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Training]:
    return lambda **settings: Training(tiny_encoder, tmp_path / "checkpoints", **settings)


def forecaster(job: Training) -> Forecaster:
    return Forecaster(
        job.encoder,
        job.rows.tokens,
        [job.validation.tokens],
        job.recipe.training,
        disk_bytes=7,
    )


def forecasts_of(job: Training) -> list[tuple[Event, Forecast]]:
    """Run a training; the forecasts with the events that completed them."""
    follower = forecaster(job)
    told: list[tuple[Event, Forecast]] = []
    tell = job.tell

    def listen(event: Event) -> None:
        tell(event)
        if forecast := follower.see(event):
            told.append((event, forecast))

    job.tell = listen  # type: ignore[method-assign]
    job.run()
    return told


def forecast_of(job: Training) -> Forecast:
    [(_, forecast)] = forecasts_of(job)
    return forecast


def test_a_forecast_counts_what_training_then_does(training: Callable[..., Training]) -> None:
    job = training(epochs=2.5, evaluate_every_steps=4)
    told = forecast_of(job)
    [plan] = [event for event in job.events if isinstance(event, Plan)]
    assert told.steps == plan.steps == 25
    assert told.steps_per_epoch == plan.steps_per_epoch == 10
    assert told.evaluations == len(job.evaluations()) == 7
    assert told.disk_bytes == 7


@pytest.mark.parametrize(("settings", "step"), [({}, 10), ({"evaluate_every_steps": 3}, 3)])
def test_it_comes_once_before_the_first_evaluation(
    training: Callable[..., Training], settings: dict[str, object], step: int
) -> None:
    [(event, _)] = forecasts_of(training(**settings))
    assert isinstance(event, Step)
    assert event.step == step


def test_it_comes_when_the_steps_have_taken_long_enough(
    training: Callable[..., Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "_ENOUGH_SECONDS", 0.0)
    [(event, _)] = forecasts_of(training())
    assert isinstance(event, Step)
    assert event.step == 2  # the first is not timed


def test_training_is_the_same_with_a_forecast_and_without(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "_ENOUGH_SECONDS", 0.0)
    for precision in ("float32", "bfloat16"):
        jobs = [
            Training(tiny_encoder, tmp_path / f"{precision}-{name}", precision=precision)
            for name in ("with", "without")
        ]
        assert len(forecasts_of(jobs[0])) == 1
        jobs[1].run()
        assert torch.equal(*(job.weights() for job in jobs))


def test_what_the_truncation_costs_is_counted(training: Callable[..., Training]) -> None:
    reading = {"data.max_tokens": 8, "data.max_windows": 2}
    head, windows = (
        forecast_of(training(**reading, **{"data.truncation": keep})).texts
        for keep in ("head", "windows")
    )
    assert windows.tokens == head.tokens
    assert head.tokens_read == head.tokens_read_in_one == windows.tokens_read_in_one
    assert windows.tokens_read == windows.tokens_read_in_windows == head.tokens_read_in_windows
    assert head.tokens_read < windows.tokens_read < head.tokens
    assert 1 > head.texts_cut > windows.texts_cut > 0


def test_a_limit_of_minutes_is_a_limit_of_the_forecast(training: Callable[..., Training]) -> None:
    told = forecast_of(training(epochs=1000, max_minutes=0.01))
    assert told.seconds == pytest.approx(0.6 + told.scoring_seconds)


def test_the_whole_is_the_sum_of_its_parts(training: Callable[..., Training]) -> None:
    told = forecast_of(training(epochs=3, evaluate_every_steps=1000))
    parts = 3 * told.epoch_seconds + told.evaluation_seconds + told.scoring_seconds
    assert told.seconds == pytest.approx(parts)


def test_the_time_of_a_checkpoint_is_not_that_of_the_step_after_it(
    training: Callable[..., Training],
) -> None:
    follower = forecaster(training())
    follower.see(events.plan(steps=2, steps_per_epoch=10, evaluate_every_steps=10))
    follower.see(events.step(1))
    time.sleep(0.2)
    follower.see(Checkpoint(1, "step-1"))
    told = follower.see(events.step(2))
    assert told is not None
    assert told.epoch_seconds < 0.2
