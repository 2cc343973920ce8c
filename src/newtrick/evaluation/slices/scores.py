"""How a model fared on groups of test rows where it is worse."""

from __future__ import annotations

from newtrick.evaluation.value import Value


class SliceScores(Value):
    """How a group of test rows fared on which the model is worse than on the others.

    `what` says which rows: `with the word "but"`, `of 31 words and more`. The interval of the
    `accuracy` is of 95 %. `p_value` is the chance that any group looked at would be as much worse,
    were all alike.
    """

    what: str
    rows: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    p_value: float


class SlicesFound(Value):
    """The groups of test rows where the model is worse by more than chance, the worst first.

    `looked_at` is how many groups were.
    """

    looked_at: int
    worst: tuple[SliceScores, ...] = ()
