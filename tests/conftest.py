"""A home of its own for each test, no network, and a tiny random encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tests.tiny import QUICK, build_encoder, write_pairs, write_reviews

from newtrick.pipeline import Run, train


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models are quicker without threads that wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """No test reaches the user's caches or a hub; slow tests may use the caches."""
    monkeypatch.chdir(tmp_path)
    if request.node.get_closest_marker("slow"):
        return
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "home" / "cache" / "newtrick"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home" / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A csv file of 240 easy reviews."""
    return write_reviews(tmp_path / "reviews.csv")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny random BERT."""
    return build_encoder(tmp_path_factory.mktemp("encoder") / "tiny-bert")


@pytest.fixture(scope="session")
def encoder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make the folder of a tiny random encoder of any type in `MODELS`."""
    made: dict[str, Path] = {}

    def make(model_type: str) -> Path:
        if model_type not in made:
            folder = tmp_path_factory.mktemp("encoders") / f"tiny-{model_type}"
            made[model_type] = build_encoder(folder, model_type)
        return made[model_type]

    return make


@dataclass(frozen=True)
class TinyRun:
    """A finished run: what it was given, and what it gave."""

    run: Run
    data: Path
    encoder: Path


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> TinyRun:
    """A training of the tiny encoder on easy reviews, that went well."""
    folder = tmp_path_factory.mktemp("run")
    data = write_reviews(folder / "reviews.csv", rows=600)
    run = train(data, model=tiny_encoder, settings=QUICK, out=folder / "run")
    return TinyRun(run, data, tiny_encoder)


@pytest.fixture(scope="session")
def tiny_pairs_run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> TinyRun:
    """A training of the tiny encoder on pairs of texts, that went well."""
    folder = tmp_path_factory.mktemp("pairs")
    data = write_pairs(folder / "pairs.csv", rows=600)
    settings = QUICK | {"data.pair_column": "reply"}
    run = train(data, model=tiny_encoder, settings=settings, out=folder / "run")
    return TinyRun(run, data, tiny_encoder)
