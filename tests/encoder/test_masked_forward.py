from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import MODELS, make_reviews

from newtrick.encoder.batches import make_batch
from newtrick.encoder.forward import forward_of
from newtrick.encoder.masked import load_masked
from newtrick.recipe import Recipe
from newtrick.training.masking import Masking

TEXTS = [text for text, _ in make_reviews(12)]


@pytest.mark.parametrize("model_type", MODELS)
def test_what_is_asked_for_gets_the_logits_and_gradients_of_the_plain_model(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    recipe = Recipe().with_settings({"model.name": str(encoder_of(model_type))})
    encoder = load_masked(recipe)
    model = encoder.model.eval()
    batch = make_batch(encoder.tokenize(TEXTS), np.arange(len(TEXTS)), encoder.pad_id)
    hidden = Masking.of(encoder, recipe.adaptation).hide(batch)
    asked = hidden.batch.asked
    assert asked is not None

    logits = forward_of(model)(hidden.batch)
    logits.square().sum().backward()
    ours = {name: weights.grad for name, weights in model.named_parameters()}
    model.zero_grad()
    whole = model(
        input_ids=hidden.batch.input_ids, attention_mask=hidden.batch.attention_mask
    ).logits
    rows = torch.arange(len(TEXTS))[:, None].expand_as(asked.positions)
    plain = whole[rows[asked.are_there], asked.positions[asked.are_there]]
    plain.square().sum().backward()

    assert logits.shape == (len(hidden.targets), len(encoder.tokenizer))
    assert torch.allclose(logits, plain, atol=1e-5)
    for name, weights in model.named_parameters():
        if weights.grad is not None:
            mine = ours[name]
            assert mine is not None
            assert torch.allclose(mine, weights.grad, atol=1e-4), name


def test_a_text_in_windows_is_asked_in_each_of_them(tiny_encoder: Path) -> None:
    windows = {"data.max_tokens": 8, "data.truncation": "windows"}
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder), **windows})
    encoder = load_masked(recipe)
    masking = Masking.of(encoder, recipe.adaptation)
    tokens = encoder.tokenize(["the film is a very warm and clever story with a bright plot"])
    batch = make_batch(tokens, np.arange(1), encoder.pad_id)
    hidden = masking.hide(batch)
    assert batch.windows == 3
    assert len(hidden.targets) == masking.counts(tokens)[0] == 3
    assert forward_of(encoder.model)(hidden.batch).shape == (3, len(encoder.tokenizer))
