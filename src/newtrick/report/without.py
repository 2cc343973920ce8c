"""What findings do to the score, in words and as a table."""

from __future__ import annotations

from newtrick.evaluation.result import Result
from newtrick.evaluation.scores import Scores, ScoresWithout
from newtrick.report.grid import ABSENT, Grid
from newtrick.report.measures import headline
from newtrick.report.wording import count, decimals

_ROWS = {
    "leakage": ("leaked row", "leaked rows"),
    "near-duplicates": ("near-duplicate", "near-duplicates"),
    "conflicting-labels": ("conflicting row", "conflicting rows"),
    "label-noise": ("doubtful label", "doubtful labels"),
}

_CAPTION = (
    "What the findings do to the score. Nothing was taken out of the score itself, which is that of"
    " all test rows."
)
_DOUBTFUL = (
    "A label is doubtful where a word count is sure of another one. Most models look better without"
    " such rows, be the labels right or wrong: that line hints at what wrong labels cost, and is no"
    " better score."
)


def without(effect: ScoresWithout) -> str:
    """Which rows are left out, such as `without the 61 leaked rows`."""
    one, many = _ROWS[effect.code]
    number = effect.removed_rows
    return f"without the {count(number)} {one if number == 1 else many}"


def told(effect: ScoresWithout) -> str:
    """The figure that models are judged by on the rows that are left, in words."""
    if effect.test is None:
        return "the rows that are left have fewer than two labels, and no score"
    head = headline(effect.test)
    name = "accuracy" if effect.test.micro_f1 is None else "micro F1"
    low, high = head.interval
    return f"{name} {decimals(head.value)} (95 % interval {decimals(low)} to {decimals(high)})"


def without_grid(result: Result) -> Grid | None:
    """The encoder's scores on all test rows, and without those that findings name, if any are."""
    effects = result.test_without
    if effects is None:
        return None
    binary = result.positive_label is not None
    doubtful = any(effect.code == "label-noise" for effect in effects)
    return Grid(
        caption=f"{_CAPTION} {_DOUBTFUL}" if doubtful else _CAPTION,
        header=(
            "Test rows",
            "Accuracy" if result.task == "single_label" else "Micro F1",
            "95 % interval",
            "F1" if binary else "Macro F1",
            "Baseline",
        ),
        rows=(
            ("all", *_cells(result.test), decimals(headline(result.baseline).value)),
            *(
                (
                    without(effect),
                    *_cells(effect.test),
                    ABSENT
                    if effect.baseline is None
                    else decimals(headline(effect.baseline).value),
                )
                for effect in effects
            ),
        ),
        marked=frozenset({0}),
    )


def _cells(scores: Scores | None) -> tuple[str, str, str]:
    if scores is None:  # rows of one label are left, or none
        return ABSENT, ABSENT, ABSENT
    head = headline(scores)
    low, high = head.interval
    return (
        decimals(head.value),
        f"{decimals(low)} – {decimals(high)}",
        decimals(scores.macro_f1 if scores.f1 is None else scores.f1),
    )
