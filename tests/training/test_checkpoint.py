from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import torch
from tests.tiny import head_of
from transformers import PreTrainedModel

from newtrick.data.dataset import LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.errors import StorageError
from newtrick.recipe import Recipe
from newtrick.training.checkpoint import restore_checkpoint, save_checkpoint


def tiny_model(folder: Path, seed: int) -> PreTrainedModel:
    recipe = Recipe().with_settings({"model.name": str(folder), "training.seed": seed})
    return load_encoder(recipe, LabelSet(("neg", "pos"), "pos")).model


def test_saved_weights_come_back(tiny_encoder: Path, tmp_path: Path) -> None:
    saved, other = tiny_model(tiny_encoder, 1), tiny_model(tiny_encoder, 2)
    path = save_checkpoint(tmp_path, 7, saved.state_dict())
    restore_checkpoint(path, other)
    assert torch.equal(head_of(other), head_of(saved))


def test_a_damaged_checkpoint_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    model = tiny_model(tiny_encoder, 1)
    weights = save_checkpoint(tmp_path, 7, model.state_dict()) / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        restore_checkpoint(weights.parent, model)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_leaves_the_last_checkpoint_and_no_half_file(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    model = tiny_model(tiny_encoder, 1)
    elsewhere = save_checkpoint(tmp_path / "elsewhere", 1, model.state_dict())
    size = sum(path.stat().st_size for path in elsewhere.iterdir())
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size * 3 // 2}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        save_checkpoint(disk, 1, model.state_dict())
        with pytest.raises(StorageError, match="disk is full"):
            save_checkpoint(disk, 2, model.state_dict())
        assert [path.name for path in disk.iterdir()] == ["step-1"]
        restore_checkpoint(disk / "step-1", model)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
