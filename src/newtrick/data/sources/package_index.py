"""A distribution from a package index, asked for by the user's own pip.

Where a firewall lets nothing through but a package mirror, pip is already set up for it: its files
and variables of configuration (index-url, extra-index-url, find-links, proxy, certificates) hold
here as they do for `pip install`. Nothing of what is downloaded is installed or run.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from newtrick.data.catalogue import PackageSource
from newtrick.data.sources import SourceError, no_build
from newtrick.errors import StorageError

_RETRIES = 2
"""pip's own five take eight seconds to find out that there is no network."""

PATIENCE = 10.0
"""Seconds for pip to answer a question, its own start included."""

_PUBLIC_INDEX = "https://pypi.org/simple"
_SECTIONS = (":env:", "download", "global")
"""Of pip's configuration; the first that has a setting decides."""

_YES = ("1", "true", "yes", "on", "y", "t")


def download(source: PackageSource, into: Path) -> Path:
    """Download a wheel or source distribution whose SHA-256 is pinned; pip checks it.

    Raises:
        SourceError: There is no pip, the index cannot be reached or lacks the file, or the file has
            another hash.
        StorageError: The disk is full.
    """
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(
            f"{source.project}=={source.version} --hash=sha256:{source.sha256}\n", "utf-8"
        )
        answer = subprocess.run(  # noqa: S603 (no shell; the names are the catalogue's)
            [*_pip(), *_arguments(source, requirements, into)],
            env=_environment(source, Path(scratch)),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if answer.returncode != 0:
        _refuse(answer.stdout + answer.stderr, source, into)
    return next(into.iterdir())


def ask(source: PackageSource) -> None:
    """Ask the index for the versions of a distribution, and take nothing.

    Raises:
        SourceError: There is no pip, the index cannot be reached, or it lacks the version.
    """
    asking = ("--retries", "1", "--timeout", str(PATIENCE / 2), "index", "versions")
    answer = _run([*asking, source.project])
    if source.version in re.split(r"[,\s]+", answer.stdout):
        return
    if "Retrying (" in answer.stderr:
        raise SourceError("it cannot be reached")
    if answer.returncode == 0 or "No matching distribution" in answer.stderr:
        raise SourceError("it has no such version")
    raise SourceError(f"pip says: {_complaint(answer.stderr)}")


def places() -> tuple[str, ...]:
    """The addresses and folders in which pip looks for packages, passwords included.

    Raises:
        SourceError: There is no pip.
    """
    listed = re.findall(r"""^(\S+?)=('.*'|".*")$""", _run(["config", "list"]).stdout, re.MULTILINE)
    settings: dict[str, str] = {name: ast.literal_eval(value) for name, value in listed}

    def given(name: str) -> str:
        values = [settings.get(f"{section}.{name}") for section in _SECTIONS]
        return next(filter(None, values), "")

    folders = given("find-links").split()
    if given("no-index").lower() in _YES:
        return tuple(folders)
    index = given("index-url") or _PUBLIC_INDEX
    return (index, *given("extra-index-url").split(), *folders)


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Have pip answer a question, or give it up."""
    try:
        return subprocess.run(  # noqa: S603 (no shell; the names are the catalogue's)
            [*_pip(), "--disable-pip-version-check", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"pip had no answer in {PATIENCE:.0f} seconds") from error


def _pip() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        # -P: a file of the user's working folder must not pass for a module of pip's.
        return [sys.executable, "-P", "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise SourceError("there is no pip here (python -m ensurepip installs it)")
    return [found]


def _arguments(source: PackageSource, requirements: Path, into: Path) -> list[str]:
    form = "--only-binary" if source.form == "wheel" else "--no-binary"
    return [
        "download",
        *("--no-deps", "--no-build-isolation", "--progress-bar", "off"),
        *("--retries", str(_RETRIES)),
        *(form, source.project),
        *("--requirement", str(requirements)),
        *("--dest", str(into)),
    ]


def _environment(source: PackageSource, scratch: Path) -> dict[str, str]:
    """The user's own variables; for a source distribution, with a backend that runs none of it.

    To learn no more than name and version, pip would have setuptools run the sources' setup.py.
    """
    if source.form == "wheel":
        return dict(os.environ)
    stand_in = scratch / "setuptools"
    stand_in.mkdir()
    (stand_in / "__init__.py").touch()
    shutil.copy(no_build.__file__, stand_in / "build_meta.py")
    path = os.pathsep.join(filter(None, [str(scratch), os.environ.get("PYTHONPATH")]))
    # Said by a variable since newer versions of pip, which know no other way, may drop the option.
    return {**os.environ, "PYTHONPATH": path, "PIP_USE_PEP517": "1"}


def _refuse(output: str, source: PackageSource, into: Path) -> NoReturn:
    if "No space left on device" in output:
        raise StorageError(
            "The disk is full.",
            where=into,
            found=f"pip needs {2 * source.size:,} bytes, in {tempfile.gettempdir()} too",
            fix="free some space, or name a folder on another disk with NEWTRICK_CACHE",
        )
    other = re.search(r"Got\s+([0-9a-f]{64})", output)
    if other:
        raise SourceError(f"the file has sha256 {other[1]} where {source.sha256} is promised")
    if "Retrying (" in output:
        raise SourceError("the package index cannot be reached")
    raise SourceError(f"pip says: {_complaint(output)}")


def _complaint(output: str) -> str:
    errors = re.findall(r"^ERROR: (?!Exception:)(.+)", output, re.MULTILINE)
    return next(iter(errors or reversed(output.strip().splitlines())), "nothing")[-200:]
