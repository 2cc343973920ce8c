"""The untrained encoder as a baseline: what its vectors tell a logistic regression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.baseline.test_ladder import dataset
from tests.tiny import make_reviews

from newtrick.baseline.frozen import run_frozen
from newtrick.baseline.ladder import Baseline
from newtrick.data.dataset import Dataset, label_ids, texts
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.recipe import Recipe


@pytest.fixture
def data() -> Dataset:
    return dataset(make_reviews(200))


def ask(folder: Path, data: Dataset, **settings: object) -> tuple[Encoder, Baseline, list[int]]:
    changes = {f"data.{name}": value for name, value in settings.items()}
    encoder = load_encoder(
        Recipe().with_settings({"model.name": str(folder), **changes}), data.labels
    )
    tokens = {name: encoder.tokenize(texts(rows)) for name, rows in data.splits().items()}
    done: list[int] = []
    return encoder, run_frozen(encoder, tokens, label_ids(data.train), done.append), done


def test_it_is_better_than_chance_and_counts_the_texts(tiny_encoder: Path, data: Dataset) -> None:
    _, baseline, done = ask(tiny_encoder, data)
    assert (baseline.test.argmax(axis=1) == label_ids(data.test)).mean() > 0.8
    assert baseline.validation.shape == baseline.test.shape == (100, 2)
    assert done == sorted(done)
    assert done[-1] == 400


def test_the_encoder_is_left_as_it_was(tiny_encoder: Path, data: Dataset) -> None:
    encoder, *_ = ask(tiny_encoder, data)
    fresh = load_encoder(Recipe().with_settings({"model.name": str(tiny_encoder)}), data.labels)
    body = encoder.model.base_model.state_dict()
    for name, tensor in fresh.model.base_model.state_dict().items():
        assert torch.equal(body[name], tensor), name


def test_a_text_in_windows_has_one_vector(tiny_encoder: Path, data: Dataset) -> None:
    _, baseline, _ = ask(tiny_encoder, data, truncation="windows", max_tokens=6)
    assert baseline.test.shape == (100, 2)
    assert np.isfinite(baseline.test).all()
