"""The test rows that the model got wrong: what a person reads to see where it fails."""

from __future__ import annotations

from dataclasses import dataclass

from newtrick.evaluation.explain.explanation import Explanation


@dataclass(frozen=True)
class Mistake:
    """A test row that the model got wrong.

    Attributes:
        row: `file:row`.
        text: As it was trained and tested on: cleaned.
        label: The true one, as the data says.
        answer: The model's.
        probabilities: Calibrated, of all labels in their order.
        doubted: Whether the audit suspects that the label is wrong.
        explanation: Which words moved the answer; only the first mistakes have one.
    """

    row: str
    text: str
    label: str
    answer: str
    probabilities: tuple[float, ...]
    doubted: bool
    explanation: Explanation | None = None

    @property
    def confidence(self) -> float:
        """The probability of the answer."""
        return max(self.probabilities)


@dataclass(frozen=True)
class ConfusedPair:
    """A label that is taken for another.

    Attributes:
        label: The true one.
        answer: The model's.
        rows: How often.
        examples: The most confident of these mistakes.
    """

    label: str
    answer: str
    rows: int
    examples: tuple[Mistake, ...]


@dataclass(frozen=True)
class Mistakes:
    """What the model got wrong on the test rows.

    Attributes:
        rows: How many test rows there are.
        count: How many of them it got wrong.
        shown: The most confident first; of many, the first thousand.
        pairs: Which labels are taken for which, the most frequent first.
    """

    rows: int
    count: int
    shown: tuple[Mistake, ...]
    pairs: tuple[ConfusedPair, ...]
