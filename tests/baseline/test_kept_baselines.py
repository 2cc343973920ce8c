"""The baselines are fitted once to the same rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.baseline.test_ladder import dataset
from tests.tiny import make_reviews

from newtrick.baseline import kept
from newtrick.baseline.kept import baselines_of

Count = Callable[[], int]


@pytest.fixture
def found(caplog: pytest.LogCaptureFixture) -> Count:
    """How often baselines were found that were fitted before."""
    caplog.set_level("INFO")
    return lambda: caplog.messages.count("The baselines were fitted to it before.")


def test_answers_and_the_time_that_they_took_are_kept(found: Count) -> None:
    first, again = (baselines_of(dataset(make_reviews(100))) for _ in range(2))
    assert found() == 1
    for one, other in zip(first, again, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.validation, other.validation)
        np.testing.assert_array_equal(one.test, other.test)
        assert one.seconds == other.seconds > 0


def test_other_rows_and_other_code_fit_anew(found: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    baselines_of(dataset(make_reviews(100)))
    baselines_of(dataset(make_reviews(100, seed=1)))
    monkeypatch.setattr(kept, "code_hash", lambda: "that of another version")
    baselines_of(dataset(make_reviews(100)))
    assert found() == 0
