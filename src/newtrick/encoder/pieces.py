"""Which tokens of a vocabulary go on with the word that the token before them began.

Tokenizers mark it in three ways: WordPiece has `##` before a token that goes on; byte-level BPE has
`Ġ`, and SentencePiece `▁`, before one that begins a word.
"""

from __future__ import annotations

import torch
from transformers import PreTrainedTokenizerBase

_GOES_ON = "##"
_BEGINS = ("Ġ", "▁")
_FEWEST_MARKED = 0.05
"""Of fewer, the mark is a letter like any other."""


def marks_beginnings(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the space before a word is a part of its first token."""
    tokens = tokenizer.get_vocab()
    return sum(token.startswith(_BEGINS) for token in tokens) > _FEWEST_MARKED * len(tokens)


def continuing(tokenizer: PreTrainedTokenizerBase, size: int) -> torch.Tensor:
    """Whether each token goes on with a word; bool, shape (size,).

    Where tokens are marked at the beginning of words, one without letters or digits goes on with
    none: so punctuation is a word of its own, as elsewhere.

    Args:
        tokenizer: The tokenizer.
        size: Ids that the model knows, which may be more than the tokenizer has.
    """
    result = torch.zeros(size, dtype=torch.bool)
    begins = marks_beginnings(tokenizer)
    for token, number in tokenizer.get_vocab().items():
        if begins:
            goes_on = not token.startswith(_BEGINS) and any(map(str.isalnum, token))
        else:
            goes_on = token.startswith(_GOES_ON) and token != _GOES_ON
        result[number] = goes_on
    return result
