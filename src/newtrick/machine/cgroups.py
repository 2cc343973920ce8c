"""What the control groups of Linux allow this process: containers and batch systems use them.

A process is in one group of each hierarchy (one in version 2, one for each controller in version
1), and what holds for a group holds for all below it: the tightest limit on the way up counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_NO_LIMIT = 2**60
"""Version 1 writes "no limit" as a number of bytes that no machine has."""


@dataclass(frozen=True)
class Limits:
    """Limits of a process; None where there is none, or none that can be read.

    Attributes:
        cores: The cores' worth of time.
        memory: Bytes.
        memory_left: Bytes that are not taken; what the system would give back counts as free.
    """

    cores: float | None = None
    memory: int | None = None
    memory_left: int | None = None


def read_limits(root: Path) -> Limits:
    """The limits of this process, under the root of the file system."""
    cores = [*_cores_v1(_groups(root, "cpu")), *_cores_v2(_groups(root, ""))]
    memory = [
        *_memory(_groups(root, "memory"), _MEMORY_V1),
        *_memory(_groups(root, ""), _MEMORY_V2),
    ]
    return Limits(
        cores=min(cores, default=None),
        memory=min((limit for limit, _ in memory), default=None),
        memory_left=min((left for _, left in memory), default=None),
    )


def _groups(root: Path, controller: str) -> list[Path]:
    """The folders of this process's group and of all above it; version 2 is the controller ""."""
    paths = dict(_memberships(root))
    for mount, top, controllers in _mounts(root):
        if controller in controllers and controller in paths:
            return _way_up(root / mount.lstrip("/"), top, paths[controller])
    return []


def _memberships(root: Path) -> Iterator[tuple[str, str]]:
    """Each controller with the path of this process's group."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        for controller in controllers.split(","):
            yield controller, path


def _mounts(root: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Where hierarchies are mounted, which group is at the top there, and their controllers."""
    for line in _lines(root / "proc/self/mountinfo"):
        found = re.match(r"\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) .*?(\S+)$", line)
        if found:
            top, mount, version, options = found.groups()
            yield mount, top, [""] if version == "cgroup2" else options.split(",")


def _way_up(mount: Path, top: str, path: str) -> list[Path]:
    inside = PurePosixPath(path)
    if inside.is_relative_to(top):
        inside = inside.relative_to(top)
    folder = mount / str(inside).lstrip("/")
    if ".." in inside.parts or not folder.is_dir():
        return [mount]  # the path is as another namespace has it; here, the mount is the group
    return [folder, *(above for above in folder.parents if above.is_relative_to(mount))]


def _cores_v1(groups: Iterable[Path]) -> Iterator[float]:
    for group in groups:
        quota = _number(group / "cpu.cfs_quota_us")
        period = _number(group / "cpu.cfs_period_us")
        if quota and period and quota > 0:
            yield quota / period


def _cores_v2(groups: Iterable[Path]) -> Iterator[float]:
    for group in groups:
        quota, _, period = next(_lines(group / "cpu.max"), "max").partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period):
            yield int(quota) / int(period)


@dataclass(frozen=True)
class _MemoryFiles:
    """Names of the files with limit and usage, and of the line of what could be given back."""

    limit: str
    usage: str
    inactive: str


_MEMORY_V1 = _MemoryFiles("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_MEMORY_V2 = _MemoryFiles("memory.max", "memory.current", "inactive_file")


def _memory(groups: Iterable[Path], files: _MemoryFiles) -> Iterator[tuple[int, int]]:
    """The limit of each group that has one, and what is left of it."""
    for group in groups:
        limit = _number(group / files.limit)
        if limit is None or limit >= _NO_LIMIT:
            continue
        used = _number(group / files.usage) or 0
        statistics = dict(line.partition(" ")[::2] for line in _lines(group / "memory.stat"))
        given_back = _whole(statistics.get(files.inactive, "")) or 0
        yield limit, max(0, limit - max(0, used - given_back))


def _number(path: Path) -> int | None:
    return _whole(next(_lines(path), ""))


def _whole(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdecimal() else None


def _lines(path: Path) -> Iterator[str]:
    """The lines that are not empty; none of a file that is not there or cannot be read."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return
    yield from filter(None, map(str.strip, text.splitlines()))
