"""A model name ─► a pretrained encoder with a masked-language head; and such a one ─► a folder.

Many encoders are shipped without that head. Then one is made: the transformation that the model's
kind has there, and a decoder whose matrix is that of the word embeddings (Press and Wolf 2017), so
that all it has to learn anew is small. Its biases begin as the logarithms of the tokens'
frequencies: before it knows anything else, it answers with what is common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from transformers import AutoModel, AutoModelForMaskedLM, PreTrainedModel

from newtrick.encoder.encoder import Pretrained
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
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.save import save_pretrained, write_trained_on
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError
from newtrick.recipe import Recipe
from newtrick.storage import atomic_path, discard_folder, require_room

_POOLER = "pooler."
_QUIET = 0.1


@dataclass(frozen=True)
class MaskedEncoder(Pretrained):
    """A model with a masked-language head.

    Attributes:
        has_new_head: Whether the head was made, and knows nothing.
        pooler: Weights of the encoder that the head has no use for, and classifiers have; by their
            names in the model with a head.
    """

    has_new_head: bool
    pooler: Mapping[str, torch.Tensor]


def load_masked(recipe: Recipe) -> MaskedEncoder:
    """Load a pretrained encoder with its masked-language head, or a new one.

    Args:
        recipe: Its model's name and dropout, the length of texts, the seed of new layers.

    Raises:
        ModelError: No such model, or it cannot have such a head, or its tokenizer has no mask.
        FetchError: A named model could not be fetched.
    """
    settings = recipe.model
    folder = find_model(settings.name)
    config = load_config(folder)
    try:
        outline(AutoModelForMaskedLM, config)
    except ValueError as error:
        raise _without_support(folder, first_line(error)) from error
    if settings.attention_dropout != "own":
        set_attention_dropout(config, settings.attention_dropout)
    tokenizer = load_tokenizer(folder)
    if tokenizer.mask_token_id is None:
        raise _without_support(folder, "its tokenizer has no mask token")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        purpose = "masked language modelling"
        model, missing = load_weights(AutoModelForMaskedLM, folder, config, purpose=purpose)
    prefix = f"{model.base_model_prefix}."
    return MaskedEncoder(
        name=settings.name,
        folder=folder,
        model=model,
        tokenizer=tokenizer,
        truncation=Truncation.of(recipe.data, token_limit(folder, model, tokenizer)),
        has_new_head=any(not name.startswith(prefix) for name in missing),
        pooler=_pooler(folder, prefix),
    )


def begin_with_frequencies(model: PreTrainedModel, log_shares: npt.NDArray[np.float64]) -> None:
    """Let a new head answer with what is common, whatever the text.

    Its last normalisation begins small, so that what the text says comes in as it is learned.

    Args:
        model: One with a masked-language head.
        log_shares: The logarithm of the share of each token, shape (vocabulary,).
    """
    own = set(model.base_model.modules())
    norms = [m for m in model.modules() if isinstance(m, torch.nn.LayerNorm) and m not in own]
    for norm in norms:
        torch.nn.init.constant_(norm.weight, _QUIET)
    bias = model.get_output_embeddings().bias
    if bias is not None:
        with torch.no_grad():
            bias.copy_(torch.from_numpy(log_shares))


def save_masked(folder: Path, encoder: MaskedEncoder, trained_on: pl.DataFrame) -> None:
    """Write a folder that `newtrick train --model` takes, and `AutoModel` and its kin.

    Args:
        folder: Where it appears, whole; what was there goes.
        encoder: The adapted model.
        trained_on: The texts that it has read; see `TRAINED_ON_SCHEMA`.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    require_room(folder.parent, encoder.size)
    with atomic_path(folder) as temporary:
        state = {**encoder.model.state_dict(), **encoder.pooler}
        save_pretrained(temporary, encoder.model, encoder.tokenizer, state)
        write_trained_on(temporary, trained_on)
        discard_folder(folder)


def _without_support(folder: Path, found: str) -> ModelError:
    return ModelError(
        "The model has no masked-language modelling, by which an encoder is adapted.",
        where=folder,
        found=found,
        fix="choose an encoder such as BERT, RoBERTa, DistilBERT or ModernBERT",
    )


def _pooler(folder: Path, prefix: str) -> dict[str, torch.Tensor]:
    """The weights of the pooler, as far as the checkpoint has one."""
    with quiet_transformers():
        plain, report = AutoModel.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    return {
        f"{prefix}{name}": tensor
        for name, tensor in plain.state_dict().items()
        if name.startswith(_POOLER) and name not in report["missing_keys"]
    }
