"""TF-IDF and logistic regression. Its settings are fixed and good rather than tuned."""

from __future__ import annotations

import numpy as np

from newtrick.baseline.linear import Column, Linear, Table, each_label, weighed_by
from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Flags

_STRENGTH = 10


def tfidf_logistic(train: Table, labels: Targets) -> Linear:
    """Log-scaled counts, weighed by how rare the word is, each text of length one.

    Where a row may have several labels, there is a model for each.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (half a second to load)

    texts_with = np.bincount(train.indices, minlength=train.shape[1])
    rarity = (1 + np.log((1 + train.shape[0]) / (1 + texts_with))).astype(np.float32)
    train = weighed_by(rarity, train)

    def fit(inside: Flags) -> Column:
        # Of two classes; this solver is the quickest where one of them is rare.
        model = LogisticRegression(C=_STRENGTH, solver="liblinear").fit(train, inside)
        return Column(model.coef_[0], float(model.intercept_[0]))

    if labels.ndim > 1:
        flags = labels.astype(bool, copy=False)
        return Linear.of("labels", each_label(fit, flags, train.shape[1]), rarity)
    model = LogisticRegression(C=_STRENGTH, max_iter=1000).fit(train, labels)
    columns = [Column(*each) for each in zip(model.coef_, model.intercept_, strict=True)]
    return Linear.of("two" if len(columns) == 1 else "classes", columns, rarity)
