"""A model name ─► a pretrained encoder with a classification head, and its tokenizer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from transformers import (
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from newtrick.data.dataset import LabelSet
from newtrick.data.pairs import Text
from newtrick.data.scale import told_scale
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.find import find_model
from newtrick.encoder.from_folder import (
    first_line,
    load_config,
    load_tokenizer,
    load_weights,
    outline,
    set_attention_dropout,
    token_limit,
)
from newtrick.encoder.head import Odds, begin_with_odds
from newtrick.encoder.save import Reading, read_reading
from newtrick.encoder.token_cache import cached_tokens
from newtrick.encoder.tokens import TokenIds, Truncation
from newtrick.errors import ModelError
from newtrick.recipe import Recipe

logger = logging.getLogger("newtrick")

_SINGLE_LABEL: Final = "single_label_classification"
_MULTI_LABEL: Final = "multi_label_classification"


def load_encoder(recipe: Recipe, labels: LabelSet, odds: Odds | None = None) -> Encoder:
    """Load a pretrained encoder for training; a head that fits the labels is kept, else made new.

    Args:
        recipe: Its model's name and dropout, the length of texts, the seed of new layers.
        labels: The classes of the data.
        odds: Of `label_odds`, for labels of which a row may have several. A new head begins with
            them (Lin and others 2017): from even odds, rare labels are a long way.

    Raises:
        ModelError: No such model, no weights, pickled weights only, or not a text encoder.
        FetchError: A named model could not be fetched.
    """
    settings = recipe.model
    folder = find_model(settings.name)
    config = load_config(folder)
    was_trained = _has_head(config)
    keeps_head = (
        was_trained
        and _label_names(config) == labels.names
        and (config.problem_type == _MULTI_LABEL) == labels.multi_label
    )
    config.id2label, config.label2id = labels.id2label, labels.label2id
    config.num_labels = len(labels)
    config.problem_type = _MULTI_LABEL if labels.multi_label else _SINGLE_LABEL
    if settings.attention_dropout != "own":
        set_attention_dropout(config, settings.attention_dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        model, _ = _load_classifier(folder, config)
        if was_trained and not keeps_head:
            _renew_head(model)
    if odds is not None and not keeps_head and recipe.training.class_weights == "none":
        begin_with_odds(model, odds)
    if keeps_head:
        logger.info("The model has a trained head for these labels; training goes on from it.")
    tokenizer = load_tokenizer(folder)
    limit = token_limit(folder, model, tokenizer)
    if recipe.data.max_tokens > limit:
        logger.warning("The model reads at most %d tokens; longer texts are cut there.", limit)
    return Encoder(
        name=settings.name,
        folder=folder,
        model=model,
        tokenizer=tokenizer,
        labels=labels,
        truncation=Truncation.of(recipe.data, limit),
        reads_pairs=recipe.data.pair_column is not None,
    )


@dataclass(frozen=True)
class Reader:
    """How a model reads text, without the model.

    Attributes:
        folder: Where its tokenizer was loaded from.
        tokenizer: Neither truncates nor pads by itself.
        truncation: How long a text may be for it, and what is kept of a longer one.
    """

    folder: Path
    tokenizer: PreTrainedTokenizerBase
    truncation: Truncation

    def tokenize(self, texts: Sequence[Text]) -> TokenIds:
        """Texts as the model reads them, kept on disk for the training that may follow."""
        return cached_tokens(self.tokenizer, texts, self.truncation)


def load_reader(recipe: Recipe) -> Reader:
    """Load what reads the texts for a model, and leave its weights on disk.

    Args:
        recipe: The model's name and the length of texts.

    Raises:
        ModelError: No such model, or no text encoder.
        FetchError: A named model could not be fetched.
    """
    folder = find_model(recipe.model.name)
    config = load_config(folder)
    try:
        model = outline(AutoModelForSequenceClassification, config)
    except ValueError as error:
        raise ModelError(
            "The model cannot be loaded for classification.", where=folder, found=first_line(error)
        ) from error
    tokenizer = load_tokenizer(folder)
    limit = token_limit(folder, model, tokenizer)
    return Reader(folder, tokenizer, Truncation.of(recipe.data, limit))


def load_trained(name: str | Path) -> Encoder:
    """Load a classifier that was saved by `save_pretrained`, by newtrick or not.

    Args:
        name: Its folder, or a hub id (hf://owner/name).

    Raises:
        ModelError: No model there, no weights, pickled weights only, or no classification head.
        FetchError: A hub id could not be fetched.
    """
    folder = find_model(str(name))
    config = load_config(folder)
    model, missing = _load_classifier(folder, config)
    if missing or not _has_head(config):
        raise ModelError(
            "The model has no trained classification head.",
            where=folder,
            fix=f"train it first: newtrick train DATA --model {name}",
        )
    tokenizer = load_tokenizer(folder)
    reading = read_reading(folder)
    if reading is None:
        truncation = Truncation(token_limit(folder, model, tokenizer), "head")
        reading = Reading(truncation, None, scale=told_scale(_label_names(config)))
    return Encoder(
        name=folder.name,
        folder=folder,
        model=model.eval(),
        tokenizer=tokenizer,
        labels=_label_set(config, reading),
        truncation=reading.truncation,
        reads_pairs=reading.pairs,
    )


def _load_classifier(
    folder: Path, config: PreTrainedConfig
) -> tuple[PreTrainedModel, tuple[str, ...]]:
    kind = AutoModelForSequenceClassification
    return load_weights(kind, folder, config, purpose="classification")


def _renew_head(model: PreTrainedModel) -> None:
    """Give the head random values, though the checkpoint may have one: it is for other labels."""
    fresh = AutoModelForSequenceClassification.from_config(model.config).state_dict()
    prefix = f"{model.base_model_prefix}."
    head = {name: tensor for name, tensor in fresh.items() if not name.startswith(prefix)}
    model.load_state_dict(head, strict=False)


def _label_names(config: PreTrainedConfig) -> tuple[str, ...]:
    names = {int(index): str(name) for index, name in (config.id2label or {}).items()}
    return tuple(names[index] for index in sorted(names))


def _label_set(config: PreTrainedConfig, reading: Reading) -> LabelSet:
    names = _label_names(config)
    if config.problem_type == _MULTI_LABEL:
        return LabelSet.of_several(names)
    return LabelSet.of(names, reading.positive_label, reading.scale)


def _has_head(config: PreTrainedConfig) -> bool:
    names = config.architectures or []
    return any(name.endswith("ForSequenceClassification") for name in names)
