"""Matrix products: which number format this machine is quick in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch

Precision = Literal["float32", "bfloat16"]

_WORTH_ROUNDING = 1.5
_TRIES = 5


@dataclass(frozen=True)
class Products:
    """Seconds of the same matrix product in either format, the best of a few."""

    float32: float
    bfloat16: float

    @property
    def quicker(self) -> Precision:
        """bfloat16 where it is much quicker, which pays for the copies that come with it."""
        return "bfloat16" if self.float32 > _WORTH_ROUNDING * self.bfloat16 else "float32"


@cache
def time_products() -> Products:
    """Multiply what a layer multiplies, for a few milliseconds; once in a process.

    bfloat16 is several times as quick with AVX512-BF16 or AMX, and slower where it is emulated.
    """
    left, right = torch.randn(512, 384), torch.randn(384, 1536)
    seconds = {kind: float("inf") for kind in (torch.float32, torch.bfloat16)}
    for _ in range(_TRIES):
        for kind, best in seconds.items():
            factors = left.to(kind), right.to(kind)
            started = time.perf_counter()
            torch.mm(*factors)
            seconds[kind] = min(best, time.perf_counter() - started)
    return Products(seconds[torch.float32], seconds[torch.bfloat16])


def settle(wanted: Precision | Literal["auto"]) -> Precision:
    """A format that is named, or for `auto` the quicker one."""
    return time_products().quicker if wanted == "auto" else wanted
