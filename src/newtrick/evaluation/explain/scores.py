"""How far explanations are true."""

from __future__ import annotations

from newtrick.evaluation.value import Value


class ExplanationScores(Value):
    """Whether the words that are said to have moved a decision did, on some test rows.

    Of each text the `share_removed` of its words was removed: those that spoke most for the answer,
    or as many at random. `drop_by_...` is by how much the probability of the answer fell, on
    average, and `difference` how much more by the top words, with an interval of 95 %; absent where
    all texts are alike.
    """

    rows: int
    share_removed: float
    drop_by_top_words: float
    drop_by_random_words: float
    difference: float
    difference_interval: tuple[float, float] | None = None
