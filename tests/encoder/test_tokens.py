from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny import build_tokenizer

from newtrick.encoder.tokens import Keep, TokenIds, Truncation, tokenize
from newtrick.errors import ModelError

TOKENIZER = build_tokenizer()
WORDS = "the film plot is a and story with very actor scene was"


def decoded(keep: Keep, max_tokens: int) -> str:
    tokens = tokenize(TOKENIZER, [WORDS], Truncation(max_tokens, keep))
    return str(TOKENIZER.decode(tokens[0], skip_special_tokens=True))


def test_the_head_of_a_long_text_is_kept() -> None:
    assert decoded("head", 6) == "the film plot is"


def test_the_tail_of_a_long_text_is_kept() -> None:
    assert decoded("tail", 6) == "very actor scene was"


def test_head_and_tail_share_the_room_and_the_odd_token_goes_to_the_head() -> None:
    assert decoded("head+tail", 7) == "the film plot scene was"


def test_special_tokens_surround_a_text_as_the_tokenizer_itself_puts_them() -> None:
    tokens = tokenize(TOKENIZER, ["the film", ""], Truncation(16, "head"))
    assert tokens[0].tolist() == TOKENIZER("the film")["input_ids"]
    assert tokens[1].tolist() == TOKENIZER("")["input_ids"]


def test_full_lengths_tell_how_long_a_cut_text_was() -> None:
    tokens = tokenize(TOKENIZER, [WORDS, "a film"], Truncation(6, "head"))
    assert tokens.full_lengths.tolist() == [14, 4]
    assert tokens.lengths.tolist() == [6, 4]


def test_more_texts_than_are_taken_at_once_keep_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("newtrick.encoder.tokens._CHARACTERS_AT_ONCE", 1000)
    texts = ["film " * (number % 7 + 1) for number in range(2500)]
    tokens = tokenize(TOKENIZER, texts, Truncation(32, "head"))
    assert tokens.lengths.tolist() == [number % 7 + 3 for number in range(2500)]


def test_no_room_beside_the_special_tokens_is_refused() -> None:
    with pytest.raises(ModelError, match="no room"):
        tokenize(TOKENIZER, ["film"], Truncation(2, "head"))


@given(
    st.lists(st.integers(0, 9), max_size=40),
    st.integers(3, 30),
    st.sampled_from(["head", "tail", "head+tail"]),
)
def test_a_text_is_cut_to_the_limit_and_never_otherwise_changed(
    ids: list[int], max_tokens: int, keep: Keep
) -> None:
    (kept,) = Truncation(max_tokens, keep).windows(np.array(ids), special=2)
    assert len(kept) == min(len(ids), max_tokens - 2)
    if len(ids) <= max_tokens - 2:
        assert kept.tolist() == ids


@given(
    st.lists(st.integers(0, 9), max_size=90), st.integers(3, 30), st.integers(2, 9), st.integers(0)
)
def test_windows_are_few_and_of_like_size_and_have_every_token_once(
    ids: list[int], max_tokens: int, max_windows: int, special: int
) -> None:
    special %= 3
    truncation = Truncation(max_tokens, "windows", max_windows)
    windows = truncation.windows(np.array(ids), special)
    sizes = [len(window) for window in windows]
    room = max_tokens - special
    assert len(sizes) == min(max(1, -(-len(ids) // room)), max_windows)
    assert max(sizes) <= room
    assert max(sizes) - min(sizes) <= 1
    read = np.concatenate(windows).tolist()
    if len(ids) + special <= truncation.longest_whole(special):
        assert read == ids
    else:
        assert len(read) == max_windows * room
        half = len(read) // 2
        assert read[:half] == ids[:half]
        assert read[len(read) - half :] == ids[len(ids) - half :]


def test_each_window_of_a_text_is_a_whole_input_of_the_model() -> None:
    tokens = tokenize(TOKENIZER, ["a film", WORDS], Truncation(7, "windows", 8))
    assert tokens.windows.tolist() == [1, 3]
    assert tokens.lengths.tolist() == [4, 18]
    assert tokens.full_lengths.tolist() == [4, 14]
    assert [TOKENIZER.decode(window) for window in tokens.windows_of(1)] == [
        "[CLS] the film plot is [SEP]",
        "[CLS] a and story with [SEP]",
        "[CLS] very actor scene was [SEP]",
    ]


def test_some_of_the_texts_are_what_they_were_among_all() -> None:
    tokens = tokenize(TOKENIZER, ["a film", WORDS, "the plot"], Truncation(7, "windows", 2))
    some = tokens.some(np.array([2, 1]))
    for place, row in enumerate((2, 1)):
        assert some.full_lengths[place] == tokens.full_lengths[row]
        for window, same in zip(some.windows_of(place), tokens.windows_of(row), strict=True):
            np.testing.assert_array_equal(window, same)


def test_of_texts_that_fit_windows_read_what_the_head_does() -> None:
    head, windows = (
        tokenize(TOKENIZER, ["a film", WORDS], Truncation(14, keep, 8))
        for keep in ("head", "windows")
    )
    for part in fields(TokenIds):
        np.testing.assert_array_equal(getattr(head, part.name), getattr(windows, part.name))
