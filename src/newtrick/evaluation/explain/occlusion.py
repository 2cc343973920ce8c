"""Occlusion: each word's effect is what the log-odds of the answer lose without it.

It asks the model as often as a text has words, and needs neither gradients nor to know where in a
text a token stands.
"""

from __future__ import annotations

import numpy as np

from newtrick.encoder.encoder import Encoder
from newtrick.evaluation.arrays import Floats, Logits
from newtrick.evaluation.explain.words import Span, without_words
from newtrick.evaluation.predict import predict_logits

_BATCH = 64


def occlusion_effects(encoder: Encoder, text: str, words: list[Span], answer: int) -> Floats:
    """By how much each word raised the log-odds of the answer.

    Args:
        encoder: The model.
        text: As the model reads it; of a pair the second text is on a line of its own.
        words: Where they are in it.
        answer: A class id.

    Returns:
        Shape (words,).
    """
    texts = [without_words(text, removed) for removed in ([], *([word] for word in words))]
    logits = predict_logits(
        encoder.model, encoder.tokenize(texts), pad_id=encoder.pad_id, batch_size=_BATCH
    )
    odds = _log_odds(logits, answer)
    effects: Floats = odds[0] - odds[1:]
    return effects


def _log_odds(logits: Logits, answer: int) -> Floats:
    wide = logits.astype(np.float64)
    odds: Floats = wide[:, answer] - np.logaddexp.reduce(np.delete(wide, answer, axis=1), axis=1)
    return odds
