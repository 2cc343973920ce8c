"""Keeping transformers' own chatter away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import transformers


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """Inside the block, no load report and no progress bar; what matters of them is told by us."""
    verbosity = transformers.logging.get_verbosity()
    shows_progress = transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(verbosity)
        if shows_progress:
            transformers.logging.enable_progress_bar()
