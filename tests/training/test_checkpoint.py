from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.training.snapshots import FILES, same, small_snapshot

from newtrick.errors import StorageError
from newtrick.training.checkpoint import (
    check_checkpoint,
    read_checkpoint,
    read_weights,
    write_checkpoint,
)


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    snapshot = small_snapshot(7)
    write_checkpoint(tmp_path / "step-7", snapshot)
    check_checkpoint(tmp_path / "step-7")
    assert same(read_checkpoint(tmp_path / "step-7"), snapshot)
    assert [path.name for path in tmp_path.iterdir()] == ["step-7"]


def test_nothing_is_pickled(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "step-7", small_snapshot(7))
    assert {path.suffix for path in (tmp_path / "step-7").iterdir()} == {".safetensors", ".json"}


def test_weights_that_share_their_memory_are_saved(tmp_path: Path) -> None:
    weights = torch.arange(6.0)
    snapshot = small_snapshot(1, weights={"one": weights, "same": weights})
    write_checkpoint(tmp_path / "step-1", snapshot)
    assert torch.equal(read_weights(tmp_path / "step-1")["same"], weights)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


DAMAGES = (cut, flip_a_bit, empty, fill_with_zeros, Path.unlink)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_checkpoint_is_refused(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "step-7"
    write_checkpoint(path, small_snapshot(7))
    damage(path / name)
    with pytest.raises(StorageError, match="damaged") as caught:
        check_checkpoint(path)
    assert name in str(caught.value) or name == "manifest.json"
    with pytest.raises(StorageError, match="damaged"):
        read_weights(path)
