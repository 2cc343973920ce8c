"""How far a long piece of work is and how long it will take, on standard error."""

from __future__ import annotations

import sys
import time

_SECONDS_BETWEEN = 15


class Forecast:
    """Tells now and then how much is done, and when the rest will be.

    Args:
        title: What is being done.
        total: How much of it there is, in any unit that takes about the same time each.
    """

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._started = self._told = time.monotonic()

    def __call__(self, done: int) -> None:
        """So much of the total is done."""
        now = time.monotonic()
        if now - self._told < _SECONDS_BETWEEN or not done:
            return
        self._told = now
        seconds = now - self._started
        left = seconds * (self._total - done) / done
        tell(f"{self._title}: {done / self._total:.0%} after {seconds:.0f} s, {left:.0f} s to go")


def tell(line: str) -> None:
    """Say something that is not a result."""
    print(line, file=sys.stderr, flush=True)
