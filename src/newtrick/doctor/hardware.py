"""Processor and memory, from what the system tells without torch."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from newtrick.audit.machine.subject import Memory, Processor
from newtrick.doctor.cgroups import Limits

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
_INSTRUCTIONS = {
    "AVX2": {"avx2"},
    "AVX-512": {"avx512f", "avx512_f"},
    "AVX512-BF16": {"avx512_bf16"},
    "AMX": {"amx_bf16"},
    "NEON": {"asimd", "neon"},
    "SVE": {"sve"},
    "BF16": {"bf16"},
}
"""How `/proc/cpuinfo` and torch spell the instruction sets that matter to training."""


def look_at_processor(root: Path, environ: Mapping[str, str], limits: Limits) -> Processor:
    """The processor, before torch is asked as well.

    Args:
        root: Of the file system.
        environ: The process's variables.
        limits: Of its control groups.
    """
    described = _cpuinfo(root)
    flags = described.get("flags") or described.get("Features")
    return Processor(
        architecture=platform.machine(),
        name=described.get("model name") or platform.processor() or None,
        cores=os.cpu_count(),
        allowed=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        quota=limits.cores,
        instructions=instruction_sets(flags.split()) if flags else None,
        thread_variables={name: environ[name] for name in _THREAD_VARIABLES if name in environ},
    )


def instruction_sets(flags: list[str]) -> tuple[str, ...]:
    """The names of those that matter to training."""
    return tuple(name for name, spellings in _INSTRUCTIONS.items() if spellings & set(flags))


def look_at_memory(root: Path, limits: Limits) -> Memory:
    """The memory of the system, and what the control groups leave of it."""
    memory = Memory(limit=limits.memory, left=limits.memory_left)
    sizes = _fields(root / "proc/meminfo")
    with contextlib.suppress(KeyError, ValueError):
        return replace(
            memory,
            total=1024 * int(sizes["MemTotal"].split()[0]),
            available=1024 * int(sizes["MemAvailable"].split()[0]),
        )
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        memory = replace(memory, total=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return memory


def _cpuinfo(root: Path) -> dict[str, str]:
    return _fields(root / "proc/cpuinfo")


def _fields(path: Path) -> dict[str, str]:
    """Lines of `name: value`, the first of each name; none if the file cannot be read."""
    fields: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    return fields
