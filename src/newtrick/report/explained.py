"""Whether the words that are said to have moved answers did, in words."""

from __future__ import annotations

from newtrick.counted import counted
from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.report.wording import percent


def explanations_in_words(scores: ExplanationScores) -> str:
    """How far a probability falls without the words that spoke for it, and without any others."""
    told = ""
    if scores.difference_interval is not None:
        low, high = scores.difference_interval
        told = f" (95 % interval {_points(low)} to {_points(high)})"
    return (
        f"This was checked on {counted(scores.rows, 'text')}: without the"
        f" {percent(scores.share_removed)} % of the words that spoke most for the answer its"
        f" probability falls by {_points(scores.drop_by_top_words)} points on average, without as"
        f" many at random by {_points(scores.drop_by_random_words)}, which is"
        f" {_points(scores.difference)} less{told}."
    )


def _points(share: float) -> str:
    return f"{share * 100:.1f}".replace("-", "−")
