"""Near-duplicates: found at any length, joined into groups, in linear time."""

from __future__ import annotations

import random
import time

import numpy as np
import polars as pl
import pytest

from newtrick.data.near import near_groups
from newtrick.data.words import find_words


def groups_of(texts: list[str]) -> list[int]:
    return list(near_groups(find_words(pl.Series(texts, dtype=pl.String))))


def random_texts(rows: int, words: int = 12, vocabulary: int = 500) -> list[str]:
    chance = random.Random(0)
    return [" ".join(f"w{chance.randrange(vocabulary)}" for _ in range(words)) for _ in range(rows)]


def one_word_changed(texts: list[str]) -> list[str]:
    changed = []
    for number, text in enumerate(texts):
        words = text.split()
        words[number % len(words)] = "other"
        changed.append(" ".join(words))
    return changed


def among_others(*texts: str) -> list[int]:
    """The groups of texts among many others, where "a" and "film" are words of every day."""
    others = [f"a {text} film" for text in random_texts(2000)]
    return groups_of([*texts, *others])[: len(texts)]


def test_words_keep_marks_inside_and_lose_those_around() -> None:
    words = find_words(pl.Series(["Don't: 9/10!", "", "A WELL-made don't"]))
    assert words.vocabulary.to_list() == ["don't", "9/10", "a", "well-made"]
    assert words.ids.tolist() == [0, 1, 2, 3, 0]
    assert words.offsets.tolist() == [0, 2, 2, 5]


@pytest.mark.parametrize("length", [4, 5, 6, 7, 8, 12, 40])
def test_one_changed_word_makes_a_near_duplicate_wherever_it_is(length: int) -> None:
    texts = random_texts(400, length, vocabulary=5000)
    groups = groups_of(texts + one_word_changed(texts))
    assert groups[:400] == list(range(400))
    assert groups[400:] == list(range(400))


def test_a_word_more_or_less_makes_one_even_of_three_words() -> None:
    texts = [
        "lavishly embroidered nonsense",
        "lavishly embroidered nonsense again",
        "nonsense again",
    ]
    assert among_others(*texts) == [0, 0, 2]


def test_short_texts_that_share_everyday_words_alone_are_not_alike() -> None:
    assert among_others("a good film", "a bad film") == [0, 1]
    assert among_others("lavishly embroidered nonsense", "lavishly embroidered rubbish") == [0, 0]


def test_phrases_of_the_language_do_not_swallow_the_texts_that_use_them() -> None:
    ends = ["here", "now", "there", "later", "today", "again"] * 40
    phrases = [f"what are you doing {end} n{number}" for number, end in enumerate(ends)]
    assert max(np.bincount(groups_of([*random_texts(400), *phrases]))) <= 2


def test_texts_that_are_joined_by_others_are_one_group_called_by_the_first() -> None:
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "again"]
    chain = [" ".join([*words[number:], *(["so"] * number)]) for number in range(4)]
    assert groups_of(["something else altogether is written here", *chain]) == [0, 1, 1, 1, 1]


def test_texts_of_a_word_or_two_and_those_without_stay_alone() -> None:
    assert groups_of(["good", "a good", "a bad", "👍", "👎", "", "!"]) == [0, 1, 2, 3, 4, 5, 6]
    assert groups_of([]) == []


def test_many_texts_of_one_pattern_cost_no_more_than_others() -> None:
    started = time.monotonic()
    groups = groups_of(
        [f"this is page number {number} of the whole book" for number in range(9000)]
    )
    assert set(groups) == {0}
    assert time.monotonic() - started < 4


def test_groups_do_not_depend_on_what_was_read_before() -> None:
    texts = random_texts(50)
    alone = groups_of([*texts, f"{texts[7]} too"])
    assert np.array_equal(alone, groups_of([*texts, f"{texts[7]} too"]))
    assert alone[-1] == 7
