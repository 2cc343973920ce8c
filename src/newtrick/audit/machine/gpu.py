"""Checks of graphics processors: whether torch, its driver and the device go together."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen
from newtrick.audit.machine.subject import Gpu, MachineSubject

_OLDEST_DRIVER = {"11": 450, "12": 525, "13": 580}
"""The first driver, by its major version, that runs what is built for a major version of CUDA
(NVIDIA's table of minor version compatibility)."""


class UnusableGpu(MachineCheck):
    """A graphics processor that torch, as it is installed, cannot compute on."""

    code = "unusable-gpu"
    topic = "gpu"
    why = "Programs that want it fail or fall back to the CPU. newtrick itself trains on the CPU."
    fix = "for other programs, install a torch that is built for the driver (https://pytorch.org)"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare what torch was built for with the driver and the devices."""
        gpu = machine.gpu
        if gpu is None:
            yield Seen("not known while packages are broken", known=False)
            return
        problem = _problem(gpu)
        if problem:
            evidence = {"build": gpu.build, "driver": gpu.driver or "none"}
            yield self.found(Severity.INFO, problem, evidence)
        elif gpu.names:
            yield Seen(f"{', '.join(gpu.names)} ({gpu.build}); newtrick trains on the CPU")
        else:
            yield Seen("none seen; newtrick trains on the CPU")


def _problem(gpu: Gpu) -> str | None:
    unsupported = [
        f"{name} (capability {capability})"
        for name, capability in zip(gpu.names, gpu.capabilities, strict=False)
        if gpu.architectures and not _has_code_for(capability, gpu.architectures)
    ]
    if unsupported:
        return f"torch has code for {', '.join(gpu.architectures)}, not for {unsupported[0]}"
    if gpu.driver is None or gpu.names:
        return None
    if gpu.build == "CPU":
        return f"there is an NVIDIA driver ({gpu.driver}), and torch is built for the CPU"
    oldest = _OLDEST_DRIVER.get(gpu.build.removeprefix("CUDA ").partition(".")[0])
    if oldest is not None and int(gpu.driver.partition(".")[0]) < oldest:
        return f"torch is built for {gpu.build}, which needs driver {oldest}; it is {gpu.driver}"
    reason = f": {gpu.failure}" if gpu.failure else ""
    return f"torch ({gpu.build}) cannot use the driver ({gpu.driver}){reason}"


def _has_code_for(capability: str, architectures: tuple[str, ...]) -> bool:
    """Code for `sm_80` runs on 8.0 and later 8s; `compute_80` is compiled for all that follow."""
    major, minor = (int(part) for part in capability.split("."))
    for architecture in architectures:
        kind, _, number = architecture.partition("_")
        digits = "".join(filter(str.isdigit, number))
        built = (int(digits[:-1]), int(digits[-1]))
        same_major = built[0] == major and built[1] <= minor
        if same_major or (kind == "compute" and built <= (major, minor)):
            return True
    return False
