"""A look at the machine from top to bottom: facts ─► checks ─► what there is to say."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from newtrick import __version__
from newtrick.audit.finding import Finding, Severity, worst_first
from newtrick.audit.machine.check import Seen
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.machine.subject import Folder, MachineSubject
from newtrick.doctor.hardware import look_at_processor
from newtrick.doctor.packages import look_at_software
from newtrick.machine.cgroups import read_limits
from newtrick.machine.memory import look_at_memory

_ROOT = Path("/")


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: a topic, and what there is to say."""

    topic: str
    sight: Seen | Finding


@dataclass(frozen=True)
class Examination:
    """What was found out about a machine.

    Attributes:
        machine: The facts.
        lines: What the checks say of them, in their order.
    """

    machine: MachineSubject
    lines: tuple[Line, ...]

    @property
    def findings(self) -> list[Finding]:
        """What is not in order, the worst first."""
        return worst_first(line.sight for line in self.lines if isinstance(line.sight, Finding))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings of each severity there are."""
        severities = [finding.severity for finding in self.findings]
        return {str(severity): severities.count(severity) for severity in Severity}

    def to_json(self) -> str:
        """The findings in the format of `audit.json`, and the facts without what is not known."""
        names = ("code", "severity", "title", "evidence", "rows", "why", "fix")
        document = {
            "format": 1,
            "findings": [{name: getattr(f, name) for name in names} for f in self.findings],
            "counts": self.counts,
            "facts": asdict(self.machine, dict_factory=_known),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def examine(*, offline: bool) -> Examination:
    """Look at this machine, and train a tiny model on it.

    Args:
        offline: Ask no source of data and models.
    """
    machine = look_around(offline=offline)
    return Examination(machine, tuple(_lines(machine)))


def look_around(*, offline: bool) -> MachineSubject:
    """Gather the facts; what needs a package that is broken is not known."""
    limits = read_limits(_ROOT)
    processor = look_at_processor(_ROOT, os.environ, limits)
    software = look_at_software(processor)
    gpu = network = self_test = None
    folders: tuple[Folder, ...] = ()
    if software.is_whole:
        # These import torch and its like, which are now known to load.
        from newtrick.doctor.engine import look_at_gpu, look_with_torch  # noqa: PLC0415
        from newtrick.doctor.folders import look_at_folders  # noqa: PLC0415
        from newtrick.doctor.network import look_at_network  # noqa: PLC0415
        from newtrick.doctor.trial import run_self_test  # noqa: PLC0415

        processor = look_with_torch(processor)
        gpu = look_at_gpu(_ROOT)
        folders = look_at_folders()
        network = look_at_network(offline=offline)
        self_test = run_self_test()
    return MachineSubject(
        newtrick=__version__,
        system=platform.platform(terse=True),
        software=software,
        processor=processor,
        memory=look_at_memory(_ROOT, limits),
        encoding=sys.__stdout__.encoding if sys.__stdout__ else None,
        folders=folders,
        gpu=gpu,
        network=network,
        self_test=self_test,
    )


def _lines(machine: MachineSubject) -> Iterator[Line]:
    for check in MACHINE_CHECKS:
        for sight in check.examine(machine):
            yield Line(check.topic, sight)


def _known(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in pairs if value is not None}
