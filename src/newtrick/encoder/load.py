"""A model name ─► a pretrained encoder with a classification head, and its tokenizer."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

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
from newtrick.data.fetch import fetch_model, is_model_name
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.save import Reading, read_reading
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError
from newtrick.recipe import Recipe

logger = logging.getLogger("newtrick")

_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "tf_model.h5")
_BINARY = 2
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def load_encoder(recipe: Recipe, labels: LabelSet) -> Encoder:
    """Load a pretrained encoder for training; a head that fits the labels is kept, else made new.

    Args:
        recipe: Its model's name and dropout, the length of texts, the seed of new layers.
        labels: The classes of the data.

    Raises:
        ModelError: No such model, no weights, pickled weights only, or not a text encoder.
        FetchError: A named model could not be fetched.
    """
    settings = recipe.model
    folder = _find(settings.name)
    config = _load_config(folder)
    keeps_head = _label_names(config) == labels.names and _has_head(config)
    config.id2label, config.label2id = labels.id2label, labels.label2id
    config.num_labels = len(labels)
    config.problem_type = "single_label_classification"
    if settings.attention_dropout != "own":
        _set_attention_dropout(config, settings.attention_dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        model, missing = _load_model(folder, config)
        if not keeps_head:
            _renew_head(model)
    if keeps_head and not missing:
        logger.info("The model has a trained head for these labels; training goes on from it.")
    tokenizer = _load_tokenizer(folder)
    limit = _token_limit(config, tokenizer)
    if recipe.data.max_tokens > limit:
        logger.warning("The model reads at most %d tokens; longer texts are cut there.", limit)
    return Encoder(
        name=settings.name,
        folder=folder,
        model=model,
        tokenizer=tokenizer,
        labels=labels,
        truncation=Truncation(min(recipe.data.max_tokens, limit), recipe.data.truncation),
    )


def load_trained(folder: Path) -> Encoder:
    """Load a classifier that was saved by `save_pretrained`, by newtrick or not.

    Raises:
        ModelError: No model there, no weights, pickled weights only, or no classification head.
    """
    _check_folder(folder)
    config = _load_config(folder)
    model, missing = _load_model(folder, config)
    if missing:
        raise ModelError(
            "The model has no trained classification head.",
            where=folder,
            found=f"untrained layers: {', '.join(missing[:4])}",
            fix=f"train it first: newtrick train DATA --model {folder}",
        )
    tokenizer = _load_tokenizer(folder)
    names = _label_names(config)
    reading = read_reading(folder) or Reading(
        truncation=Truncation(_token_limit(config, tokenizer), "head"),
        positive_label=names[-1] if len(names) == _BINARY else None,
    )
    return Encoder(
        name=folder.name,
        folder=folder,
        model=model.eval(),
        tokenizer=tokenizer,
        labels=LabelSet(names, reading.positive_label),
        truncation=reading.truncation,
    )


def hub_id(name: str) -> str | None:
    """The Hub's name (owner/name) for a model that is known by this name, if it is there."""
    if name.startswith("hf://"):
        return name.removeprefix("hf://").partition("@")[0]
    entry = catalogue().models.get(name)
    repositories = [] if entry is None else [s for s in entry.sources if s.kind == "hub"]
    return repositories[0].repository if repositories else None


def weights_hash(folder: Path) -> dict[str, str]:
    """SHA-256 of each weights file of a model folder, by file name."""
    hashes = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def _find(name: str) -> Path:
    path = Path(name)
    if path.exists() or not is_model_name(name):
        _check_folder(path)
        return path
    folder = fetch_model(name).folder
    _check_folder(folder)
    return folder


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelError(
            "There is no such model.",
            found=folder,
            fix="give a folder, a hub id (hf://owner/name), or a name from `newtrick catalogue`",
        )
    if not (folder / "config.json").is_file():
        hint = folder / "model" / "config.json"
        raise ModelError(
            "The folder holds no model: there is no config.json.",
            where=folder,
            fix=f"use {hint.parent}" if hint.exists() else "give the folder with config.json",
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


def _load_config(folder: Path) -> PreTrainedConfig:
    try:
        with quiet_transformers():
            config: PreTrainedConfig = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            return config
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise ModelError(
            "The model's config.json cannot be used.",
            where=folder / "config.json",
            found=_first_line(error),
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
            found=_first_line(error),
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


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise ModelError(
            "The model's tokenizer cannot be loaded.", where=folder, found=_first_line(error)
        ) from error
    if tokenizer.is_fast:
        # A tokenizer.json may carry the truncation and padding of whoever saved it.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
    if tokenizer.pad_token_id is None:
        raise ModelError("The model's tokenizer has no padding token.", where=folder)
    return tokenizer


def _token_limit(config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase) -> int:
    positions = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    # RoBERTa and its kin count positions from the padding id on, and say so in model_max_length.
    return int(min(positions, tokenizer.model_max_length))


def _label_names(config: PreTrainedConfig) -> tuple[str, ...]:
    names = {int(index): str(name) for index, name in (config.id2label or {}).items()}
    return tuple(names[index] for index in sorted(names))


def _has_head(config: PreTrainedConfig) -> bool:
    names = config.architectures or []
    return any(name.endswith("ForSequenceClassification") for name in names)


def _set_attention_dropout(config: PreTrainedConfig, share: float) -> None:
    for name in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, share)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
