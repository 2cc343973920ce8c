from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks as checks
from tests.tiny import QUICK, make_reviews

from newtrick import TextClassifier

TEXTS, LABELS = (list(column) for column in zip(*make_reviews(160), strict=True))

APPLICABLE: list[Callable[[str, TextClassifier], None]] = [
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_estimator_tags_renamed,
    checks.check_get_params_invariance,
    checks.check_mixin_order,
    checks.check_no_attributes_set_in_init,
    checks.check_parameters_default_constructible,
    checks.check_set_params,
    checks.check_valid_tag_types,
]
"""Those of scikit-learn's own checks that do not feed tables of numbers to the estimator."""


@pytest.fixture
def estimator(tiny_encoder: Path) -> TextClassifier:
    return TextClassifier(str(tiny_encoder), settings=QUICK)


@pytest.mark.parametrize("check", APPLICABLE, ids=lambda check: check.__name__)
def test_it_passes_what_applies_of_scikit_learns_own_checks(
    check: Callable[[str, TextClassifier], None],
) -> None:
    check("TextClassifier", TextClassifier())


def test_it_learns_and_gives_labels_and_probabilities(estimator: TextClassifier) -> None:
    assert estimator.fit(TEXTS, LABELS) is estimator
    assert estimator.classes_.tolist() == ["neg", "pos"]
    assert estimator.score(TEXTS, LABELS) > 0.9
    shares = estimator.predict_proba(TEXTS[:5])
    assert shares.shape == (5, 2)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert (estimator.classes_[shares.argmax(axis=1)] == estimator.predict(TEXTS[:5])).all()


def test_labels_keep_their_type(estimator: TextClassifier) -> None:
    ids = np.array([10 if label == "pos" else 9 for label in LABELS])
    estimator.set_params(settings=QUICK | {"training.epochs": 1})
    predicted = np.asarray(estimator.fit(np.array(TEXTS), ids).predict(TEXTS[:4]))
    assert predicted.dtype == ids.dtype
    assert set(predicted) <= {9, 10}


def test_the_same_random_state_gives_the_same_model(estimator: TextClassifier) -> None:
    estimator.set_params(random_state=5, settings=QUICK | {"training.epochs": 1})
    one, same = (clone(estimator).fit(TEXTS, LABELS).predict_proba(TEXTS) for _ in range(2))
    assert (one == same).all()
    other = clone(estimator).set_params(random_state=6).fit(TEXTS, LABELS).predict_proba(TEXTS)
    assert (one != other).any()


def test_fitting_leaves_its_parameters_alone(estimator: TextClassifier) -> None:
    estimator.set_params(settings=QUICK | {"training.epochs": 1})
    before = estimator.get_params()
    estimator.fit(TEXTS, LABELS)
    assert estimator.get_params() == before


def test_it_works_in_cross_validation_and_in_a_pipeline(estimator: TextClassifier) -> None:
    assert cross_val_score(estimator, TEXTS, LABELS, cv=2).mean() > 0.7
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    steps = make_pipeline(lower, clone(estimator)).fit([text.upper() for text in TEXTS], LABELS)
    assert len(steps.predict(["A LOVELY FILM"])) == 1


def test_an_estimator_that_is_not_fitted_says_so(estimator: TextClassifier) -> None:
    with pytest.raises(NotFittedError):
        estimator.predict(TEXTS)


def test_what_is_not_text_is_a_value_error_with_the_row(estimator: TextClassifier) -> None:
    with pytest.raises(ValueError, match="Only strings") as caught:
        estimator.fit(["a film", None, "a plot", 3.5], ["a", "b", "a", "b"])  # type: ignore[list-item]
    assert "text 2 is NoneType" in str(caught.value)
    with pytest.raises(ValueError, match="two classes"):
        estimator.fit(["a film", "a plot"], ["a", "a"])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        estimator.fit(["a film"], ["a", "b"])
