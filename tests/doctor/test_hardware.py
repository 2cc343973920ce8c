from __future__ import annotations

from pathlib import Path

import pytest

from newtrick.doctor.engine import look_at_gpu, look_with_torch
from newtrick.doctor.hardware import look_at_processor
from newtrick.machine.cgroups import Limits

CPUINFO = (
    "processor\t: 0\nmodel name\t: Some Processor @ 3 GHz\nflags\t\t: fpu avx2 avx512f amx_bf16\n"
)
ARM = "processor\t: 0\nFeatures\t: fp asimd sve bf16\n"
DRIVER = "NVRM version: NVIDIA UNIX {kind} Kernel Module  {version}  Tue Mar  5 22:23:56 UTC 2024\n"


def write(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


@pytest.mark.parametrize(
    ("cpuinfo", "instructions"),
    [(CPUINFO, ("AVX2", "AVX-512", "AMX")), (ARM, ("NEON", "SVE", "BF16"))],
)
def test_the_instruction_sets_are_read(
    tmp_path: Path, cpuinfo: str, instructions: tuple[str, ...]
) -> None:
    write(tmp_path, "proc/cpuinfo", cpuinfo)
    assert look_at_processor(tmp_path, {}, Limits()).instructions == instructions


def test_limits_and_variables_of_threads_are_kept(tmp_path: Path) -> None:
    environ = {"OMP_NUM_THREADS": "1", "PATH": "/bin"}
    processor = look_at_processor(tmp_path, environ, Limits(cores=0.5))
    assert processor.thread_variables == {"OMP_NUM_THREADS": "1"}
    assert processor.usable == 0.5
    assert processor.useful_threads == 1


def test_where_the_system_tells_nothing_torch_is_asked(tmp_path: Path) -> None:
    processor = look_at_processor(tmp_path, {}, Limits())
    assert processor.instructions is None
    asked = look_with_torch(processor)
    assert asked.threads == 1  # as the tests set it
    assert asked.precision in ("float32", "bfloat16")


@pytest.mark.parametrize("kind", ["x86_64", "Open"])
def test_the_version_of_nvidias_driver_is_read(tmp_path: Path, kind: str) -> None:
    text = DRIVER.format(kind=kind, version="550.54.15")
    write(tmp_path, "proc/driver/nvidia/version", text)
    assert look_at_gpu(tmp_path).driver == "550.54.15"


def test_no_driver_is_no_gpu(tmp_path: Path) -> None:
    assert look_at_gpu(tmp_path).driver is None
