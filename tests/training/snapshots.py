"""Snapshots that are quickly made and compared."""

from __future__ import annotations

import torch

from newtrick.training.checkpoint import Snapshot, Tensors

FILES = (
    "model.safetensors",
    "optimizer.safetensors",
    "state.safetensors",
    "state.json",
    "manifest.json",
)


def small_snapshot(step: int, weights: Tensors | None = None) -> Snapshot:
    """A snapshot whose every part says which step it is of."""
    return Snapshot(
        weights=weights or {"layer.weight": torch.full((3, 4), 1.0 / step)},
        optimizer={"0.exp_avg": torch.full((3, 4), float(step)), "0.step": torch.tensor(1.0)},
        arrays={"torch_random_state": torch.full((16,), step, dtype=torch.uint8)},
        values={"step": step, "generator": {"state": 2**100 + step}, "seconds": 0.1 * step},
    )


def same(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots have the same tensors and values, to the bit."""
    return one.values == other.values and all(
        mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)
        for mine, theirs in (
            (one.weights, other.weights),
            (one.optimizer, other.optimizer),
            (one.arrays, other.arrays),
        )
    )
