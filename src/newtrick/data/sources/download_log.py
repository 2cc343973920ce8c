"""How far a download is, as lines in the log: a bar would fight with whatever else draws."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger("newtrick")

TELL_EVERY = 5.0
"""Seconds from one line to the next; what is quicker than that passes without a word."""


class DownloadLog:
    """Counts bytes and says now and then how many there are."""

    def __init__(self) -> None:
        self.done = 0
        self._told = time.monotonic()

    def add(self, count: float, *, total: float | None) -> None:
        """Count some bytes, of a total if it is known."""
        self.done += int(count)
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            whole = f" of {total / 1e6:.1f}" if total else ""
            logger.info("  %.1f%s MB", self.done / 1e6, whole)
