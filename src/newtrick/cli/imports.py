"""Loading what a command needs."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def quick_imports() -> Iterator[None]:
    """Inside the block, imports take three quarters of their time.

    What they make stays, so the garbage collector need not look through it for what goes: neither
    meanwhile, again and again, nor later.
    """
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
        gc.enable()
