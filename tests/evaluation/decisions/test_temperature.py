from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.decisions.worlds import draw

from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.decisions.temperature import LEAST, MOST, fit_temperature
from newtrick.evaluation.metrics.probability import calibration_error, log_loss


@pytest.mark.parametrize("classes", [2, 5, 50])
@pytest.mark.parametrize("overconfidence", [0.5, 1.0, 3.0])
def test_it_finds_how_much_too_sure_a_model_is(classes: int, overconfidence: float) -> None:
    world = draw(20_000, classes, overconfidence=overconfidence)
    assert fit_temperature(world.logits, world.labels).value == pytest.approx(
        overconfidence, rel=0.05
    )


def test_an_overconfident_model_is_calibrated_on_rows_that_it_was_not_fitted_on() -> None:
    world = draw(4_000, overconfidence=3.0)
    fitted, fresh = world.rows(slice(1_000)), world.rows(slice(1_000, None))
    temperature = fit_temperature(fitted.logits, fitted.labels).value
    before = calibration_error(calibrated(fresh.logits, 1.0), fresh.labels)
    after = calibration_error(calibrated(fresh.logits, temperature), fresh.labels)
    assert before > 0.08
    assert after < 0.03


def test_no_other_temperature_has_a_lower_log_loss() -> None:
    world = draw(50_000, 3, overconfidence=2.0)
    best = fit_temperature(world.logits, world.labels).value
    losses = [
        log_loss((world.logits / value).astype(np.float32), world.labels)
        for value in (best * 0.97, best, best * 1.03)
    ]
    assert losses[1] == min(losses)


def test_rows_without_a_mistake_make_no_certainty() -> None:
    logits = np.tile(np.array([[9.0, -9.0]], dtype=np.float32), (60, 1))
    fitted = fit_temperature(logits, np.zeros(60, dtype=np.int64))
    assert calibrated(logits, fitted.value)[0, 0] == pytest.approx(61 / 62, abs=1e-4)


def test_one_row_says_little() -> None:
    logits = np.array([[4.0, 0.0]], dtype=np.float32)
    right = fit_temperature(logits, np.array([0]))
    wrong = fit_temperature(logits, np.array([1]))
    assert calibrated(logits, right.value)[0, 0] == pytest.approx(2 / 3, abs=1e-4)
    assert (wrong.value, wrong.at_bound) == (MOST, True)


def test_a_model_that_says_the_same_of_all_classes_is_left_alone() -> None:
    fitted = fit_temperature(np.ones((5, 4), dtype=np.float32), np.array([0, 1, 2, 3, 0]))
    assert fitted.value == 1.0


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.sampled_from([2, 3, 500]),
    st.sampled_from([0.0, 1e-20, 1.0, 50.0, 1e30]),
)
def test_it_is_finite_and_bounded_for_any_rows(
    seed: int, rows: int, classes: int, scale: float
) -> None:
    chance = np.random.default_rng(seed)
    logits = (chance.normal(size=(rows, classes)) * scale).astype(np.float32)
    value = fit_temperature(logits, chance.integers(0, classes, size=rows)).value
    assert LEAST <= value <= MOST
    assert np.isfinite(calibrated(logits, value)).all()


def test_a_million_rows_are_fitted_in_seconds() -> None:
    world = draw(1_000_000, overconfidence=2.0)
    assert fit_temperature(world.logits, world.labels).value == pytest.approx(2.0, rel=0.01)
