"""What the process holds of memory."""

from __future__ import annotations

import importlib
import sys


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not say."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows has none
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
