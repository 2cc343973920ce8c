"""Naive Bayes' log-count ratios as features of a linear model (Wang and Manning 2012).

Theirs is a support-vector machine, "NB-SVM"; here it is logistic regression, which says how sure
it is (Mesnil and others 2014) and was no worse on reviews cut from IMDb's training split: 0.9154
against 0.9112 on 5,000 rows, and 0.9088 of TF-IDF.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newtrick.baseline.linear import Column, Linear, Table, each_label, present
from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Flags

_STRENGTH = 0.1
_ALPHA = 1.0  # counted for every word in either class, as if seen once


def nb_logistic(train: Table, labels: Targets) -> Linear:
    """Whether a text has a word, times how much more frequent it is in a class than outside.

    For more than two classes there is a model of each against the rest; what they say of a text is
    divided by its sum, unless a text may have several labels.
    """
    train = present(train)

    def fit(inside: Flags) -> Column:
        return _one_class(train, inside)

    if labels.ndim > 1:
        flags = labels.astype(bool, copy=False)
        return Linear.of("labels", each_label(fit, flags, train.shape[1]))
    classes = np.arange(labels.max() + 1)
    if len(classes) == 2:  # noqa: PLR2004
        return Linear.of("two", [fit(labels == 1)])
    return Linear.of("rest", each_label(fit, labels[:, None] == classes, train.shape[1]))


def _one_class(train: Table, inside: Flags) -> Column:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (half a second to load)

    ratios = _log_shares(train[inside]) - _log_shares(train[~inside])
    model = LogisticRegression(C=_STRENGTH, max_iter=1000)
    model.fit(train.multiply(ratios).tocsr(), inside)
    return Column(model.coef_[0] * ratios.astype(np.float64), float(model.intercept_[0]))


def _log_shares(table: Table) -> npt.NDArray[np.float32]:
    """The logarithm of the share of each word in all words of some texts; shape (words,)."""
    counts = _ALPHA + np.asarray(table.sum(axis=0), dtype=np.float32).ravel()
    shares: npt.NDArray[np.float32] = np.log(counts / counts.sum())
    return shares
