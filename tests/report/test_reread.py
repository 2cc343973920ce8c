from __future__ import annotations

import dataclasses

import pytest
from tests.report.records import with_mistakes

from newtrick.evaluation.explain.explanation import Explanation, WordEffect
from newtrick.evaluation.mistakes import Mistake, Mistakes
from newtrick.report.record import RunRecord
from newtrick.report.reread import Piece, ShownMistake, shown_mistakes, shown_pairs

LABELS = ("a", "b", "c", "d")


def shown(text: str, explanation: Explanation | None = None) -> ShownMistake:
    mistake = Mistake("x.csv:2", text, "a", "c", (0.1, 0.15, 0.7, 0.05), (), explanation)
    (laid_out,) = shown_mistakes(Mistakes(9, 1, (mistake,), ()), LABELS)
    return laid_out


def joined(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    "text", ["short", "word " * 99, "word " * 400, "x" * 1200, "a " + "x" * 600]
)
def test_of_a_long_text_the_beginning_is_seen_at_once_and_nothing_is_lost(text: str) -> None:
    laid_out = shown(text)

    assert joined(laid_out.head) + joined(laid_out.tail) == text
    assert len(joined(laid_out.head)) <= 500
    assert bool(laid_out.tail) == (len(text) > 500)


def test_of_a_text_too_long_for_a_page_the_end_is_left_out() -> None:
    tail = joined(shown("word " * 9000).tail)

    assert len(tail) < 4510
    assert tail.endswith(" …")


def test_words_that_moved_the_answer_are_marked_where_they_stand() -> None:
    text = "not a good film, not good"
    words = (
        WordEffect(0, 3, "not", -0.5),
        WordEffect(4, 5, "a", 0.004),
        WordEffect(6, 10, "good", 1.25),
        WordEffect(21, 25, "good", 0.25),
    )
    laid_out = shown(text, Explanation(text, "c", 0.7, words))

    assert joined(laid_out.head) == text
    assert [piece for piece in laid_out.head if piece.effect] == [
        Piece("not", -0.5),
        Piece("good", 1.25),
        Piece("good", 0.25),
    ]
    assert laid_out.words == (("good", "+1.25"), ("not", "−0.50"), ("good", "+0.25"))


def test_the_likeliest_labels_come_first() -> None:
    assert shown("text").likeliest == (("c", 0.7), ("b", 0.15), ("a", 0.1))


def test_pairs_have_the_beginning_of_an_example_if_there_is_one(binary: RunRecord) -> None:
    mistakes = with_mistakes(binary).mistakes
    assert mistakes is not None
    first, second = mistakes.pairs
    pairs = (first, dataclasses.replace(second, examples=()))
    one, other = shown_pairs(dataclasses.replace(mistakes, pairs=pairs))

    assert (one.example or "").startswith("A warm, funny film")
    assert other.example is None
