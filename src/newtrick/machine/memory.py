"""Memory: what the system has to give, and what this process has held of it."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from newtrick.machine.cgroups import Limits, read_limits
from newtrick.machine.fields import read_fields

_ROOT = Path("/")


@dataclass(frozen=True)
class Memory:
    """Memory in bytes.

    Attributes:
        total: What the system has.
        available: What it could give without swapping.
        limit: What the control groups allow the process.
        left: What remains of that limit.
    """

    total: int | None = None
    available: int | None = None
    limit: int | None = None
    left: int | None = None

    @property
    def usable(self) -> int | None:
        """What a training could take."""
        known = [size for size in (self.total, self.available, self.left) if size is not None]
        return min(known, default=None)


def look_at_memory(root: Path, limits: Limits) -> Memory:
    """The memory of the system under a root of the file system, and what the limits leave of it."""
    memory = Memory(limit=limits.memory, left=limits.memory_left)
    sizes = read_fields(root / "proc/meminfo")
    with contextlib.suppress(KeyError, ValueError):
        return replace(
            memory,
            total=1024 * int(sizes["MemTotal"].split()[0]),
            available=1024 * int(sizes["MemAvailable"].split()[0]),
        )
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        memory = replace(memory, total=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return memory


def usable_memory() -> int | None:
    """What this process could still take, in bytes; None where the system does not say."""
    return look_at_memory(_ROOT, read_limits(_ROOT)).usable


def peak_memory() -> int | None:
    """The most that this process has held, in bytes; None where the system does not say."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows has none
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
