from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from newtrick.data.dataset import SCHEMA, LabelSet
from newtrick.evaluation.mistakes import MOST_SHOWN, Mistakes, find_mistakes, mistakes_file

LABELS = LabelSet.of(("<b>", "cat", "dog"))


def rows_of(labels: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "file": ["a.csv"] * len(labels),
            "row": range(1, len(labels) + 1),
            "text": [f"text {place}" for place in range(1, len(labels) + 1)],
            "label": labels,
        },
        schema=SCHEMA,
    )


def found(labels: list[int], shares: list[list[float]], **doubts: set[str]) -> Mistakes:
    return find_mistakes(rows_of(labels), np.array(shares), LABELS, doubts, {})


def test_the_confident_mistakes_come_first_with_all_that_is_known_of_them() -> None:
    mistakes = found(
        [0, 1, 2, 1],
        [[0.3, 0.4, 0.3], [0.1, 0.8, 0.1], [0.9, 0.06, 0.04], [0.2, 0.2, 0.6]],
        words={"a.csv:3", "b.csv:1"},
        model={"a.csv:3"},
    )
    assert (mistakes.rows, mistakes.count) == (4, 3)
    assert [mistake.row for mistake in mistakes.shown] == ["a.csv:3", "a.csv:4", "a.csv:1"]
    worst = mistakes.shown[0]
    assert (worst.text, worst.label, worst.answer) == ("text 3", "dog", "<b>")
    assert worst.probabilities == (0.9, 0.06, 0.04)
    assert worst.confidence == 0.9
    assert worst.doubted_by == ("words", "model")
    assert mistakes.shown[1].doubted_by == ()


def test_confused_pairs_are_counted_with_their_most_confident_examples() -> None:
    sure = [[0.5 + place / 100, 0.1, 0.4 - place / 100] for place in range(5)]
    mistakes = found([1, 2, 2, 2, 2, 2], [[0.1, 0.2, 0.7], *sure])
    first, second = mistakes.pairs
    assert (first.label, first.answer, first.rows) == ("dog", "<b>", 5)
    assert [mistake.row for mistake in first.examples] == ["a.csv:6", "a.csv:5", "a.csv:4"]
    assert (second.label, second.answer, second.rows) == ("cat", "dog", 1)


def test_of_many_mistakes_the_first_are_shown_and_all_are_counted() -> None:
    mistakes = found([0] * 3000, [[0.1, 0.9, 0.0]] * 3000)
    assert (mistakes.count, len(mistakes.shown)) == (3000, MOST_SHOWN)


@pytest.mark.parametrize("rows", [1, 5])
def test_a_model_without_mistakes_has_none(rows: int) -> None:
    mistakes = found([1] * rows, [[0.1, 0.8, 0.1]] * rows)
    assert (mistakes.count, mistakes.shown, mistakes.pairs) == (0, (), ())
    assert mistakes_file(mistakes.shown, LABELS) == ""


def test_the_file_has_a_mistake_a_line() -> None:
    lines = mistakes_file(found([0], [[0.25, 0.5, 0.25]]).shown, LABELS).splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "row": "a.csv:1",
            "label": "<b>",
            "answer": "cat",
            "probabilities": {"<b>": 0.25, "cat": 0.5, "dog": 0.25},
            "doubted_by": [],
            "text": "text 1",
        }
    ]
