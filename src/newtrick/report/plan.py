"""A forecast in words."""

from __future__ import annotations

from newtrick.report.wording import count, duration
from newtrick.training.plan import Forecast


def told(forecast: Forecast) -> str:
    """What a training will take, in one line."""
    epochs = forecast.steps / forecast.steps_per_epoch
    evaluations = "evaluation" if forecast.evaluations == 1 else "evaluations"
    memory = "" if forecast.memory_bytes is None else f"memory {_size(forecast.memory_bytes)}, "
    return (
        f"{count(forecast.steps)} steps ({epochs:.3g} epochs of about"
        f" {duration(forecast.epoch_seconds)}), {count(forecast.evaluations)} {evaluations} of"
        f" about {duration(forecast.evaluation_seconds)}, scoring"
        f" {duration(forecast.scoring_seconds)}:"
        f" about {duration(forecast.seconds)} in all; {memory}disk {_size(forecast.disk_bytes)}"
    )


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
