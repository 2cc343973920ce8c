"""Which tokens are hidden, and what is seen in their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import SPECIAL, make_reviews

from newtrick.encoder.batches import Batch, make_batch
from newtrick.encoder.masked import MaskedEncoder, load_masked
from newtrick.encoder.pieces import continuing
from newtrick.recipe import Recipe
from newtrick.training.masking import Masking

TEXTS = [text for text, _ in make_reviews(400)]


def recipe(folder: Path, **settings: object) -> Recipe:
    named = {f"adaptation.{name}": value for name, value in settings.items()}
    return Recipe().with_settings({"model.name": str(folder), "data.max_tokens": 32, **named})


class Case:
    """Texts that a tiny encoder reads, and how their tokens are hidden."""

    def __init__(self, folder: Path, **settings: object) -> None:
        wanted = recipe(folder, **settings)
        self.encoder: MaskedEncoder = load_masked(wanted)
        self.masking = Masking.of(self.encoder, wanted.adaptation)

    def batch(self, texts: list[str]) -> Batch:
        tokens = self.encoder.tokenize(texts)
        return make_batch(tokens, np.arange(len(texts)), self.encoder.pad_id)


@pytest.fixture
def case(tiny_encoder: Path) -> Callable[..., Case]:
    return lambda **settings: Case(tiny_encoder, **settings)


def test_a_share_of_each_text_is_asked_for_and_at_least_one_token(
    case: Callable[..., Case],
) -> None:
    some = case(mask_share=0.2)
    texts = ["film", "the film is a film", "the film is a very warm and clever story with plot"]
    hidden = some.masking.hide(some.batch(texts))
    assert hidden.batch.asked is not None
    assert hidden.batch.asked.are_there.sum(dim=1).tolist() == [1, 1, 2]
    assert some.masking.counts(some.encoder.tokenize(texts)).tolist() == [1, 1, 2]


def test_special_and_unknown_tokens_and_padding_are_never_asked_for(
    case: Callable[..., Case],
) -> None:
    some = case(mask_share=0.9)
    batch = some.batch(["the film of nobody", "a very warm and clever story with plot and scene"])
    hidden = some.masking.hide(batch)
    assert not set(hidden.targets.tolist()) & set(range(len(SPECIAL)))
    assert torch.equal(hidden.batch.attention_mask, batch.attention_mask)
    special = batch.input_ids < len(SPECIAL)
    assert torch.equal(hidden.batch.input_ids[special], batch.input_ids[special])


def test_of_a_text_with_nothing_to_guess_nothing_is_asked(case: Callable[..., Case]) -> None:
    some = case()
    tokens = some.encoder.tokenize(["nobody knows", "the film"])
    assert some.masking.counts(tokens).tolist() == [0, 1]


def test_eight_in_ten_are_masked_one_is_another_token_and_one_stays(
    case: Callable[..., Case],
) -> None:
    some = case(mask_share=0.5)
    torch.manual_seed(0)
    batch = some.batch(TEXTS)
    hidden = some.masking.hide(batch)
    asked = hidden.batch.asked
    assert asked is not None
    seen = hidden.batch.input_ids.gather(1, asked.positions)[asked.are_there]
    assert torch.equal(batch.input_ids.gather(1, asked.positions)[asked.are_there], hidden.targets)
    assert float((seen == some.masking.mask_id).float().mean()) == pytest.approx(0.8, abs=0.03)
    # One of the 24 words that may take its place is the same.
    assert float((seen == hidden.targets).float().mean()) == pytest.approx(0.104, abs=0.03)
    assert not bool(some.masking.never[seen[seen != some.masking.mask_id]].any())


def test_a_text_is_hidden_anew_each_time_unless_the_generator_is_the_same(
    case: Callable[..., Case],
) -> None:
    some = case()
    batch = some.batch(TEXTS[:20])
    ids = [some.masking.hide(batch).batch.input_ids for _ in range(2)]
    assert not torch.equal(*ids)
    fixed = [some.masking.hide(batch, torch.Generator().manual_seed(7)) for _ in range(2)]
    assert torch.equal(fixed[0].batch.input_ids, fixed[1].batch.input_ids)


def test_the_pieces_of_a_word_are_hidden_together(case: Callable[..., Case]) -> None:
    some = case(whole_words=True, mask_share=0.3)
    goes_on = torch.zeros_like(some.masking.never)
    pieces = some.encoder.tokenizer.convert_tokens_to_ids(["story", "scene"])
    goes_on[pieces] = True
    masking = Masking(0.3, True, some.masking.mask_id, some.masking.never, goes_on)
    batch = some.batch(["film story scene is plot story the actor scene with warm story"] * 200)
    hidden = masking.hide(batch)
    asked = hidden.batch.asked
    assert asked is not None
    for row, (positions, there) in enumerate(zip(asked.positions, asked.are_there, strict=True)):
        chosen = set(positions[there].tolist())
        for place in range(2, 13):
            if goes_on[batch.input_ids[row, place]]:
                assert (place in chosen) == (place - 1 in chosen)
    counts = asked.are_there.sum(dim=1)
    assert int(counts.min()) >= 4
    assert int(counts.max()) <= 6  # the last word is taken whole
    weights = torch.zeros(200).index_add_(
        0, torch.arange(200).repeat_interleave(counts), hidden.weights
    )
    assert torch.allclose(weights, torch.full((200,), 4.0))  # each text counts by its length


def test_the_pieces_that_go_on_with_a_word_are_known_by_their_marks() -> None:
    def goes_on(*tokens: str) -> list[bool]:
        vocabulary = {token: number for number, token in enumerate(tokens)}

        class Tokenizer:
            def get_vocab(self) -> dict[str, int]:
                return vocabulary

        return continuing(Tokenizer(), len(tokens)).tolist()  # type: ignore[arg-type]

    assert goes_on("film", "##s", "##", ".") == [False, True, False, False]
    assert goes_on("Ġfilm", "s", ".", "Ġ") == [False, True, False, False]
    assert goes_on("▁film", "s", "▁") == [False, True, False]
