"""The baseline is fitted once to the same rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.baseline.test_tfidf import dataset
from tests.tiny import make_reviews

from newtrick.baseline import kept
from newtrick.baseline.kept import baseline_of

Count = Callable[[], int]


@pytest.fixture
def found(caplog: pytest.LogCaptureFixture) -> Count:
    """How often a baseline was found that was fitted before."""
    caplog.set_level("INFO")
    return lambda: caplog.messages.count("The baseline was fitted to it before.")


def test_answers_and_the_time_that_they_took_are_kept(found: Count) -> None:
    first, again = (baseline_of(dataset(make_reviews(100))) for _ in range(2))
    assert found() == 1
    np.testing.assert_array_equal(first.classes, again.classes)
    assert first.seconds == again.seconds > 0


def test_other_rows_and_other_code_fit_anew(found: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline_of(dataset(make_reviews(100)))
    baseline_of(dataset(make_reviews(100, seed=1)))
    monkeypatch.setattr(kept, "code_hash", lambda: "that of another version")
    baseline_of(dataset(make_reviews(100)))
    assert found() == 0
