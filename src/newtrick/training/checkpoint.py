"""A checkpoint: a training after one of its steps, in a folder that is whole or not there.

model.safetensors      the weights in float32: those that are evaluated, averaged or not
optimizer.safetensors  what the optimizer keeps of each weight
state.safetensors      states of generators, weights in training beside their average, other arrays
state.json             the rest: numbers, and the place in the journal
manifest.json          SHA-256 of the files above, written last
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from newtrick.errors import StorageError
from newtrick.hashing import file_sha256
from newtrick.storage import (
    atomic_path,
    discard_folder,
    flush_to_disk,
    full_disk_as_oserror,
    write_file,
)

Tensors = Mapping[str, torch.Tensor]

_FORMAT = 1
_WEIGHTS, _OPTIMIZER, _ARRAYS = "model.safetensors", "optimizer.safetensors", "state.safetensors"
_VALUES = "state.json"
_MANIFEST = "manifest.json"
_FILES = (_WEIGHTS, _OPTIMIZER, _ARRAYS, _VALUES)


@dataclass(frozen=True)
class Snapshot:
    """All that a training needs to go on.

    Attributes:
        weights: The model's weights in float32, by name; averaged where the recipe wants it.
        optimizer: The optimizer's tensors, by name.
        arrays: Other tensors, by name.
        values: The rest, as JSON has it.
    """

    weights: Tensors
    optimizer: Tensors
    arrays: Tensors
    values: Mapping[str, Any]


def write_checkpoint(path: Path, snapshot: Snapshot) -> None:
    """Write a checkpoint beside its place, flush it to disk, and rename it into place.

    One of the same step, saved before its evaluation, goes.

    Raises:
        StorageError: The disk is full or the folder cannot be written; nothing is left behind.
    """
    weights = {name: tensor.clone() for name, tensor in snapshot.weights.items()}  # tied or not
    files = {_WEIGHTS: weights, _OPTIMIZER: snapshot.optimizer, _ARRAYS: snapshot.arrays}
    size = sum(tensor.nbytes for tensors in files.values() for tensor in tensors.values())
    with atomic_path(path, size=size) as temporary:
        temporary.mkdir()
        for name, tensors in files.items():
            with full_disk_as_oserror():
                safetensors.torch.save_file(dict(tensors), temporary / name)
            flush_to_disk(temporary / name)
        write_file(temporary / _VALUES, json.dumps(snapshot.values, allow_nan=False))
        hashes = {name: file_sha256(temporary / name) for name in _FILES}
        manifest = {"format": _FORMAT, "files": hashes}
        write_file(temporary / _MANIFEST, json.dumps(manifest, indent=2) + "\n")
        discard_folder(path)


def check_checkpoint(path: Path) -> None:
    """Compare the files of a checkpoint with its manifest.

    Raises:
        StorageError: A file is missing or damaged, or the checkpoint is of another format.
    """
    try:
        manifest = json.loads((path / _MANIFEST).read_bytes())
        if manifest["format"] != _FORMAT:
            raise _unusable(path, f"format {manifest['format']}")
        for name in _FILES:
            if file_sha256(path / name) != manifest["files"][name]:
                raise _unusable(path, f"{name} has another hash")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(path, f"{type(error).__name__}: {error}") from error


def read_checkpoint(path: Path) -> Snapshot:
    """A checkpoint that `check_checkpoint` found good."""
    return Snapshot(
        weights=safetensors.torch.load_file(path / _WEIGHTS),
        optimizer=safetensors.torch.load_file(path / _OPTIMIZER),
        arrays=safetensors.torch.load_file(path / _ARRAYS),
        values=read_values(path),
    )


def read_weights(path: Path) -> Tensors:
    """The weights of a checkpoint.

    Raises:
        StorageError: A file is missing or damaged.
    """
    check_checkpoint(path)
    return safetensors.torch.load_file(path / _WEIGHTS)


def read_values(path: Path) -> dict[str, Any]:
    """What a good checkpoint holds beside tensors."""
    values: dict[str, Any] = json.loads((path / _VALUES).read_bytes())
    return values


def _unusable(path: Path, found: str) -> StorageError:
    return StorageError("The checkpoint is damaged.", where=path, found=found)
