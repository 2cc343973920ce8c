"""Texts ─► which of their words moved the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.spans import Spans, token_spans
from newtrick.evaluation.explain.explanation import Explanation, WordEffect
from newtrick.evaluation.explain.gradients import token_effects
from newtrick.evaluation.explain.occlusion import occlusion_effects
from newtrick.evaluation.explain.words import Span, word_spans
from newtrick.evaluation.metrics.weighting import Floats, Ids
from newtrick.evaluation.predict import probabilities


def explain(
    encoder: Encoder,
    texts: Sequence[str],
    logits: npt.NDArray[np.float32],
    progress: Callable[[int], None] | None = None,
) -> list[Explanation]:
    """Say of each word what it did to the log-odds of the answer to its text.

    By integrated gradients; by occlusion where the tokenizer does not know which characters a token
    stands for.

    Args:
        encoder: What gave the answers.
        texts: Clean, as it reads them.
        logits: Its answers, shape (texts, classes).
        progress: Called now and then with the number of texts done.
    """
    answers = logits.argmax(axis=1)
    words = [word_spans(text) for text in texts]
    if encoder.tokenizer.is_fast:
        effects = _by_gradients(encoder, texts, words, answers, progress)
    else:
        effects = [
            occlusion_effects(encoder, text, spans, int(answer))
            for text, spans, answer in zip(texts, words, answers, strict=True)
        ]
    shares = probabilities(logits).max(axis=1)
    return [
        Explanation(
            text=text,
            label=encoder.labels.names[answer],
            probability=float(share),
            words=tuple(
                WordEffect(start, end, text[start:end], float(effect))
                for (start, end), effect in zip(spans, of_words, strict=True)
            ),
        )
        for text, answer, share, spans, of_words in zip(
            texts, answers, shares, words, effects, strict=True
        )
    ]


def _by_gradients(
    encoder: Encoder,
    texts: Sequence[str],
    words: Sequence[list[Span]],
    answers: Ids,
    progress: Callable[[int], None] | None,
) -> list[Floats]:
    tokens = encoder.tokenize(texts)
    by_token = token_effects(encoder, tokens, answers, progress)
    return [
        _of_words(effects, token_spans(encoder.tokenizer, text, encoder.truncation), spans, text)
        for text, spans, effects in zip(texts, words, by_token, strict=True)
    ]


def _of_words(effects: Floats, tokens: Spans, words: list[Span], text: str) -> Floats:
    """Add up the effects of the tokens of each word: those whose last character is in it.

    Args:
        effects: Of tokens, shape (tokens,).
        tokens: The characters that each stands for, shape (tokens, 2); special ones have none.
        words: Where they are in the text.
        text: What both are parts of.
    """
    word_at = np.full(len(text) + 1, len(words))  # the last is for what is in no word
    for place, (start, end) in enumerate(words):
        word_at[start:end] = place
    ends = np.where(tokens[:, 1] > tokens[:, 0], tokens[:, 1] - 1, len(text))
    added = np.bincount(word_at[ends], effects, minlength=len(words) + 1).astype(np.float64)
    return added[: len(words)]
