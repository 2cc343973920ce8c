"""A trained model ─► the folder that a user ships; plain transformers loads it as it is.

Beside what transformers reads lie files that it ignores. `newtrick.json` says how long a text
may be, which part of a longer one is kept, whether texts are read in pairs, and which label is the
positive one. In `trained_on.parquet` is a hash of each text that the model was trained on, so that
a score on those can be refused. `decisions.json` comes later, when the model has been scored: see
`evaluation/decisions/document.py`.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError
from newtrick.storage import (
    atomic_path,
    discard_folder,
    full_disk_as_oserror,
    require_room,
    write_file,
)

_FILE = "newtrick.json"
_TRAINED_ON = "trained_on.parquet"
_FORMAT = 1


TRAINED_ON_SCHEMA = pl.Schema({"hash": pl.UInt64, "split": pl.String})
"""`hash` is that of `text_key_hashes`; `split` is `train`, or `validation` for the rows that chose
the checkpoint, or `adaptation` for texts that were read without labels."""


@dataclass(frozen=True)
class Reading:
    """How a saved model reads text.

    Attributes:
        truncation: How long a text may be, and what is kept of a longer one.
        positive_label: For two classes, the label that F1 is about.
        pairs: Whether it reads two texts at a time; None where that is not known.
        scale: What each label counts, where they are a scale.
    """

    truncation: Truncation
    positive_label: str | None
    pairs: bool | None = None
    scale: tuple[float, ...] | None = None


def save_trained(folder: Path, encoder: Encoder, trained_on: pl.DataFrame) -> None:
    """Write `config.json`, `model.safetensors`, the tokenizer's files, and our own two files.

    The saved tokenizer truncates at the same length and, for `head` and `tail`, on the same side as
    newtrick does, so that plain transformers with `truncation=True` gives the same probabilities.

    Args:
        folder: Where it appears, whole; what was there goes.
        encoder: The trained model.
        trained_on: The texts that trained it or chose its checkpoint; see `TRAINED_ON_SCHEMA`.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    require_room(folder.parent, encoder.size)
    truncation = encoder.truncation
    tokenizer = copy.deepcopy(encoder.tokenizer)
    tokenizer.model_max_length = truncation.max_tokens
    tokenizer.truncation_side = "left" if truncation.keep == "tail" else "right"
    document = {
        "format": _FORMAT,
        "max_tokens": truncation.max_tokens,
        "truncation": truncation.keep,
        "max_windows": truncation.max_windows,
        "positive_label": encoder.labels.positive,
        "text_pairs": bool(encoder.reads_pairs),
        "scale": encoder.labels.scale,
    }
    with atomic_path(folder) as temporary:
        save_pretrained(temporary, encoder.model, tokenizer)
        write_file(temporary / _FILE, json.dumps(document, indent=2) + "\n")
        write_trained_on(temporary, trained_on)
        discard_folder(folder)


def write_trained_on(folder: Path, trained_on: pl.DataFrame) -> None:
    """Write down in a model folder which texts it was trained on."""
    buffer = io.BytesIO()
    trained_on.unique().sort("split", "hash").write_parquet(buffer)
    write_file(folder / _TRAINED_ON, buffer.getvalue())


def save_pretrained(
    folder: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    state: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write what plain transformers reads.

    Args:
        folder: A new one.
        model: Config and weights.
        tokenizer: Its files.
        state: Other weights than the model's own.
    """
    with full_disk_as_oserror(), quiet_transformers():
        model.save_pretrained(folder, state_dict=None if state is None else dict(state))
        tokenizer.save_pretrained(folder)
    for weights in folder.glob("*.safetensors"):  # written for the owner alone
        weights.chmod((folder / "config.json").stat().st_mode)


def is_ours(folder: Path) -> bool:
    """Whether a model folder was written by newtrick."""
    return (folder / _FILE).is_file()


def read_reading(folder: Path) -> Reading | None:
    """What `newtrick.json` of a model folder says, or None if there is none.

    Raises:
        ModelError: The file is damaged or of a later format.
    """
    path = folder / _FILE
    if not is_ours(folder):
        return None
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != _FORMAT:
            raise ModelError(
                "The model was saved by a later newtrick.",
                where=path,
                found=f"format {document['format']}",
                fix="upgrade newtrick",
            )
        truncation = Truncation(
            max_tokens=int(document["max_tokens"]),
            keep=document["truncation"],
            max_windows=int(document.get("max_windows", 1)),  # absent before there were windows
        )
        pairs = bool(document.get("text_pairs", False))  # absent before there were any
        scale = document.get("scale")
        return Reading(
            truncation,
            document["positive_label"],
            pairs,
            scale=None if scale is None else tuple(map(float, scale)),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("The file is damaged.", where=path, found=repr(error)) from error


def read_trained_on(folder: Path) -> pl.DataFrame:
    """The texts that a model was trained on, as hashes; no rows if its folder does not say.

    Raises:
        ModelError: The file is damaged.
    """
    path = folder / _TRAINED_ON
    if not path.is_file():
        return TRAINED_ON_SCHEMA.to_frame()
    try:
        return pl.read_parquet(path, schema=TRAINED_ON_SCHEMA)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ModelError("The file is damaged.", where=path, found=error) from error
