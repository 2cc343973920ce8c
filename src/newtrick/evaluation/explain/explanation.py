"""What an explanation is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WordEffect:
    """What one word of a text did to the decision.

    Attributes:
        start: Where it begins in the text, in characters.
        end: Where it ends.
        word: The text between.
        effect: By how much it raised (above 0) or lowered the log-odds of the label.
    """

    start: int
    end: int
    word: str
    effect: float


@dataclass(frozen=True)
class Explanation:
    """Which words of a text moved the decision.

    Attributes:
        text: As the model reads it: cleaned. Of a pair, the second text is on a line of its own.
        label: The answer, to whose log-odds the effects are.
        probability: The encoder's own, of that label.
        words: In their order; a mark or an emoji counts as one. Effects of words that the model
            does not read, as they are cut off, are 0.
    """

    text: str
    label: str
    probability: float
    words: tuple[WordEffect, ...]

    def strongest(self, most: int) -> tuple[WordEffect, ...]:
        """The words with the largest effects for or against the label, the strongest first."""
        moved = (word for word in self.words if word.effect)
        return tuple(sorted(moved, key=lambda word: -abs(word.effect))[:most])
