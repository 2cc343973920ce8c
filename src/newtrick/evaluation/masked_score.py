"""What a model's answers for hidden tokens are worth."""

from __future__ import annotations

import math
from typing import Self

import numpy as np

from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.intervals import SEED, TAILS, Interval
from newtrick.evaluation.value import Value

_RESAMPLES = 1000


class MaskedScores(Value):
    """The figures of hidden tokens.

    Attributes:
        texts: How many texts they are of; absent where only the journal tells of them.
        tokens: How many were hidden.
        loss: The mean cross-entropy, in nats.
        perplexity: Its exponential.
        accuracy: The share of tokens for which the true one is the most probable.
        perplexity_interval: Of 95 %, by the Bayesian bootstrap over texts.
        accuracy_interval: Likewise.
    """

    tokens: int
    loss: float
    perplexity: float
    accuracy: float
    texts: int | None = None
    perplexity_interval: Interval | None = None
    accuracy_interval: Interval | None = None

    @classmethod
    def of(cls, losses: Floats, right: Flags, texts: Ids) -> Self:
        """Score answers.

        Args:
            losses: Of each token, shape (tokens,).
            right: Whether the most probable one is the true one, shape (tokens,).
            texts: Which text each is of, shape (tokens,); they are drawn as wholes.
        """
        _, text = np.unique(texts, return_inverse=True)
        sizes = np.bincount(text)
        weights = np.random.default_rng(SEED).exponential(size=(_RESAMPLES, len(sizes)))
        in_all = weights @ sizes

        def interval(values: Floats) -> Interval:
            means = weights @ np.bincount(text, values) / in_all
            low, high = np.quantile(means, TAILS)
            return float(low), float(high)

        low, high = interval(losses)
        return cls(
            texts=len(sizes),
            tokens=len(losses),
            loss=float(losses.mean()),
            perplexity=math.exp(losses.mean()),
            accuracy=float(right.mean()),
            perplexity_interval=(math.exp(low), math.exp(high)),
            accuracy_interval=interval(right.astype(np.float64)),
        )


class TextsSummary(Value):
    """What became of the texts.

    Attributes:
        name: Of all of them.
        found: How many there were.
        copies: Left out, for an earlier one is the same.
        kept_out: Left out, for they are texts of a split that is scored, or nearly; by the split.
        read: Adapted to.
        held_out: Kept for the figures.
    """

    name: str
    found: int
    copies: int
    kept_out: dict[str, int]
    read: int
    held_out: int


class VocabularySummary(Value):
    """How the tokenizer cuts the texts.

    Attributes:
        unknown_share: Of the tokens, those that stand for something unknown.
        shattered_share: Of the words, those that are cut into four pieces or more.
        broken: The most frequent words that are cut at all.
        added: Words that were made tokens.
    """

    unknown_share: float
    shattered_share: float
    broken: tuple[str, ...]
    added: tuple[str, ...] = ()
