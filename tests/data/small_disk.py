"""Running Python where the disk is small: in a mount of its own that no other process sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    return tried.returncode == 0


needs_small_disk = pytest.mark.skipif(
    not _can_mount(), reason="needs a small file system of its own"
)


def run_on_small_disk(
    folder: Path, kilobytes: int, code: str, *, given: str, variables: Mapping[str, str]
) -> str:
    """Run code while `folder` is a disk of so many kilobytes; what it says on standard error."""
    folder.mkdir()
    mount = f"mount -t tmpfs -o size={kilobytes}k tmpfs {folder}"
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", f"{mount} && exec {sys.executable} -c '{code}'"],
        env={**os.environ, **variables},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    ).stderr
