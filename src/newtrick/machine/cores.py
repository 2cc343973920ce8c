"""Processor cores."""

from __future__ import annotations

import os


def allowed_cores() -> int | None:
    """Those that this process may run on; None where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
