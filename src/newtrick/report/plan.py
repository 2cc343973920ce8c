"""A forecast in words."""

from __future__ import annotations

from newtrick.counted import counted
from newtrick.report.wording import count, duration, percent, size
from newtrick.training.plan import Forecast, TextsRead


def told(forecast: Forecast) -> str:
    """What a training will take, and how much it reads for that."""
    epochs = forecast.steps / forecast.steps_per_epoch
    memory = "" if forecast.memory_bytes is None else f"memory {size(forecast.memory_bytes)}, "
    return (
        f"{counted(forecast.steps, 'step')} ({epochs:.3g} epoch{'s' * (epochs != 1)} of about"
        f" {duration(forecast.epoch_seconds)}), {counted(forecast.evaluations, 'evaluation')} of"
        f" about {duration(forecast.evaluation_seconds)}, scoring"
        f" {duration(forecast.scoring_seconds)}:"
        f" about {duration(forecast.seconds)} in all; {memory}disk {size(forecast.disk_bytes)}."
        f" {_told(forecast.texts)}"
    )


def _told(texts: TextsRead) -> str:
    truncation = texts.truncation
    limit = f"{truncation.max_tokens} tokens"
    if truncation.keep == "windows":
        limit = f"{truncation.max_windows} of {limit}"
        otherwise = f"without windows {count(texts.tokens_read_in_one)}"
    else:
        otherwise = f"with windows {count(texts.tokens_read_in_windows)}"
    share = f"{percent(texts.texts_cut)} % of the training texts" if texts.texts_cut else "no text"
    told = f"Truncation ({truncation.keep}, {limit}) cuts {share}"
    if texts.tokens_read_in_one == texts.tokens:  # none is too long
        return told
    return (
        f"{told}: an epoch reads {count(texts.tokens_read)} of {count(texts.tokens)} tokens,"
        f" {otherwise}"
    )
