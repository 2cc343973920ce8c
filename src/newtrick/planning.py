"""What a training would take, without the training."""

from __future__ import annotations

from collections.abc import Mapping

from newtrick.data.dataset import Dataset, label_ids, texts
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.job import SCORED, read_data
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.run import disk_needed
from newtrick.training.objectives import Classification
from newtrick.training.plan import Forecast, forecast


def plan(recipe: Recipe, watcher: Watcher) -> Forecast:
    """Read the data, time a few steps, and write nothing; the audit and the baseline are left out.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models or settings.
    """
    dataset = read_data(recipe, accept=(), watcher=watcher)
    watcher.stage("Loading the model")
    encoder = load_encoder(recipe, dataset.labels)
    watcher.stage("Tokenising")
    tokens = {name: encoder.tokenize_once(texts(rows)) for name, rows in dataset.splits().items()}
    return expect(dataset, encoder, tokens, recipe.training, watcher)


def expect(
    dataset: Dataset,
    encoder: Encoder,
    tokens: Mapping[str, TokenIds],
    settings: TrainingSettings,
    watcher: Watcher,
) -> Forecast:
    """Time a few steps of a training for which everything is ready."""
    watcher.stage("Timing a few steps")
    return forecast(
        encoder,
        Classification.of(label_ids(dataset.train), len(dataset.labels), settings),
        tokens["train"],
        [tokens[name] for name in SCORED],
        settings,
        disk_bytes=disk_needed(encoder.size, settings.keep_checkpoints),
    )
