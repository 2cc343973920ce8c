"""Token ids kept on disk, so that the same texts are not cut into tokens twice.

They lie in the cache folder under `tokens/`, keyed by everything that decides them: the texts, the
tokenizer and the truncation. They are mapped into memory, not read. The folders that have not been
used for longest go when there are too many.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

from newtrick.data.cache import Origin, cache_folder, files_of, find_or_make
from newtrick.encoder.tokens import TokenIds, Truncation, tokenize
from newtrick.errors import StorageError

logger = logging.getLogger("newtrick")

_PROMISE = "tokens 1"
_NAMES = ("flat", "offsets", "full_lengths")
_MOST_BYTES = 2 * 2**30


def cached_tokens(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    truncation: Truncation,
) -> TokenIds:
    """The token ids of some texts, from disk if they are there.

    A cache that cannot be written is told and does no harm.

    Args:
        tokenizer: One with a backend that can be written out; others are not cached.
        texts: In their order.
        truncation: How they are cut.

    Raises:
        ModelError: The tokenizer's special tokens leave no room for text.
    """
    if not hasattr(tokenizer, "backend_tokenizer") or not texts:
        return tokenize(tokenizer, texts, truncation)
    place = cache_folder() / "tokens" / _key(tokenizer, texts, truncation)
    made: list[TokenIds] = []

    def fill(folder: Path) -> Origin:
        made.append(tokenize(tokenizer, texts, truncation))
        for name in _NAMES:
            np.save(folder / f"{name}.npy", getattr(made[0], name))
        return Origin(source="texts")

    try:
        find_or_make(place, _PROMISE, fill)
        os.utime(place)
        _forget_oldest(place.parent)
    except StorageError as error:
        logger.warning("Token ids are not cached: %s", error.what)
        return made[0] if made else tokenize(tokenizer, texts, truncation)
    flat, offsets, full_lengths = (
        np.load(files_of(place) / f"{name}.npy", mmap_mode="r") for name in _NAMES
    )
    return TokenIds(flat, np.array(offsets), np.array(full_lengths))


def _key(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], truncation: Truncation) -> str:
    digest = hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode())
    digest.update(f"\n{truncation.max_tokens} {truncation.keep}\n".encode())
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _forget_oldest(folder: Path) -> None:
    """Remove what was not used for longest, until the rest is within bounds."""
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")),
        key=lambda entry: entry.stat().st_mtime,
        reverse=True,
    )
    kept = 0
    for number, entry in enumerate(entries):
        kept += sum(path.stat().st_size for path in entry.rglob("*") if path.is_file())
        if number and kept > _MOST_BYTES:
            shutil.rmtree(entry, ignore_errors=True)
