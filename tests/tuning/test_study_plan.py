from __future__ import annotations

import pytest
from tests.tuning.test_space import texts

from newtrick.errors import UsageError
from newtrick.recipe import Recipe
from newtrick.tuning.plan import ENOUGH, Budget, Pace, plan_study

TEXTS = texts(*[200] * 100)
PACE = Pace(rows=20_000, tokens=100 * 200, epoch_seconds=100.0, evaluation_seconds=4.0)
WHOLE = 3 * 100 + 5 * 4
"""Seconds of a trial of the default recipe."""


def test_a_trial_takes_its_time_by_epochs_rows_and_tokens() -> None:
    def seconds(rows: int = 20_000, **settings: object) -> float:
        given = {key.replace("__", "."): value for key, value in settings.items()}
        return PACE.seconds(Recipe().with_settings(given), TEXTS, rows)

    assert seconds() == WHOLE
    assert seconds(training__epochs=1) == WHOLE - 200
    assert seconds(data__max_tokens=100) == WHOLE / 2
    assert seconds(rows=2000) == 30 + 5 * 4


def test_a_large_budget_is_one_search_on_all_rows() -> None:
    plan = plan_study(Budget(minutes=WHOLE * ENOUGH / 60), Recipe(), PACE, TEXTS)
    [stage] = plan.stages
    assert (stage.name, stage.rows) == ("search", 20_000)
    assert stage.seconds == pytest.approx(WHOLE * ENOUGH)


def test_a_small_budget_begins_on_a_part_of_the_rows() -> None:
    screening, search = plan_study(Budget(minutes=4 * WHOLE / 60), Recipe(), PACE, TEXTS).stages
    assert screening.name == "screening"
    assert 20_000 / 16 <= screening.rows <= 10_000
    assert screening.seconds == pytest.approx(2 * WHOLE)
    assert search.rows == 20_000
    assert search.seconds == pytest.approx(2 * WHOLE)


def test_there_is_always_time_left_for_a_trial_on_all_rows() -> None:
    for times in (1.0, 1.05, 1.5, 2.0, 3.0, 7.0):
        plan = plan_study(Budget(minutes=times * WHOLE / 60), Recipe(), PACE, TEXTS)
        assert (plan.stages[-1].seconds or 0) >= 0.999 * WHOLE


def test_a_number_of_trials_is_that_of_trials_on_all_rows() -> None:
    [stage] = plan_study(Budget(trials=30), Recipe(), PACE, TEXTS).stages
    assert (stage.name, stage.trials, stage.seconds) == ("search", 30, None)


def test_a_budget_for_less_than_one_trial_says_what_one_takes() -> None:
    with pytest.raises(UsageError, match="too small for one trial") as caught:
        plan_study(Budget(minutes=1), Recipe(), PACE, TEXTS)
    assert "5 min 20 s" in str(caught.value)
