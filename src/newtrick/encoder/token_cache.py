"""Token ids kept on disk, so that the same texts are not cut into tokens twice.

They lie in the cache folder under `tokens/`, keyed by everything that decides them: the texts, the
tokenizer and the truncation. They are mapped into memory, not read.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

from newtrick.data.pairs import Text, are_pairs, parts_of
from newtrick.data.shelf import Shelf
from newtrick.encoder.tokens import TokenIds, Truncation, tokenize


def cached_tokens(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[Text],
    truncation: Truncation,
    progress: Callable[[int], None] | None = None,
) -> TokenIds:
    """The token ids of some texts, from disk if they are there.

    Args:
        tokenizer: One with a backend that can be written out; others are not cached.
        texts: In their order.
        truncation: How they are cut.
        progress: As `tokenize` takes it.

    Raises:
        ModelError: The tokenizer's special tokens leave no room for text.
    """
    identity = tokenizer_hash(tokenizer)
    if identity is None or not texts:
        return tokenize(tokenizer, texts, truncation, progress)
    key = _key(identity, texts, truncation)
    return _TOKENS.find_or_make(key, lambda: tokenize(tokenizer, texts, truncation, progress))


def tokenizer_hash(tokenizer: PreTrainedTokenizerBase) -> str | None:
    """Equal for tokenizers that cut every text alike; None where that cannot be known."""
    if not hasattr(tokenizer, "backend_tokenizer"):
        return None
    told = f"{tokenizer.backend_tokenizer.to_str()}\n{tokenizer.model_input_names}"
    return hashlib.sha256(told.encode()).hexdigest()


def _write(tokens: TokenIds, folder: Path) -> None:
    for part in fields(TokenIds):
        if (values := getattr(tokens, part.name)) is not None:
            np.save(folder / f"{part.name}.npy", values)


def _read(folder: Path) -> TokenIds:
    types = folder / "types.npy"
    return TokenIds(
        flat=np.load(folder / "flat.npy", mmap_mode="r"),
        offsets=np.load(folder / "offsets.npy"),
        windows=np.load(folder / "windows.npy"),
        full_lengths=np.load(folder / "full_lengths.npy"),
        special=int(np.load(folder / "special.npy")),
        types=np.load(types, mmap_mode="r") if types.is_file() else None,
    )


_TOKENS = Shelf("tokens", "Token ids", _write, _read)


def _key(tokenizer: str, texts: Sequence[Text], truncation: Truncation) -> str:
    digest = hashlib.sha256(tokenizer.encode())
    cut = (truncation.max_tokens, truncation.keep, truncation.most_windows)
    digest.update(f"\n{cut}\n".encode())
    digest.update(b"pairs\n" if are_pairs(texts) else b"")
    for text in itertools.chain.from_iterable(map(parts_of, texts)):
        content = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:32]
