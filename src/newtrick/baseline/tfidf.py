"""TF-IDF and logistic regression. Its settings are fixed and good rather than tuned."""

from __future__ import annotations

from newtrick.baseline.model import Predictions, Shares, Table, each_label
from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Flags

_STRENGTH = 10


def tfidf_logistic(train: Table, labels: Targets, others: tuple[Table, ...]) -> Predictions:
    """Log-scaled counts, weighed by how rare the word is, each text of length one.

    Where a row may have several labels, there is a model for each.
    """
    # Loading them takes half a second.
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    weigh = TfidfTransformer(sublinear_tf=True)
    train = weigh.fit_transform(train)
    others = tuple(weigh.transform(table) for table in others)
    if labels.ndim > 1:
        flags = labels.astype(bool, copy=False)
        return each_label(_one_label, train, flags, others, [table.shape[0] for table in others])
    model = LogisticRegression(C=_STRENGTH, max_iter=1000).fit(train, labels)
    return tuple(model.predict_proba(table) for table in others)


def _one_label(train: Table, flags: Flags, others: tuple[Table, ...]) -> tuple[Shares, ...]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    # Of two classes; this solver is the quickest where one of them is rare.
    model = LogisticRegression(C=_STRENGTH, solver="liblinear").fit(train, flags)
    return tuple(model.predict_proba(table)[:, 1] for table in others)
