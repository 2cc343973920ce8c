"""What torch says of the machine. Imported only once torch is known to load."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import torch

from newtrick.audit.machine.subject import Gpu, Processor
from newtrick.doctor.hardware import instruction_sets
from newtrick.recipe import TrainingSettings
from newtrick.training.precision import choose_precision


def look_with_torch(processor: Processor) -> Processor:
    """The processor with torch's threads, and with what the system did not tell."""
    able = torch.cpu.get_capabilities()
    flags = [name for name, value in able.items() if value is True]
    return replace(
        processor,
        name=processor.name or able.get("cpu_name"),
        instructions=processor.instructions or instruction_sets(flags) or None,
        threads=torch.get_num_threads(),
        physical=able.get("num_physical_cores") or None,
        precision=choose_precision(TrainingSettings()),
    )


def look_at_gpu(root: Path) -> Gpu:
    """The graphics processors, as torch and NVIDIA's driver see them.

    Args:
        root: Of the file system.
    """
    driver = _driver(root)
    if torch.backends.mps.is_available():
        return Gpu(_build(), names=("Apple GPU",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            names, capabilities = _devices()
        except RuntimeError as error:
            return Gpu(_build(), driver, failure=_first_line(error))
    return Gpu(
        build=_build(),
        driver=driver,
        names=names,
        capabilities=capabilities,
        architectures=tuple(torch.cuda.get_arch_list()) if torch.version.cuda else (),
        failure=_first_line(caught[0].message) if caught else None,
    )


def _devices() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name and compute capability of each device that torch can use."""
    if not torch.cuda.is_available():
        return (), ()
    devices = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())]
    return (
        tuple(device.name for device in devices),
        tuple(f"{device.major}.{device.minor}" for device in devices),
    )


def _build() -> str:
    if torch.version.cuda:
        return f"CUDA {torch.version.cuda}"
    if torch.version.hip:
        return f"ROCm {torch.version.hip}"
    return "MPS" if torch.backends.mps.is_built() else "CPU"


def _driver(root: Path) -> str | None:
    """The version of NVIDIA's driver, as its kernel module gives it."""
    try:
        text = (root / "proc/driver/nvidia/version").read_text("utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"Kernel Module.*?\s(\d+\.\d[\d.]*)\s", text)
    return found[1] if found else None


def _first_line(message: object) -> str:
    return str(message).strip().partition("\n")[0]
