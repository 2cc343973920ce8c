"""Where in a text each of its tokens stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.encoder.tokens import Truncation

Spans = npt.NDArray[np.int32]
"""First character of each token and the one after the last; shape (tokens, 2)."""


def token_spans(tokenizer: PreTrainedTokenizerBase, text: str, truncation: Truncation) -> Spans:
    """The characters that each token of a text stands for, in the order of `tokenize`.

    Args:
        tokenizer: A fast one; others do not know.
        text: It may be empty.
        truncation: How it is cut.

    Returns:
        Special tokens stand for none: 0 and 0.
    """
    encoding = tokenizer.backend_tokenizer.encode(text)
    is_special = np.array(encoding.special_tokens_mask, dtype=np.bool_)
    spans = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)[~is_special]
    before = int(is_special.argmin()) if len(spans) else int(is_special.sum())
    after = int(is_special.sum()) - before
    none = np.zeros((max(before, after), 2), dtype=np.int32)
    windows = truncation.windows(np.arange(len(spans), dtype=np.int32), before + after)
    pieces = [piece for window in windows for piece in (none[:before], spans[window], none[:after])]
    return np.concatenate(pieces)
