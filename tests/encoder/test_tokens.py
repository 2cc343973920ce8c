from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny import build_tokenizer

from newtrick.encoder.tokens import Keep, Truncation, tokenize
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


def test_more_texts_than_one_chunk_keep_their_order() -> None:
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
    kept = list(Truncation(max_tokens, keep).cut(ids, 2))
    assert len(kept) == min(len(ids), max_tokens - 2)
    if len(ids) <= max_tokens - 2:
        assert kept == ids
