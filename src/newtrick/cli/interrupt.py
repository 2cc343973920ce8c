"""Ctrl-C that is heard wherever it comes."""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from collections.abc import Iterator

_SOON = 0.05
"""Seconds: the code that swallows an interrupt is through by then."""


@contextlib.contextmanager
def ctrl_c_comes_again() -> Iterator[None]:
    """Inside the block, an interrupt that nothing can catch is sent a second time.

    Python raises `KeyboardInterrupt` wherever the main thread is. In a finalizer of some library,
    where no exception gets out, it would be told as ignored, and the work go on.
    """
    usual = sys.unraisablehook

    def send_again(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            usual(unraisable)
            return
        timer = threading.Timer(_SOON, _thread.interrupt_main)
        timer.daemon = True
        timer.start()

    sys.unraisablehook = send_again
    try:
        yield
    finally:
        sys.unraisablehook = usual
