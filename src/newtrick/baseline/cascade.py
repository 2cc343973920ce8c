"""A cascade (Viola and Jones 2001): the word count answers where it is sure, the encoder the rest.

A word count is hundreds of times as quick as an encoder, and on most texts as right.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from newtrick.baseline.linear import Shares
from newtrick.evaluation.arrays import Flags, Ids, Logits
from newtrick.evaluation.decisions.temperature import fit_temperature
from newtrick.evaluation.paired import Paired
from newtrick.evaluation.value import Value

_STEPS = 20


class Cascade(Value):
    """When the word count answers.

    Attributes:
        threshold: The least probability of its own answer at which it does.
        temperature: What its logits are divided by there, so that it is as sure as it may be.
        share: Of the validation rows, those that it answers.
        assured_loss: The share of right answers that is lost to the encoder alone, at most; below
            0, so much is won at least. At 95 %, on rows like the validation rows.
    """

    threshold: float
    temperature: float
    share: float
    assured_loss: float

    def sure(self, shares: Shares) -> Flags:
        """The texts that it answers, by its probabilities of shape (texts, classes)."""
        flags: Flags = shares.max(axis=1) >= self.threshold
        return flags

    def merge(self, sure: Flags, words: Logits, others: Logits) -> Logits:
        """The logits of both.

        Args:
            sure: Which texts the word count answers, shape (texts,).
            words: Its logits, shape (texts, classes).
            others: Those of the texts that it does not answer, in their order.
        """
        merged = words / np.float32(self.temperature)
        merged[~sure] = others
        return merged


def fit_cascade(
    shares: Shares,
    words: Logits,
    encoder: Logits,
    others: Logits,
    truth: Ids,
    *,
    groups: Ids | None,
    most_lost: float,
) -> Cascade | None:
    """Let the word count answer as many rows as it can without losing more than is allowed.

    What is lost to the encoder alone counts by the bound of its 95 % interval. Thresholds are
    tested in a fixed order, from the highest down, up to the first that fails, so that testing
    many of them costs no certainty (Learn then Test; Angelopoulos and others 2021).

    Args:
        shares: The word count's probabilities for the validation rows, shape (rows, classes).
        words: The same as logits.
        encoder: The logits of the encoder alone.
        others: Those that answer where the word count does not.
        truth: True class ids, shape (rows,).
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
        most_lost: The share of right answers.

    Returns:
        None where not even the surest rows assure that.
    """
    by_words, by_others, alone = (
        logits.argmax(axis=1) == truth for logits in (words, others, encoder)
    )
    found = None
    for threshold in _thresholds(shares):
        sure = shares.max(axis=1) >= threshold
        right = np.where(sure, by_words, by_others)
        assured = -Paired(alone, right, groups).interval()[0]
        if assured > most_lost:
            break
        found = threshold, float(sure.mean()), assured
    if found is None:
        return None
    temperature = fit_temperature(words, truth).value
    threshold, share, assured = found
    return Cascade(threshold=threshold, temperature=temperature, share=share, assured_loss=assured)


def _thresholds(shares: Shares) -> Iterator[float]:
    """From that which a twentieth of the rows reaches down to that which all do."""
    descending = np.sort(shares.max(axis=1))[::-1]
    for step in range(1, _STEPS + 1):
        yield float(descending[max(1, step * len(descending) // _STEPS) - 1])
