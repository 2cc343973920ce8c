"""What a training would take, without the training."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from newtrick.data.dataset import Dataset, Note, label_odds, targets, texts
from newtrick.distillation.lessons import read_lessons
from newtrick.distillation.rows import training_rows
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.job import SCORED, look_at_data, read_data
from newtrick.journal import Event
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.run import disk_needed
from newtrick.training import loop
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.plan import Forecast, Forecaster
from newtrick.training.validation import LabelledTokens


class _Enough(Exception):
    """The forecast is made."""


def plan(recipe: Recipe, accept: Collection[str], watcher: Watcher) -> Forecast:
    """Read the data, audit it, take a few steps, and write no run; the baseline is left out.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models or settings.
    """
    return plan_on(recipe, read_data(recipe, accept, watcher), accept, watcher)


def plan_on(
    recipe: Recipe, dataset: Dataset, accept: Collection[str], watcher: Watcher
) -> Forecast:
    """The same for data that was read; it is of the training, without an adaptation before it."""
    watcher.stage("Loading the model")
    odds = label_odds(dataset.train, dataset.labels)
    encoder = load_encoder(recipe, dataset.labels, odds)
    watcher.stage("Tokenising")
    tokens = {name: encoder.tokenize_once(texts(rows)) for name, rows in dataset.splits().items()}
    look_at_data(recipe, dataset, encoder, tokens, accept=accept, watcher=watcher)
    lessons = read_lessons(recipe, dataset, encoder, watcher)
    if recipe.adaptation.source is not None:
        message = "The encoder is adapted to texts first; what that takes is not in the forecast."
        watcher.note(Note("adaptation", message))
    watcher.stage("Timing a few steps")
    settings = recipe.training.model_copy(update={"checkpoint_every_steps": None})
    rows = training_rows(recipe, dataset, tokens["train"], lessons)
    forecaster = forecaster_of(encoder, {**tokens, "train": rows.tokens}, settings)
    forecasts: list[Forecast] = []

    def tell(event: Event) -> None:
        if forecast := forecaster.see(event):
            forecasts.append(forecast)
            raise _Enough

    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(_Enough):
        loop.train(
            encoder,
            rows.objective,
            rows.tokens,
            LabelledTokens(tokens["validation"], targets(dataset.validation, dataset.labels)),
            settings,
            checkpoints=Checkpoints(Path(folder), settings.keep_checkpoints),
            stop=StopRequest(),
            tell=tell,
        )
    return forecasts[0]


def forecaster_of(
    encoder: Encoder, tokens: Mapping[str, TokenIds], settings: TrainingSettings
) -> Forecaster:
    """One that follows the training of an encoder on the split `train`."""
    return Forecaster(
        encoder,
        tokens["train"],
        [tokens[name] for name in SCORED],
        settings,
        disk_bytes=disk_of(encoder.size, settings),
    )


def disk_of(weights: int, settings: TrainingSettings) -> int:
    """The bytes that the run folder of a training grows to, by those of the weights."""
    averaged = settings.averaging != "none"
    return disk_needed(weights, settings.keep_checkpoints, averaged=averaged)
