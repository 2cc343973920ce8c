from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import make_reviews

from newtrick.data.dataset import LabelSet
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.recipe import Recipe

TEXTS = [text for text, _ in make_reviews(50)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tokens"


def encoder(folder: Path, **settings: object) -> Encoder:
    named = {f"data.{name}": value for name, value in settings.items()}
    recipe = Recipe().with_settings({"model.name": str(folder), **named})
    return load_encoder(recipe, LabelSet.of(("a", "b")))


def entries(cache: Path) -> list[Path]:
    return [entry for entry in cache.iterdir() if entry.is_dir()]


@pytest.mark.parametrize("keep", ["head", "windows"])
def test_what_comes_from_disk_is_what_was_made(tiny_encoder: Path, cache: Path, keep: str) -> None:
    reader = encoder(tiny_encoder, max_tokens=8, truncation=keep)
    made = reader.tokenize(TEXTS)
    for _ in range(2):
        found = reader.tokenize_once(TEXTS)
        assert isinstance(found.flat, np.memmap)
        for part in fields(TokenIds):
            np.testing.assert_array_equal(getattr(found, part.name), getattr(made, part.name))
    assert len(entries(cache)) == 1


def test_other_texts_and_other_truncation_are_other_entries(
    tiny_encoder: Path, cache: Path
) -> None:
    reader = encoder(tiny_encoder, max_tokens=8)
    reader.tokenize_once(TEXTS)
    reader.tokenize_once(TEXTS[::-1])
    encoder(tiny_encoder, max_tokens=8, truncation="tail").tokenize_once(TEXTS)
    assert len(entries(cache)) == 3
    for most in (2, 3):
        windows = encoder(tiny_encoder, max_tokens=8, truncation="windows", max_windows=most)
        windows.tokenize_once(TEXTS)
    assert len(entries(cache)) == 5


def test_a_setting_that_changes_nothing_makes_no_entry(tiny_encoder: Path, cache: Path) -> None:
    for most in (2, 3):
        encoder(tiny_encoder, max_tokens=8, max_windows=most).tokenize_once(TEXTS)
    assert len(entries(cache)) == 1


def test_a_damaged_entry_is_made_again(tiny_encoder: Path, cache: Path) -> None:
    reader = encoder(tiny_encoder)
    made = np.array(reader.tokenize_once(TEXTS).flat)
    [file] = cache.rglob("flat.npy")
    file.write_bytes(file.read_bytes()[:-8])
    np.testing.assert_array_equal(reader.tokenize_once(TEXTS).flat, made)


def test_a_cache_that_cannot_be_written_does_no_harm(
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "file"))
    assert len(encoder(tiny_encoder).tokenize_once(TEXTS)) == len(TEXTS)
    assert "not cached" in caplog.text
