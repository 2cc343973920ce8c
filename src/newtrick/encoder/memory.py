"""What to do when the memory is full: compute in smaller pieces."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os

import torch

from newtrick.errors import OutOfMemory

logger = logging.getLogger("newtrick")

_SIGNS = ("can't allocate memory", "not enough memory", "out of memory")

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h has them
_NEVER = 2**30


def is_out_of_memory(error: Exception) -> bool:
    """Whether an allocation has failed; on a CPU, torch has no error of its own for that."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


def smaller_budget(max_tokens: int, longest: int) -> int:
    """The budget to try after an allocation has failed: half of it.

    Args:
        max_tokens: Of a batch, in which the memory was too small.
        longest: Tokens of the longest text, which is computed alone if it has to be.

    Raises:
        OutOfMemory: It was alone already.
    """
    if max_tokens < 2 * longest:
        raise OutOfMemory(
            "The memory does not hold a single text.",
            found=f"{longest:,} tokens",
            fix="give it more memory, or cut the texts: --set data.max_tokens=N (or max_windows=N)",
        )
    logger.warning(
        "The memory is full; going on with %s tokens at once instead of %s.",
        f"{max_tokens // 2:,}",
        f"{max_tokens:,}",
    )
    return max_tokens // 2


def spare_memory() -> None:
    """Settle what the libraries below torch keep; before the first product of matrices.

    glibc keeps what large tensors free for the next ones. It would give each back to the system and
    ask for it again, zeroed page by page: up to a sixth of the time of a training step.

    oneDNN keeps the code and the working memory that it makes for a shape. It would for the last
    1,024 shapes, which are 0.6 GiB in a training on texts of many lengths; 64 are as quick.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _NEVER)
        library.mallopt(_TRIM_THRESHOLD, _NEVER)
