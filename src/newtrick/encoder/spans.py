"""Where in a text each of its tokens stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.data.pairs import Text, are_pairs, parts_of
from newtrick.encoder.template import Template, template_of
from newtrick.encoder.tokens import Truncation

Spans = npt.NDArray[np.int32]
"""First character of each token and the one after the last; shape (tokens, 2)."""

_NOWHERE = -1


def token_spans(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text], truncation: Truncation
) -> list[Spans]:
    """The characters that each token of a text stands for, in the order of `tokenize`.

    In a pair they are counted through, with one between both texts: see `whole_text`.

    Args:
        tokenizer: A fast one; others do not know.
        texts: As `tokenize` takes them.
        truncation: How they are cut.

    Returns:
        One for each text. Special tokens stand for no characters: 0 and 0.
    """
    around = template_of(tokenizer, texts=2 if are_pairs(texts) else 1).around
    nowhere = Template(tuple(np.full(len(ids), _NOWHERE, dtype=np.int32) for ids in around))
    return [_spans(tokenizer, parts_of(text), truncation, nowhere) for text in texts]


def _spans(
    tokenizer: PreTrainedTokenizerBase,
    parts: Sequence[str],
    truncation: Truncation,
    nowhere: Template,
) -> Spans:
    spans, places = [], []
    shift = count = 0
    for part in parts:
        found = tokenizer.backend_tokenizer.encode(part, add_special_tokens=False).offsets
        spans.append(np.array(found, dtype=np.int32).reshape(-1, 2) + np.int32(shift))
        places.append(np.arange(count, count + len(found), dtype=np.int32))
        shift += len(part) + 1
        count += len(found)
    inputs = truncation.inputs(places, nowhere.special)
    taken = np.concatenate([piece for texts in inputs for piece in nowhere.filled(texts)])
    of_special = np.zeros((1, 2), dtype=np.int32)  # the last: where `_NOWHERE` is
    read: Spans = np.concatenate([*spans, of_special])[taken]
    return read
