"""The processor, from what the system tells without torch."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from newtrick.audit.machine.subject import Processor
from newtrick.machine.cgroups import Limits
from newtrick.machine.cores import allowed_cores
from newtrick.machine.fields import read_fields

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
    described = read_fields(root / "proc/cpuinfo")
    flags = described.get("flags") or described.get("Features")
    return Processor(
        architecture=platform.machine(),
        name=described.get("model name") or platform.processor() or None,
        cores=os.cpu_count(),
        allowed=allowed_cores(),
        quota=limits.cores,
        instructions=instruction_sets(flags.split()) if flags else None,
        thread_variables={name: environ[name] for name in _THREAD_VARIABLES if name in environ},
    )


def instruction_sets(flags: list[str]) -> tuple[str, ...]:
    """The names of those that matter to training."""
    return tuple(name for name, spellings in _INSTRUCTIONS.items() if spellings & set(flags))
