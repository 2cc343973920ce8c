"""A sound machine to break in one place, and what the checks say of it."""

from __future__ import annotations

from dataclasses import replace

from newtrick.audit.check import audit
from newtrick.audit.finding import Finding
from newtrick.audit.machine.check import Seen
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.machine.subject import (
    Answer,
    Folder,
    Gpu,
    MachineSubject,
    Network,
    Package,
    Processor,
    SelfTest,
    Software,
)
from newtrick.machine.memory import Memory

GB = 10**9

PROCESSOR = Processor(
    architecture="x86_64",
    name="Some Processor",
    cores=8,
    allowed=8,
    instructions=("AVX2", "AVX-512"),
    threads=8,
    physical=8,
    precision="float32",
)
NETWORK = Network(
    cached={"imdb": False, "small": True},
    answers=(
        Answer("imdb", "hub", "hub, owner/imdb", 0.2),
        Answer("small", "package", "package index, small 1.0", 0.7),
        Answer("imdb", "url", "https://data.example/imdb.tar.gz", 0.1),
    ),
    hub="https://hub.example",
    indexes=("https://pypi.example/simple",),
)
SELF_TEST = SelfTest(1.4, 96, accuracy=1.0, first_loss=0.69, last_loss=0.01)
MACHINE = MachineSubject(
    newtrick="1.0",
    system="Linux",
    software=Software("3.12.1", (Package("torch", "2.13.0"), Package("polars", "2.1.0"))),
    processor=PROCESSOR,
    memory=Memory(total=16 * GB, available=12 * GB),
    encoding="utf-8",
    folders=(Folder("runs", "/home/me/runs", "--out", needed=GB // 4, free=50 * GB),),
    gpu=Gpu("CPU"),
    network=NETWORK,
    self_test=SELF_TEST,
)


def found(machine: MachineSubject) -> dict[str, Finding]:
    """The findings by their code."""
    return {finding.code: finding for finding in audit(machine, MACHINE_CHECKS)}


def said(machine: MachineSubject, topic: str) -> list[Seen | Finding]:
    """Everything that is said on a topic."""
    checks = [check for check in MACHINE_CHECKS if check.topic == topic]
    return [sight for check in checks for sight in check.examine(machine)]


def on_processor(**changes: object) -> MachineSubject:
    """The sound machine with another processor."""
    return replace(MACHINE, processor=replace(PROCESSOR, **changes))  # type: ignore[arg-type]


def with_memory(**sizes: int) -> MachineSubject:
    """The sound machine with other memory."""
    return replace(MACHINE, memory=Memory(**sizes))
