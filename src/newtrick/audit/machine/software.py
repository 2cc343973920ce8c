"""Checks of Python and the packages: all there, all load, all fit together."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen
from newtrick.audit.machine.subject import MachineSubject, Unmet

_NAMED = ("torch", "transformers", "numpy")


class BrokenPackage(MachineCheck):
    """A package that newtrick imports is missing, or fails when it is imported."""

    code = "broken-package"
    topic = "packages"
    why = "Whatever needs the package ends in an error."
    fix = "install it again: python -m pip install --force-reinstall PACKAGE"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Tell every package that failed; else the versions that people ask for."""
        packages = machine.software.packages
        for package in packages:
            if package.version is None:
                yield self.found(
                    Severity.ERROR,
                    f"{package.name} is not installed",
                    {"package": package.name},
                    fix=f"python -m pip install {package.name}",
                )
            elif package.failure is not None:
                yield self.found(
                    Severity.ERROR,
                    f"{package.name} {package.version} cannot be imported: {package.failure}",
                    {"package": package.name, "version": package.version},
                    fix=f"python -m pip install --force-reinstall {package.name}",
                )
        if machine.software.is_whole:
            named = [f"{p.name} {p.version}" for p in packages if p.name in _NAMED]
            told = ", ".join([f"Python {machine.software.python}", *named])
            yield Seen(f"{told}; all {len(packages)} packages load")


class UnmetRequirement(MachineCheck):
    """Two packages are installed in versions that do not go together."""

    code = "unmet-requirement"
    topic = "versions"
    why = "Their makers say that they do not work together, or work wrongly."
    fix = "install the version that is asked for: python -m pip install 'PACKAGE==VERSION'"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """What newtrick itself asks for is an error, what others ask for a warning."""
        for unmet in machine.software.unmet:
            severity = Severity.ERROR if unmet.package == "newtrick" else Severity.WARNING
            there = f"{unmet.installed} is" if unmet.installed else "none is"
            yield self.found(
                severity,
                f"{unmet.package} needs {unmet.requirement}, and {there} installed",
                {
                    "package": unmet.package,
                    "requirement": unmet.requirement,
                    "installed": unmet.installed or "none",
                },
                fix=_remedy(unmet),
            )
        if not machine.software.unmet:
            yield Seen("every package has what it asks for")


def _remedy(unmet: Unmet) -> str:
    if unmet.requirement.startswith("Python"):
        return "make a new environment with such a Python: python3.12 -m venv .venv"
    return f"python -m pip install '{unmet.requirement}'"
