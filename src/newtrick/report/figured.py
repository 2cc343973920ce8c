"""Every figure of a result as a table, with its interval, and those of each label."""

from __future__ import annotations

from newtrick.evaluation.intervals import Interval
from newtrick.evaluation.result import Result
from newtrick.evaluation.scores import Scores
from newtrick.report.grid import ABSENT, Grid, optional
from newtrick.report.measures import interval_of, measured
from newtrick.report.wording import count, decimals, percent


def figure_grid(result: Result) -> Grid:
    """The figures of the test rows, those of the best baseline, and of the validation rows."""
    binary = result.positive_label is not None
    figures = list(measured(result.test))
    falling = [measure.title(binary=binary) for measure, _ in figures if measure.falls]
    positive = (
        f" Precision, recall, F1 and average precision are those of the label"
        f" {result.positive_label}."
        if binary
        else ""
    )
    lower = f" Lower is better for: {', '.join(falling)}." if falling else ""
    return Grid(
        caption=f"Figures of {count(result.test.rows)} test rows, with 95 % intervals.{positive}"
        f"{lower}",
        header=("Figure", "Test", "95 % interval", result.baseline.name, "Validation"),
        rows=tuple(
            (
                measure.title(binary=binary),
                decimals(value),
                _told_interval(interval_of(result.test, measure)),
                optional(getattr(result.baseline, measure.field, None)),
                optional(getattr(result.validation, measure.field)),
            )
            for measure, value in figures
        ),
    )


def label_grid(scores: Scores) -> Grid | None:
    """How each label fared; None where that was not measured."""
    if not scores.by_label:
        return None
    return Grid(
        caption="Figures of each label on the test rows.",
        header=("Label", "Precision", "Recall", "F1", "Rows"),
        rows=tuple(
            (
                label,
                f"{percent(own.precision)} %",
                f"{percent(own.recall)} %",
                decimals(own.f1),
                count(own.support),
            )
            for label, own in scores.by_label.items()
        ),
    )


def _told_interval(interval: Interval | None) -> str:
    """Both ends of an interval."""
    return ABSENT if interval is None else f"{decimals(interval[0])} – {decimals(interval[1])}"
