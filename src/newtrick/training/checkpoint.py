"""The best weights so far, on disk: written whole or not at all, checked when read back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from transformers import PreTrainedModel

from newtrick.errors import StorageError
from newtrick.storage import atomic_path, write_file

_WEIGHTS = "model.safetensors"
_MANIFEST = "manifest.json"


def save_checkpoint(folder: Path, step: int, state: Mapping[str, torch.Tensor]) -> Path:
    """Write `folder/step-N`, its manifest with the hash of the weights last; remove older ones.

    Raises:
        StorageError: The disk is full or the folder cannot be written; what was there stays.
    """
    weights = safetensors.torch.save(
        {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
    )
    manifest = {
        "format": 1,
        "step": step,
        "files": {_WEIGHTS: hashlib.sha256(weights).hexdigest()},
    }
    path = folder / f"step-{step}"
    with atomic_path(path, size=len(weights)) as temporary:
        write_file(temporary / _WEIGHTS, weights)
        write_file(temporary / _MANIFEST, json.dumps(manifest, indent=2) + "\n")
    for older in folder.glob("step-*"):
        if older != path:
            shutil.rmtree(older)
    return path


def find_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of a run, if it has one."""
    return next(iter(folder.glob("step-*")), None)


def restore_checkpoint(path: Path, model: PreTrainedModel) -> None:
    """Put the weights of a checkpoint into a model.

    Raises:
        StorageError: The checkpoint is damaged.
    """
    manifest = json.loads((path / _MANIFEST).read_text("utf-8"))
    weights = (path / _WEIGHTS).read_bytes()
    if hashlib.sha256(weights).hexdigest() != manifest["files"][_WEIGHTS]:
        raise StorageError("The checkpoint is damaged: its hash is wrong.", where=path / _WEIGHTS)
    model.load_state_dict(safetensors.torch.load(weights))
