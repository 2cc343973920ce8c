"""Pairs of texts are read as plain transformers reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny import MODELS, build_tokenizer, make_pairs
from tokenizers import processors
from transformers import PreTrainedTokenizerFast

from newtrick.data.dataset import LabelSet
from newtrick.encoder.batches import make_batch
from newtrick.encoder.forward import forward_of
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import Keep, TokenIds, Truncation, tokenize
from newtrick.errors import ModelError
from newtrick.recipe import Recipe

PAIRS = [(first, second) for first, second, _ in make_pairs(30)]


def without_types() -> PreTrainedTokenizerFast:
    """A tokenizer as RoBERTa has it: two separators between the texts, and no token types."""
    tokenizer = build_tokenizer()
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


TOKENIZERS = {"with types": build_tokenizer(), "without": without_types()}


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(
    words=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    max_tokens=st.integers(6, 40),
    keep=st.sampled_from(["head", "tail"]),
)
def test_a_pair_is_cut_and_put_together_as_the_tokenizer_itself_does_it(
    kind: str, words: tuple[int, int], max_tokens: int, keep: Keep
) -> None:
    tokenizer = TOKENIZERS[kind]
    first, second = " ".join(["film"] * words[0]), " ".join(["plot", "was"] * words[1])
    tokens = tokenize(tokenizer, [(first, second)], Truncation(max_tokens, keep))
    tokenizer.truncation_side = "left" if keep == "tail" else "right"
    plain = tokenizer(first, second, truncation=True, max_length=max_tokens)
    tokenizer.backend_tokenizer.no_truncation()
    assert tokens[0].tolist() == plain["input_ids"]
    types = None if tokens.types is None else tokens.types.tolist()
    assert types == plain.get("token_type_ids")


def test_of_head_and_tail_each_text_keeps_both_ends() -> None:
    long, short = "the film plot is a and story with very", "actor scene was"
    tokens = tokenize(build_tokenizer(), [(long, short)], Truncation(10, "head+tail"))
    kept = build_tokenizer().decode(tokens[0], skip_special_tokens=True)
    assert kept == "the film with very actor scene was"
    assert tokens.full_lengths.tolist() == [15]


def test_each_text_of_a_pair_needs_room() -> None:
    tokenize(build_tokenizer(), [("the film", "the plot")], Truncation(5, "head"))
    with pytest.raises(ModelError, match="no room for two texts") as refused:
        tokenize(build_tokenizer(), [("the film", "the plot")], Truncation(4, "head"))
    assert refused.value.fix == "set it to more than 4"


def test_some_pairs_keep_their_types() -> None:
    tokens = tokenize(build_tokenizer(), PAIRS, Truncation(32, "head"))
    some = tokens.some(np.array([7, 3]))
    alone = tokenize(build_tokenizer(), [PAIRS[7], PAIRS[3]], Truncation(32, "head"))
    for part in fields(TokenIds):
        np.testing.assert_array_equal(getattr(some, part.name), getattr(alone, part.name))


@pytest.mark.parametrize("model_type", MODELS)
def test_logits_of_pairs_are_those_of_plain_transformers(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    recipe = Recipe().with_settings({"model.name": str(encoder_of(model_type))})
    encoder = load_encoder(recipe, LabelSet.of(("a", "b", "c")))
    model = encoder.model.eval()
    for parameter in model.parameters():  # a random model hardly tells texts apart
        parameter.data.mul_(8) if parameter.ndim > 1 else parameter.data.add_(0.1)
    tokens = encoder.tokenize(PAIRS)
    ours = forward_of(model)(make_batch(tokens, np.arange(len(PAIRS)), encoder.pad_id))
    firsts, seconds = map(list, zip(*PAIRS, strict=True))
    inputs = encoder.tokenizer(firsts, seconds, padding=True, return_tensors="pt")
    assert ("token_type_ids" in inputs) == (tokens.types is not None)
    plain = model(**inputs).logits
    assert plain.std(dim=0).min() > 1e-3  # of any use to be compared
    torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-5)


def test_a_pair_on_disk_is_another_entry_than_its_texts_and_keeps_its_types(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "cache"))
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder)})
    reader = load_encoder(recipe, LabelSet.of(("a", "b")))
    made = reader.tokenize(PAIRS)
    for _ in range(2):
        found = reader.tokenize_once(PAIRS)
        for part in fields(TokenIds):
            np.testing.assert_array_equal(getattr(found, part.name), getattr(made, part.name))
    singles = reader.tokenize_once([text for pair in PAIRS for text in pair])
    assert singles.types is None
    entries = (tmp_path / "cache" / "tokens").iterdir()
    assert len([entry for entry in entries if entry.is_dir()]) == 2
