"""A model name ─► a pretrained encoder with a classification head, and its tokenizer."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from newtrick.data.catalogue import catalogue
from newtrick.data.dataset import LabelSet
from newtrick.data.fetch import fetch_model, is_cached, is_model_name
from newtrick.data.pairs import Text
from newtrick.data.scale import told_scale
from newtrick.data.sources.repository import HUB_SCHEME
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.head import Odds, begin_with_odds
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.save import Reading, is_ours, read_reading
from newtrick.encoder.token_cache import cached_tokens
from newtrick.encoder.tokens import TokenIds, Truncation
from newtrick.errors import ModelError, did_you_mean
from newtrick.hashing import file_sha256
from newtrick.recipe import Recipe
from newtrick.unfinished import unfinished_run

logger = logging.getLogger("newtrick")

_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt")
_MADE_OF = (".safetensors", ".json", ".txt", ".model")
_SINGLE_LABEL: Final = "single_label_classification"
_MULTI_LABEL: Final = "multi_label_classification"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


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
        model, _ = _load_model(folder, config)
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
        with quiet_transformers(), torch.device("meta"):
            shape = AutoModelForSequenceClassification.from_config(config)
    except ValueError as error:
        raise ModelError(
            "The model cannot be loaded for classification.", where=folder, found=first_line(error)
        ) from error
    tokenizer = load_tokenizer(folder)
    limit = token_limit(folder, shape, tokenizer)
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
    model, missing = _load_model(folder, config)
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


def find_model(name: str) -> Path:
    """The folder of a model; one that is known by name is fetched if need be.

    Raises:
        ModelError: No such model, no weights, or pickled weights only.
        FetchError: A named model could not be fetched.
    """
    path = Path(name)
    if not path.exists():
        check_model_name(name)
        path = fetch_model(name).folder
    _check_folder(path)
    return path


def check_model_name(name: str) -> None:
    """Refuse what is neither on disk nor known by name, before anything is fetched.

    Raises:
        ModelError: With the nearest name.
    """
    if not Path(name).exists() and not is_model_name(name):
        raise ModelError(
            "There is no such model.",
            found=name,
            fix="give a folder or a hub id (hf://owner/name); of the names in the catalogue, "
            + did_you_mean(name, catalogue().models),
        )


def is_at_hand(name: str) -> bool:
    """Whether a model can be loaded without fetching anything: a folder, or a name in the cache."""
    models = catalogue().models
    return Path(name).is_dir() or (name in models and is_cached(models[name]))


def hub_id(name: str) -> str | None:
    """The Hub's name (owner/name) of a model that was fetched by this name, if it is there."""
    if Path(name).exists():
        return None
    if name.startswith(HUB_SCHEME):
        return name.removeprefix(HUB_SCHEME).partition("@")[0]
    sources = catalogue().models[name].sources if name in catalogue().models else ()
    return next((source.repository for source in sources if source.kind == "hub"), None)


def model_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file that a model and its tokenizer are made of, by file name."""
    return {
        path.name: file_sha256(path)
        for path in sorted(folder.iterdir())
        if path.suffix in _MADE_OF and path.is_file()
    }


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelError(
            "A model is a folder; this is a file.",
            found=folder,
            fix="give the folder that holds config.json and model.safetensors",
        )
    if not (folder / "config.json").is_file():
        places = (folder / "model" / "config.json", folder.parent.parent / "model" / "config.json")
        hint = next((place for place in places if place.exists()), None)
        raise ModelError(
            "The folder holds no model: there is no config.json.",
            where=folder,
            fix=f"use {hint.parent}"
            if hint
            else unfinished_run(folder) or "give the folder with config.json",
        )
    if any((folder / name).is_file() for name in _WEIGHTS):
        return
    pickled = [name for name in _PICKLED if (folder / name).exists()]
    if pickled:
        raise ModelError(
            "The model has pickled weights only, and loading a pickle can run any code.",
            where=folder,
            found=pickled[0],
            fix="convert it where you trust it, with save_pretrained, to model.safetensors",
        )
    raise ModelError(
        "The model folder has no weights: there is no model.safetensors.",
        where=folder,
        found=", ".join(sorted(entry.name for entry in folder.iterdir())[:8]),
    )


def load_config(folder: Path) -> PreTrainedConfig:
    """What config.json of a model folder says.

    Raises:
        ModelError: It cannot be used.
    """
    try:
        with quiet_transformers():
            config: PreTrainedConfig = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            return config
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise ModelError(
            "The model's config.json cannot be used.",
            where=folder / "config.json",
            found=first_line(error),
        ) from error


def _load_model(folder: Path, config: PreTrainedConfig) -> tuple[PreTrainedModel, tuple[str, ...]]:
    """The model, and the sorted names of its parameters that the checkpoint lacks."""
    try:
        with quiet_transformers():
            model, report = AutoModelForSequenceClassification.from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    except Exception as error:
        raise ModelError(
            "The model cannot be loaded for classification.",
            where=folder,
            found=first_line(error),
        ) from error
    mismatched = {entry[0] for entry in report["mismatched_keys"]}
    missing = sorted({*report["missing_keys"], *mismatched})
    prefix = f"{model.base_model_prefix}."
    lost = [name for name in missing if name.startswith(prefix) and "pooler" not in name]
    if lost:
        raise ModelError(
            "The weights do not fit the model's config.json.",
            where=folder,
            found=f"{len(lost)} encoder parameters are missing, {lost[0]} among them",
        )
    return model, tuple(missing)


def _renew_head(model: PreTrainedModel) -> None:
    """Give the head random values, though the checkpoint may have one: it is for other labels."""
    fresh = AutoModelForSequenceClassification.from_config(model.config).state_dict()
    prefix = f"{model.base_model_prefix}."
    head = {name: tensor for name, tensor in fresh.items() if not name.startswith(prefix)}
    model.load_state_dict(head, strict=False)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder; it neither truncates nor pads by itself.

    Raises:
        ModelError: It cannot be loaded, or has no padding token.
    """
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise ModelError(
            "The model's tokenizer cannot be loaded.", where=folder, found=first_line(error)
        ) from error
    if tokenizer.is_fast:
        # A tokenizer.json may carry the truncation and padding of whoever saved it.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
    if tokenizer.pad_token_id is None:
        raise ModelError("The model's tokenizer has no padding token.", where=folder)
    return tokenizer


def token_limit(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The most tokens that the model can read, special ones included."""
    positions = getattr(model.config, "max_position_embeddings", None)
    limit = int(positions or tokenizer.model_max_length) - _positions_unused(model)
    # A tokenizer that we saved says how long the texts of that training were, not what fits.
    return limit if is_ours(folder) else min(limit, int(tokenizer.model_max_length))


def _positions_unused(model: PreTrainedModel) -> int:
    """RoBERTa and its kin number positions from the one after the padding id."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            return 0 if module.padding_idx is None else module.padding_idx + 1
    return 0


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


def set_attention_dropout(config: PreTrainedConfig, share: float) -> None:
    """Have this share of attention weights dropped in training."""
    for name in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, share)


def first_line(error: Exception) -> str:
    """What kind of error it is, and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
