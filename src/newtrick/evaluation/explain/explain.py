"""Texts ─► which of their words moved the decision."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np

from newtrick.data.pairs import Text, whole
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.spans import Spans, token_spans
from newtrick.evaluation.arrays import Floats, Ids, Logits
from newtrick.evaluation.explain.explanation import Explanation, WordEffect
from newtrick.evaluation.explain.gradients import token_effects
from newtrick.evaluation.explain.occlusion import occlusion_effects
from newtrick.evaluation.explain.words import Span, word_spans
from newtrick.evaluation.predict import probabilities

logger = logging.getLogger("newtrick")


def explain(
    encoder: Encoder,
    texts: Sequence[Text],
    logits: Logits,
    progress: Callable[[int], None] | None = None,
    *,
    answers: Ids | None = None,
) -> list[Explanation]:
    """Say of each word what it did to the log-odds of the answer to its text.

    By integrated gradients; by occlusion where the tokenizer does not know which characters a token
    stands for, and where the model has no gradients for us or the memory does not hold them.

    Args:
        encoder: What gave the answers.
        texts: Clean, as it reads them.
        logits: Its answers, shape (texts, classes).
        progress: Called now and then with the number of texts done.
        answers: The classes to speak of, shape (texts,), where they are not its own.
    """
    answers = logits.argmax(axis=1) if answers is None else answers
    shares = np.take_along_axis(probabilities(logits), answers[:, None], axis=1)[:, 0]
    wholes = [whole(text) for text in texts]
    words = [word_spans(text) for text in wholes]
    effects = _by_gradients(encoder, texts, words, answers, progress)
    if effects is None:
        effects = [
            occlusion_effects(encoder, text, spans, int(answer))
            for text, spans, answer in zip(wholes, words, answers, strict=True)
        ]
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
            wholes, answers, shares, words, effects, strict=True
        )
    ]


def _by_gradients(
    encoder: Encoder,
    texts: Sequence[Text],
    words: Sequence[list[Span]],
    answers: Ids,
    progress: Callable[[int], None] | None,
) -> list[Floats] | None:
    """The effects of words by those of their tokens; None where there are none."""
    if not texts or not encoder.tokenizer.is_fast:
        return None
    try:
        by_token = token_effects(encoder, encoder.tokenize(texts), answers, progress)
    except (RuntimeError, MemoryError) as error:
        logger.info("Words are left out one by one to explain answers: %s", error)
        return None
    tokens = token_spans(encoder.tokenizer, texts, encoder.truncation)
    return [
        _of_words(effects, spans_of_tokens, spans_of_words)
        for effects, spans_of_tokens, spans_of_words in zip(by_token, tokens, words, strict=True)
    ]


def _of_words(effects: Floats, tokens: Spans, words: Sequence[Span]) -> Floats:
    """Add up the effects of the tokens of each word: those whose last character is in it.

    Args:
        effects: Of tokens, shape (tokens,).
        tokens: The characters that each stands for; special ones have none.
        words: Where they are, in their order.
    """
    starts, ends = np.array(words, dtype=np.int64).reshape(-1, 2).T
    last = tokens[:, 1] - 1
    word = np.searchsorted(starts, last, side="right") - 1
    inside = (word >= 0) & (last < ends[word]) if len(words) else np.zeros(len(last), dtype=bool)
    added = np.bincount(word[inside], effects[inside], minlength=len(words))
    return added.astype(np.float64)
