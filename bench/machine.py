"""What the machine can do, and what a piece of work took, on Linux."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

_SIZE = 2048
_TRIES = 16


@dataclass(frozen=True)
class Peak:
    """The quickest product of two square matrices in each number format, in 10^9 operations/s."""

    bfloat16: float
    float32: float

    @classmethod
    def measure(cls) -> Self:
        """Multiply a few times; the best counts, for a disturbance only ever costs time."""
        return cls(_quickest(torch.bfloat16), _quickest(torch.float32))

    def or_better(self, other: Self) -> Self:
        """The best of two measurements."""
        return type(self)(max(self.bfloat16, other.bfloat16), max(self.float32, other.float32))

    def __str__(self) -> str:
        return f"{self.bfloat16:.0f} GFLOP/s in bfloat16, {self.float32:.0f} in float32"


def _quickest(kind: torch.dtype) -> float:
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
    """Measure what is done inside the block.

    What was freed before is first given back to the system: else it would be counted.
    """
    taken = Taken()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is held now
    started = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in status if line.startswith("VmHWM")]
    taken.peak_memory = int(peak) * 1024
