"""What the machine can do, and what a piece of work took: for the programs in this folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

_SIZE = 2048
_TRIES = 8


def peak_gflops() -> dict[str, float]:
    """The quickest product of two square matrices in each number format, in 10^9 operations/s."""
    return {str(kind).removeprefix("torch."): _peak(kind) for kind in _KINDS}


_KINDS = (torch.bfloat16, torch.float32)


def _peak(kind: torch.dtype) -> float:
    matrix = torch.randn(_SIZE, _SIZE).to(kind)
    best = float("inf")
    for _ in range(_TRIES):
        started = time.perf_counter()
        torch.mm(matrix, matrix)
        best = min(best, time.perf_counter() - started)
    return 2 * _SIZE**3 / best / 1e9


@dataclass
class Taken:
    """Seconds, and the most memory that the process held meanwhile, in bytes."""

    seconds: float = 0.0
    peak_memory: int = 0


@contextmanager
def measured() -> Iterator[Taken]:
    """Measure what is done inside the block; the peak of memory is Linux's, reset before."""
    taken = Taken()
    Path("/proc/self/clear_refs").write_text("5")
    started = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in status if line.startswith("VmHWM")]
    taken.peak_memory = int(peak) * 1024
