"""The folder of a model ─► its parts, as transformers reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.save import is_ours
from newtrick.errors import ModelError


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


def outline(kind: type[Any], config: PreTrainedConfig) -> PreTrainedModel:
    """A model without values in its weights.

    Args:
        kind: A class of transformers that adds a head, such as `AutoModelForMaskedLM`.
        config: Of the model.

    Raises:
        ValueError: Models like this one never have such a head.
    """
    with quiet_transformers(), torch.device("meta"):
        model: PreTrainedModel = kind.from_config(config)
    return model


def load_weights(
    kind: type[Any], folder: Path, config: PreTrainedConfig, *, purpose: str
) -> tuple[PreTrainedModel, tuple[str, ...]]:
    """The model, and the sorted names of its parameters that the checkpoint lacks.

    Args:
        kind: A class of transformers that adds a head, such as `AutoModelForMaskedLM`.
        folder: Of the model.
        config: Of the model, or with another head.
        purpose: Of the head, as an error names it.

    Raises:
        ModelError: The model cannot be loaded, or lacks more than a head and what leads to it.
    """
    try:
        with quiet_transformers():
            model, report = kind.from_pretrained(
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
            f"The model cannot be loaded for {purpose}.", where=folder, found=first_line(error)
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


def set_attention_dropout(config: PreTrainedConfig, share: float) -> None:
    """Have this share of attention weights dropped in training."""
    for name in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, share)


def first_line(error: Exception) -> str:
    """What kind of error it is, and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
