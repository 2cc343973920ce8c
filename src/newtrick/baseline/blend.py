"""The encoder's logits and those of a count of words, weighed and added up.

The two make different mistakes, so that together they make fewer (Mesnil and others 2014). There
are two weights and no more: fitted on the validation rows by the least log loss, they are what
Platt's scaling (1999) and the temperature (Guo and others 2017) are for one model, and too few to
learn rows by heart.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from newtrick.baseline.linear import Shares
from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Floats, Ids, Logits
from newtrick.evaluation.intervals import SEED
from newtrick.evaluation.metrics.multilabel import label_row_losses, sigmoid
from newtrick.evaluation.metrics.probability import row_losses, softmax
from newtrick.evaluation.value import Value

_FOLDS = 5
_LEAST_SHARE = 1e-6  # of a label: as sure as a count of words is allowed to be


class Blend(Value):
    """What each of the two weighs; neither ever counts against itself.

    Attributes:
        encoder: The weight of the encoder's logits.
        words: That of the word count's.
    """

    encoder: float
    words: float

    def logits(self, encoder: Logits, words: Logits) -> Logits:
        """Those of both together; all of shape (texts, labels)."""
        both: Logits = np.float32(self.encoder) * encoder + np.float32(self.words) * words
        return both


def word_logits(shares: Shares, *, several: bool) -> Logits:
    """Probabilities as logits: logarithms, or log-odds where a text may have several labels."""
    shares = shares.clip(_LEAST_SHARE, 1 - _LEAST_SHARE)
    logs = np.log(shares)
    logits: Logits = (logs - np.log1p(-shares) if several else logs).astype(np.float32)
    return logits


def fit_blend(encoder: Logits, words: Logits, truth: Targets) -> Blend:
    """The weights with the least log loss.

    A weight away from that of the encoder alone, 1 and 0, costs half its square: as much as a row
    or two have to say, which matters where there are few, or all are right.

    Args:
        encoder: Of rows that neither model was trained on, shape (rows, labels).
        words: Likewise.
        truth: What the rows are labelled with.
    """
    wide = np.stack([encoder, words]).astype(np.float64)
    alone = np.array([1.0, 0.0])

    def cost(weights: Floats) -> tuple[float, Floats]:
        """The loss of all rows, and its slope."""
        logits = np.tensordot(weights, wide, axes=1)
        away = weights - alone
        loss, residual = _loss(logits, truth)
        return loss + away @ away / 2, (wide * residual).sum(axis=(1, 2)) + away

    found = minimize(cost, alone, jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None)])
    return Blend(encoder=float(found.x[0]), words=float(found.x[1]))


def _loss(logits: Floats, truth: Targets) -> tuple[float, Floats]:
    """The log loss of all rows, and by how much each probability is too high."""
    if truth.ndim > 1:
        flags = truth.astype(np.bool_, copy=False)
        loss = label_row_losses(logits, flags).sum() * flags.shape[1]
        return float(loss), sigmoid(logits) - flags
    ids = truth.astype(np.int64, copy=False)
    residual = softmax(logits)
    residual[np.arange(len(ids)), ids] -= 1
    return float(row_losses(logits, ids).sum()), residual


def out_of_fold(encoder: Logits, words: Logits, truth: Targets, groups: Ids | None) -> Logits:
    """Blended logits of the rows that a blend is fitted on, each by weights that never saw it.

    Args:
        encoder: Shape (rows, labels).
        words: Likewise.
        truth: What the rows are labelled with.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
    """
    units = np.arange(len(encoder)) if groups is None else groups
    dealt = np.random.default_rng(SEED).permutation(units.max() + 1) % _FOLDS
    folds = dealt[units]
    blended = np.empty_like(encoder)
    for fold in np.unique(folds):
        own = folds == fold
        weights = fit_blend(encoder[~own], words[~own], truth[~own])
        blended[own] = weights.logits(encoder[own], words[own])
    return blended
