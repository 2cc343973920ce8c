"""Files of `name: value` lines, in which Linux describes itself."""

from __future__ import annotations

import contextlib
from pathlib import Path


def read_fields(path: Path) -> dict[str, str]:
    """The first value of each name; none if the file cannot be read."""
    fields: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    return fields
