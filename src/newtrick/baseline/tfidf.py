"""TF-IDF and logistic regression. Its settings are fixed and good rather than tuned."""

from __future__ import annotations

from newtrick.baseline.model import Ids, Predictions, Table


def tfidf_logistic(train: Table, labels: Ids, others: tuple[Table, ...]) -> Predictions:
    """Log-scaled counts, weighed by how rare the word is, each text of length one; C = 10."""
    # Loading them takes half a second.
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    weigh = TfidfTransformer(sublinear_tf=True)
    model = LogisticRegression(C=10, max_iter=1000).fit(weigh.fit_transform(train), labels)
    return tuple(model.predict_proba(weigh.transform(table)) for table in others)
