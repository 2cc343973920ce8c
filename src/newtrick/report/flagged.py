"""What a run names labels by, where a row may have several, and how that went on the test rows."""

from __future__ import annotations

from newtrick.evaluation.decisions.scores import LabelDecisionScores
from newtrick.evaluation.scores import Scores
from newtrick.report.grid import ABSENT, WIDEST, Grid
from newtrick.report.wording import count, decimals, percent


def label_decisions_in_words(scores: LabelDecisionScores, test: Scores) -> tuple[str, ...]:
    """Calibration and thresholds, a sentence each.

    Args:
        scores: Measured on the test rows.
        test: Their scores without thresholds.
    """
    errors = scores.calibration
    bound = ", as far as it may go," if scores.temperature_at_bound else ""
    calibration = (
        f"Divided by a temperature of {scores.temperature:.3g}{bound} the logits give probabilities"
        f" of labels with a calibration error of {decimals(errors.error)} on the test rows. It was"
        f" {decimals(errors.error_before)}; perfect calibration has"
        f" {decimals(errors.error_by_chance)} on as many, by chance."
    )
    thresholds = (
        f"With {_wanted(scores)} fitted on {count(scores.fitted_on_rows)} validation rows, micro F1"
        f" is {_from_to(test.micro_f1, scores.flagged.micro_f1)} on the test rows, macro F1"
        f" {_from_to(test.macro_f1, scores.flagged.macro_f1)}."
    )
    return calibration, thresholds


def label_decision_grid(scores: LabelDecisionScores, rows: int) -> Grid:
    """The threshold of each label, and what naming it from there on comes to.

    Args:
        scores: Measured on the test rows.
        rows: How many of these there are.
    """
    by_label = scores.flagged.by_label
    cells = [
        (
            rule.label,
            "none keeps it" if rule.threshold is None else f"≥ {decimals(rule.threshold)}",
            _percent(by_label[rule.label].precision),
            _percent(by_label[rule.label].recall),
            decimals(by_label[rule.label].f1),
        )
        for rule in scores.rules[:WIDEST]
    ]
    if len(scores.rules) > WIDEST:
        more = f"{count(len(scores.rules) - WIDEST)} labels more, in result.json"
        cells.append((more, ABSENT, ABSENT, ABSENT, ABSENT))
    return Grid(
        caption=f"T{_wanted(scores)[1:]}, fitted on {count(scores.fitted_on_rows)}"
        f" validation rows and measured on {count(rows)} test rows. Probabilities are calibrated.",
        header=("Label", "Probability", "Precision", "Recall", "F1"),
        rows=tuple(cells),
    )


def _wanted(scores: LabelDecisionScores) -> str:
    rule = scores.rules[0]
    if rule.share is None:
        return "thresholds for the best F1 of each label"
    return f"thresholds for a {rule.wanted} of {_percent(rule.share)} of each label"


def _from_to(before: float | None, after: float | None) -> str:
    told = [ABSENT if value is None else decimals(value) for value in (after, before)]
    return f"{told[0]} ({told[1]} without)"


def _percent(share: float) -> str:
    return f"{percent(share)} %"
