"""What a run decides by where a row has one label, and how that went on the test rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from newtrick.evaluation.decisions.scores import (
    AbstentionScores,
    DecisionScores,
    SetScores,
    ThresholdScores,
)
from newtrick.report.grid import ABSENT, WIDEST, Grid
from newtrick.report.wording import count, decimals, percent

Row = tuple[str, str, str, str]


def decisions_in_words(scores: DecisionScores) -> tuple[str, ...]:
    """Calibration, abstention and prediction sets, a sentence each."""
    return (
        _calibration_in_words(scores),
        _abstention_in_words(scores.abstention),
        _sets_in_words(scores.sets),
    )


def _calibration_in_words(scores: DecisionScores) -> str:
    errors = scores.calibration
    bound = ", as far as it may go," if scores.temperature_at_bound else ""
    return (
        f"Divided by a temperature of {scores.temperature:.3g}{bound} the logits give probabilities"
        f" with a calibration error of {decimals(errors.error)} on the test rows. It was"
        f" {decimals(errors.error_before)}; perfect calibration has"
        f" {decimals(errors.error_by_chance)} on as many rows, by chance."
    )


def _abstention_in_words(scores: AbstentionScores) -> str:
    wanted = _percent(scores.wanted_accuracy)
    if scores.threshold is None:
        return (
            f"No threshold assures that {wanted} of the answers are right, so every answer is"
            f" withheld; up to {_percent(math.floor(scores.assured * 1000) / 1000)} could be asked"
            " for."
        )
    if scores.accuracy is None:
        return f"To have {wanted} of its answers right, it answers none of the test rows."
    return (
        f"To have {wanted} of its answers right, it answers {_percent(scores.coverage)} of the test"
        f" rows; {_with_interval(scores.accuracy, scores.accuracy_interval)} of these are right."
    )


def _sets_in_words(scores: SetScores) -> str:
    return (
        f"Prediction sets for a coverage of {_percent(scores.stated_coverage)} hold the true label"
        f" of {_with_interval(scores.coverage, scores.coverage_interval)} of the test rows, with"
        f" {scores.mean_size:.2f} labels on average; {_percent(scores.single_share)} have one."
    )


def decision_grid(scores: DecisionScores, rows: int) -> Grid:
    """Every decision with its rule, what was wanted, and what came of it.

    Args:
        scores: Measured on the test rows.
        rows: How many of these there are.
    """
    return _grid(scores, rows, (*_calibration_rows(scores), *_answer_rows(scores)))


def calibration_grid(scores: DecisionScores, rows: int) -> Grid:
    """The part of `decision_grid` that is about probabilities."""
    errors = scores.calibration
    return Grid(
        caption=f"Calibration by a temperature of {scores.temperature:.4g}, fitted on"
        f" {count(scores.fitted_on_rows)} validation rows and measured on {count(rows)} test rows.",
        header=("Figure", "Before", "Calibrated", "By chance"),
        rows=(
            (
                "Calibration error",
                decimals(errors.error_before),
                decimals(errors.error),
                decimals(errors.error_by_chance),
            ),
            ("Log loss", decimals(errors.loss_before), decimals(errors.loss), ABSENT),
        ),
    )


def answer_grid(scores: DecisionScores, rows: int) -> Grid:
    """The part of `decision_grid` that is about answers, sets, thresholds and costs."""
    return _grid(scores, rows, tuple(_answer_rows(scores)))


def _grid(scores: DecisionScores, rows: int, cells: tuple[Row, ...]) -> Grid:
    return Grid(
        caption=f"Decisions, fitted on {count(scores.fitted_on_rows)} validation rows and measured"
        f" on {count(rows)} test rows. Probabilities are calibrated.",
        header=("Decision", "Test rows", "Wanted", "Rule"),
        rows=tuple((name, found, wanted, rule) for name, rule, wanted, found in cells),
    )


def _calibration_rows(scores: DecisionScores) -> Iterator[Row]:
    errors = scores.calibration
    yield "Calibration error, before", ABSENT, ABSENT, decimals(errors.error_before)
    rule = f"logits / {scores.temperature:.4g}"
    yield "Calibration error", rule, ABSENT, decimals(errors.error)
    yield "Calibration error by chance", ABSENT, ABSENT, decimals(errors.error_by_chance)


def _answer_rows(scores: DecisionScores) -> Iterator[Row]:
    abstention, sets = scores.abstention, scores.sets
    rule = _at_least(abstention.threshold)
    yield "Answers given", rule, ABSENT, _percent(abstention.coverage)
    right = _with_interval(abstention.accuracy, abstention.accuracy_interval)
    yield "Right ones among these", ABSENT, _percent(abstention.wanted_accuracy), right
    area = decimals(abstention.area_under_risk_coverage)
    yield "Area under risk and coverage", ABSENT, ABSENT, area
    held = _with_interval(sets.coverage, sets.coverage_interval)
    rule = f"probability ≥ {decimals(sets.least_probability)}, or the highest"
    yield "Prediction sets that hold the label", rule, _percent(sets.stated_coverage), held
    yield "Labels in a set", ABSENT, ABSENT, f"{sets.mean_size:.2f}"
    yield "Sets of one label", ABSENT, ABSENT, _percent(sets.single_share)
    thresholds = scores.thresholds or ()
    for threshold in thresholds[:WIDEST]:
        yield _threshold_row(threshold)
    if len(thresholds) > WIDEST:
        more = f"{count(len(thresholds) - WIDEST)} labels more, in result.json"
        yield more, ABSENT, ABSENT, ABSENT
    if scores.costs:
        before = decimals(scores.costs.most_probable)
        yield "Cost of a row, most probable label", ABSENT, ABSENT, before
        yield "Cost of a row", "cheapest label", ABSENT, decimals(scores.costs.cheapest)


def _threshold_row(scores: ThresholdScores) -> Row:
    precision, recall = (
        ABSENT if share is None else _percent(share) for share in (scores.precision, scores.recall)
    )
    return (
        f"Naming {scores.label}",
        _at_least(scores.threshold),
        f"{scores.wanted} {_percent(scores.share)}",
        f"precision {precision}, recall {recall}",
    )


def _at_least(threshold: float | None) -> str:
    return "none keeps it" if threshold is None else f"probability ≥ {decimals(threshold)}"


def _with_interval(share: float | None, interval: tuple[float, float] | None) -> str:
    if share is None or interval is None:
        return ABSENT
    return f"{_percent(share)} ({percent(interval[0])} to {percent(interval[1])})"


def _percent(share: float) -> str:
    return f"{percent(share)} %"
