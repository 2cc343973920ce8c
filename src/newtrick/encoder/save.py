"""A trained model ─► the folder that a user ships; plain transformers loads it as it is.

Beside what transformers reads lies `newtrick.json`: how long a text may be, which part of a longer
one is kept, and which label is the positive one. Transformers ignores it.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path

import safetensors

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError, StorageError
from newtrick.storage import atomic_path, require_room, write_file

_FILE = "newtrick.json"
_FORMAT = 1


@dataclass(frozen=True)
class Reading:
    """How a saved model reads text.

    Attributes:
        truncation: How long a text may be, and what is kept of a longer one.
        positive_label: For two classes, the label that F1 is about.
    """

    truncation: Truncation
    positive_label: str | None


def save_trained(folder: Path, encoder: Encoder) -> None:
    """Write `config.json`, `model.safetensors`, the tokenizer's files and `newtrick.json`.

    The saved tokenizer truncates at the same length and, for `head` and `tail`, on the same side as
    newtrick does, so that plain transformers with `truncation=True` gives the same probabilities.

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
        "positive_label": encoder.labels.positive,
    }
    with atomic_path(folder) as temporary:
        try:
            with quiet_transformers():
                encoder.model.save_pretrained(temporary)
        except safetensors.SafetensorError as error:
            raise StorageError(f"The weights cannot be written: {error}.", where=folder) from error
        tokenizer.save_pretrained(temporary)
        write_file(temporary / _FILE, json.dumps(document, indent=2) + "\n")


def read_reading(folder: Path) -> Reading | None:
    """What `newtrick.json` of a model folder says, or None if there is none.

    Raises:
        ModelError: The file is damaged or of a later format.
    """
    path = folder / _FILE
    if not path.is_file():
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
        truncation = Truncation(int(document["max_tokens"]), document["truncation"])
        return Reading(truncation, document["positive_label"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("The file is damaged.", where=path, found=repr(error)) from error
