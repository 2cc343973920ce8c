"""The packages that newtrick imports: are they there, do they load, do they fit together."""

from __future__ import annotations

import contextlib
import importlib
import logging
import platform
import warnings
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from newtrick.audit.machine.subject import Package, Processor, Software, Unmet

_NEWTRICK = "newtrick"
_MODULES = {"pyyaml": "yaml", "scikit-learn": "sklearn"}
"""Those whose module has another name."""

_COMPANIONS = ("torchvision", "accelerate")
"""Nothing of ours needs them; transformers imports them where they are, and fails if they fail."""

_EXTRAS = {"transformers": "torch"}
"""transformers says which torch it takes in an extra only, beside what it can do without."""


def look_at_software(processor: Processor) -> Software:
    """Import every package that newtrick needs, and compare versions with requirements.

    Args:
        processor: A package whose instructions it lacks is not imported: the process would die.
    """
    needed = [requirement.name for requirement in _requirements(_NEWTRICK)] or [_NEWTRICK]
    companions = [name for name in _COMPANIONS if _version(name)]
    return Software(
        python=platform.python_version(),
        packages=tuple(_look_at(name, processor) for name in [*needed, *companions]),
        unmet=tuple(_unmet([_NEWTRICK, *companions])),
    )


def _look_at(name: str, processor: Processor) -> Package:
    version = _version(name)
    if version is None:
        return Package(name, None, "it is not installed")
    if name == "polars" and processor.lacks_avx2 and not _version("polars-runtime-compat"):
        return Package(name, version, "this processor has no AVX2; polars[rtcompat] can do without")
    try:
        with _silence():
            importlib.import_module(_MODULES.get(name, name.replace("-", "_")))
    except Exception as error:  # noqa: BLE001 (whatever an import can end in is the answer)
        first, _, _ = str(error).strip().partition("\n")
        return Package(name, version, first or type(error).__name__)
    return Package(name, version)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What packages have to say when they are imported is not what is asked about."""
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _unmet(waiting: list[str]) -> Iterator[Unmet]:
    """Requirements of these packages, and of all that they need, that are not met."""
    python = metadata.metadata(_NEWTRICK)["Requires-Python"] if _version(_NEWTRICK) else None
    if python and platform.python_version() not in SpecifierSet(python, prereleases=True):
        yield Unmet(_NEWTRICK, f"Python{python}", platform.python_version())
    done: set[str] = set()
    while waiting:
        package = waiting.pop(0)
        if package in done:
            continue
        done.add(package)
        for requirement in _requirements(package):
            version = _version(requirement.name)
            if version is None and package == _NEWTRICK:
                continue  # told as a missing package
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                yield Unmet(package, f"{requirement.name}{requirement.specifier}", version)
            waiting.append(canonicalize_name(requirement.name))


def _requirements(package: str) -> Iterator[Requirement]:
    """What an installed package needs on this system."""
    try:
        lines = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return
    extra = _EXTRAS.get(package, "")
    for line in lines:
        with contextlib.suppress(InvalidRequirement):
            requirement = Requirement(line)
            if _applies(requirement, "") or (
                _applies(requirement, extra) and _version(requirement.name)
            ):
                yield requirement


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
