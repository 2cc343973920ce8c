"""Mistakes as a page shows them: what of a long text is seen at once, and the words that moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newtrick.evaluation.explain.explanation import Explanation, WordEffect
from newtrick.evaluation.mistakes import ConfusedPair, Mistake, Mistakes

_SEEN_AT_ONCE, _MOST = 500, 5000
"""Characters of a text that are seen without asking, and those that a page has at all."""

_EXAMPLE, _WORD = 200, 30
_WORDS = 6
_LEAST_EFFECT = 0.005  # what is less would be written as none
_LIKELIEST = 3
_PAIRS = 10


@dataclass(frozen=True)
class Piece:
    """A part of a text.

    Attributes:
        text: The part.
        effect: By how much it raised or lowered the log-odds of the answer, if it is a word that
            moved it; else 0.
    """

    text: str
    effect: float = 0.0


@dataclass(frozen=True)
class ShownMistake:
    """A mistake, laid out.

    Attributes:
        mistake: What is shown.
        head: The beginning of the text.
        tail: What follows of it; empty for most.
        words: Those that moved the answer most, with by how much, the strongest first.
        likeliest: The most probable labels with their probabilities.
    """

    mistake: Mistake
    head: tuple[Piece, ...]
    tail: tuple[Piece, ...]
    words: tuple[tuple[str, str], ...]
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ShownPair:
    """A label that is taken for another, with the beginning of an example."""

    pair: ConfusedPair
    example: str | None


def shown_mistakes(mistakes: Mistakes, labels: Sequence[str]) -> tuple[ShownMistake, ...]:
    """Lay the mistakes out in their order."""
    return tuple(_shown(mistake, labels) for mistake in mistakes.shown)


def shown_pairs(mistakes: Mistakes) -> tuple[ShownPair, ...]:
    """The most frequent pairs, each with its surest example."""
    return tuple(
        ShownPair(pair, _clipped(pair.examples[0].text, _EXAMPLE) if pair.examples else None)
        for pair in mistakes.pairs[:_PAIRS]
    )


def _shown(mistake: Mistake, labels: Sequence[str]) -> ShownMistake:
    explanation = mistake.explanation
    strongest = explanation.strongest(_WORDS) if explanation else ()
    words = tuple(word for word in strongest if abs(word.effect) >= _LEAST_EFFECT)
    pieces = tuple(_pieces(explanation, words)) if explanation else (Piece(mistake.text),)
    head, tail = _divide(pieces, _SEEN_AT_ONCE)
    tail, beyond = _divide(tail, _MOST - _SEEN_AT_ONCE)
    order = sorted(range(len(labels)), key=lambda place: -mistake.probabilities[place])
    return ShownMistake(
        mistake=mistake,
        head=head,
        tail=(*tail, Piece(" …")) if beyond else tail,
        words=tuple((_clipped(word.word, _WORD), _signed(word.effect)) for word in words),
        likeliest=tuple(
            (labels[place], mistake.probabilities[place]) for place in order[:_LIKELIEST]
        ),
    )


def _pieces(explanation: Explanation, words: Sequence[WordEffect]) -> Iterator[Piece]:
    """The text, cut around the words."""
    end = 0
    for word in sorted(words, key=lambda word: word.start):
        yield Piece(explanation.text[end : word.start])
        yield Piece(explanation.text[word.start : word.end], word.effect)
        end = word.end
    yield Piece(explanation.text[end:])


def _divide(pieces: Sequence[Piece], length: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """So many characters, up to the end of a word, and the rest."""
    for number, piece in enumerate(pieces):
        if len(piece.text) > length:
            before, after = pieces[:number], pieces[number + 1 :]
            if piece.effect:
                return tuple(before), (piece, *after)
            cut = piece.text.rfind(" ", 0, length) + 1 or length
            start, end = Piece(piece.text[:cut]), Piece(piece.text[cut:])
            return (*before, start), (end, *after)
        length -= len(piece.text)
    return tuple(pieces), ()


def _signed(effect: float) -> str:
    return f"{effect:+.2f}".replace("-", "−")


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length].rstrip()} …"
