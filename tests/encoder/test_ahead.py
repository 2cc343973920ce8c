from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import make_reviews

from newtrick.data.dataset import LabelSet
from newtrick.encoder.ahead import TokensAhead
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError
from newtrick.recipe import Recipe

SPLITS = {
    name: [text for text, _ in make_reviews(rows, seed)]
    for seed, (name, rows) in enumerate({"train": 300, "validation": 40, "test": 80}.items())
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tokens"


@pytest.fixture
def encoder(tiny_encoder: Path) -> Encoder:
    recipe = Recipe().with_settings({"model.name": str(tiny_encoder)})
    return load_encoder(recipe, LabelSet.of(("a", "b")))


@pytest.mark.parametrize("workers", [0, 1, 2, 9])
@pytest.mark.usefixtures("cache")
def test_any_number_of_workers_makes_the_same_tokens(encoder: Encoder, workers: int) -> None:
    with TokensAhead(encoder, SPLITS, workers) as ahead:
        assert list(ahead) == list(SPLITS)
        found = dict(ahead)
    for name, texts in SPLITS.items():
        np.testing.assert_array_equal(found[name].flat, encoder.tokenize(texts).flat)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.usefixtures("cache")
def test_what_goes_wrong_is_told_to_whoever_asks(encoder: Encoder, workers: int) -> None:
    too_short = replace(encoder, truncation=Truncation(2, "head"))
    with (
        TokensAhead(too_short, SPLITS, workers) as ahead,
        pytest.raises(ModelError, match="no room"),
    ):
        ahead["test"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_no_thread_and_nothing_half_made(
    encoder: Encoder, cache: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr("newtrick.encoder.tokens._CHARACTERS_AT_ONCE", 10)
    before = threading.active_count()
    many = {name: texts * 100 for name, texts in SPLITS.items()}

    def has_begun() -> bool:
        return cache.is_dir() and any(path.suffix == ".part" for path in cache.iterdir())

    def interrupted() -> None:
        with TokensAhead(encoder, many, workers):
            while not has_begun():
                time.sleep(0.001)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert threading.active_count() <= before
    assert not [path for path in cache.iterdir() if path.is_dir()]
