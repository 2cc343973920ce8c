from __future__ import annotations

import pytest
from tests.report.conftest import DECISIONS

from newtrick.evaluation.decisions.scores import DecisionScores, ThresholdScores
from newtrick.report.decided import decision_grid, decisions_in_words


def changed(part: str, **figures: object) -> DecisionScores:
    values = getattr(DECISIONS, part).model_copy(update=figures)
    return DECISIONS.model_copy(update={part: values})


def test_a_promise_that_cannot_be_kept_is_told_with_one_that_can() -> None:
    _, abstention, _ = decisions_in_words(
        changed("abstention", threshold=None, assured=0.94999, coverage=0.0, accuracy=None)
    )
    assert "No threshold assures that 95.0 % of the answers are right" in abstention
    assert "up to 94.9 % could be asked for" in abstention


def test_a_threshold_that_no_test_row_reaches_is_told() -> None:
    _, abstention, _ = decisions_in_words(
        changed("abstention", coverage=0.0, accuracy=None, accuracy_interval=None)
    )
    assert abstention.endswith("it answers none of the test rows.")


def test_a_temperature_at_its_bound_is_told() -> None:
    at_bound = DECISIONS.model_copy(update={"temperature": 20.0, "temperature_at_bound": True})
    assert "a temperature of 20, as far as it may go," in decisions_in_words(at_bound)[0]


@pytest.mark.parametrize(("labels", "rows"), [(1, 1), (20, 20), (500, 21)])
def test_of_many_labels_the_table_has_the_first_thresholds(labels: int, rows: int) -> None:
    thresholds = tuple(
        ThresholdScores(label=f"label {number}", wanted="recall", share=0.9, assured=0.5)
        for number in range(labels)
    )
    with_them = DECISIONS.model_copy(update={"thresholds": thresholds})
    without = DECISIONS.model_copy(update={"thresholds": None})
    grid = decision_grid(with_them, 100)
    assert len(grid.rows) - len(decision_grid(without, 100).rows) == rows
    assert any("none keeps it" in row for row in grid.rows)
