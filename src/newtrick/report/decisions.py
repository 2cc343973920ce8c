"""What a model decides by, whether a row has one label or may have several."""

from __future__ import annotations

from newtrick.evaluation.result import EvaluationResult, Result
from newtrick.report.decided import decision_grid, decisions_in_words
from newtrick.report.flagged import label_decision_grid, label_decisions_in_words
from newtrick.report.grid import Grid


def decided_grid(result: Result) -> Grid | None:
    """Every decision, and how it went on the test rows; None where nothing is decided by."""
    if result.label_decisions is not None:
        return label_decision_grid(result.label_decisions, result.test.rows)
    return None if result.decisions is None else decision_grid(result.decisions, result.test.rows)


def decided_in_words(result: Result | EvaluationResult) -> tuple[str, ...]:
    """The same in a few sentences."""
    if result.label_decisions is not None:
        return label_decisions_in_words(result.label_decisions, result.test)
    return () if result.decisions is None else decisions_in_words(result.decisions)
