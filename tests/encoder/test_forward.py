from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import MODELS, make_reviews
from transformers import PreTrainedModel

from newtrick.data.dataset import LabelSet
from newtrick.encoder.batches import Batch, make_batch
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.forward import forward_of
from newtrick.encoder.load import load_encoder
from newtrick.recipe import Recipe


def load(folder: Path, **settings: object) -> Encoder:
    recipe = Recipe().with_settings({"model.name": str(folder), **settings})
    encoder = load_encoder(recipe, LabelSet.of(("a", "b", "c")))
    for parameter in encoder.model.parameters():  # a random model hardly tells texts apart
        parameter.data.mul_(3) if parameter.ndim > 1 else parameter.data.add_(0.1)
    encoder.model.eval()
    return encoder


def batch_of(encoder: Encoder, rows: int) -> Batch:
    texts = [text for text, _ in make_reviews(40, seed=5)]
    return make_batch(encoder.tokenize(texts), np.arange(rows), encoder.pad_id)


def plain(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    logits: torch.Tensor = model(
        input_ids=batch.input_ids, attention_mask=batch.attention_mask
    ).logits
    return logits


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("rows", [1, 12])
def test_logits_are_those_of_the_plain_model(
    model_type: str, rows: int, encoder_of: Callable[[str], Path]
) -> None:
    encoder = load(encoder_of(model_type))
    batch = batch_of(encoder, rows)
    assert batch.is_padded == (rows > 1)
    ours, theirs = forward_of(encoder.model)(batch), plain(encoder.model, batch)
    assert theirs.std(dim=-1).min() > 1e-3  # of any use to be compared
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model_type", MODELS)
def test_gradients_are_those_of_the_plain_model(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    encoder = load(encoder_of(model_type))
    model, batch = encoder.model, batch_of(encoder, 12)
    gradients = []
    for forward in (forward_of(model), lambda batch: plain(model, batch)):
        model.zero_grad()
        forward(batch).square().mean().backward()
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    ours, theirs = gradients
    for name, gradient in theirs.items():
        mine = ours[name]
        if gradient is None:
            assert mine is None
        else:
            assert mine is not None
            torch.testing.assert_close(mine, gradient, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model_type", MODELS)
def test_a_text_in_windows_has_the_mean_of_their_logits_in_the_gradient_too(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    settings = {"data.truncation": "windows", "data.max_tokens": 6}
    encoder = load(encoder_of(model_type), **settings)
    model = encoder.model
    text = " ".join(text for text, _ in make_reviews(3, seed=5))
    tokens = encoder.tokenize([text, f"{text} film"])
    ours = forward_of(model)(make_batch(tokens, np.arange(2), encoder.pad_id))
    ours.square().mean().backward()
    gradient = gradient_of(model)

    model.zero_grad()
    singly = [
        torch.stack(
            [model(torch.from_numpy(window)[None]).logits[0] for window in tokens.windows_of(row)]
        ).mean(dim=0)
        for row in range(2)
    ]
    theirs = torch.stack(singly)
    theirs.square().mean().backward()
    assert tokens.windows.min() > 2
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(gradient, gradient_of(model), atol=1e-5, rtol=1e-4)


def gradient_of(model: PreTrainedModel) -> torch.Tensor:
    """The gradients of all weights, end to end."""
    gradients = [weights.grad for weights in model.parameters() if weights.grad is not None]
    return torch.cat([gradient.flatten() for gradient in gradients])


@pytest.mark.parametrize("model_type", ["bert", "roberta", "distilbert", "electra"])
def test_dropout_is_at_work_in_training_alone(
    model_type: str, encoder_of: Callable[[str], Path]
) -> None:
    encoder = load(encoder_of(model_type))
    batch, forward = batch_of(encoder, 12), forward_of(encoder.model)
    assert torch.equal(forward(batch), forward(batch))
    encoder.model.train()
    assert not torch.allclose(forward(batch), forward(batch), atol=1e-4)
