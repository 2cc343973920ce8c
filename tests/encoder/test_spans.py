from __future__ import annotations

import pytest
from tests.tiny import build_tokenizer

from newtrick.encoder.spans import token_spans
from newtrick.encoder.tokens import Truncation, tokenize

TEXT = "The film, with a very lovely plot, is a superb story and warm"


@pytest.mark.parametrize(
    "truncation",
    [
        Truncation(32, "head"),
        Truncation(8, "head"),
        Truncation(8, "tail"),
        Truncation(9, "head+tail"),
        Truncation(7, "windows", max_windows=8),
        Truncation(6, "windows", max_windows=2),
    ],
)
def test_each_token_stands_for_the_characters_that_it_was_made_of(truncation: Truncation) -> None:
    tokenizer = build_tokenizer()
    ids = tokenize(tokenizer, [TEXT], truncation)[0]
    (spans,) = token_spans(tokenizer, [TEXT], truncation)
    assert len(spans) == len(ids)
    for token, (start, end) in zip(
        tokenizer.convert_ids_to_tokens(ids.tolist()), spans, strict=True
    ):
        known = {"[CLS]": "", "[SEP]": "", "[UNK]": ","}.get(token, token)
        assert TEXT[start:end].lower() == known


def test_an_empty_text_has_special_tokens_alone() -> None:
    (spans,) = token_spans(build_tokenizer(), [""], Truncation(8, "head"))
    assert spans.tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("most", [32, 9])
def test_the_texts_of_a_pair_are_counted_through(most: int) -> None:
    tokenizer, pair = build_tokenizer(), ("the film is warm", "a superb plot and a lovely story")
    truncation = Truncation(most, "head+tail")
    whole = "\n".join(pair)
    (spans,) = token_spans(tokenizer, [pair], truncation)
    ids = tokenize(tokenizer, [pair], truncation)[0].tolist()
    names = [name if name[0] != "[" else "" for name in tokenizer.convert_ids_to_tokens(ids)]
    assert [whole[start:end] for start, end in spans] == names
