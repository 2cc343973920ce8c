from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tiny import write_reviews

from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.tuning import final
from newtrick.tuning.outcome import StudyOutcome
from newtrick.tuning.plan import Budget
from newtrick.tuning.space import Choices, Range, Space
from newtrick.tuning.study import Study, begin_study
from newtrick.tuning.work import work

SPACE = Space(
    {
        "training.learning_rate": Range(0.001, 0.05, log=True),
        "training.warmup_share": Choices((0.0, 0.1)),
    }
)
TWO_STEPS: dict[str, object] = {
    "data.max_tokens": 32,
    "training.learning_rate": 0.002,
    "training.train_batch_size": 84,
    "training.epochs": 1.0,
    "training.precision": "float32",
}


def two_steps(data: Path, encoder: Path, **more: object) -> Recipe:
    """A recipe whose training takes two steps."""
    inputs = {"data.source": str(data), "model.name": str(encoder)}
    changed = {key.replace("__", "."): value for key, value in more.items()}
    return Recipe().with_settings(inputs | TWO_STEPS | changed)


def begin(recipe: Recipe, out: Path, trials: int = 4) -> Study:
    """A study that was begun in a folder, with no trial yet."""
    budget = Budget(trials=trials)
    return begin_study(recipe, SPACE, budget, out=out, accept=(), watcher=Watcher())


@dataclass(frozen=True)
class TinyStudy:
    """A study that is done: what it was given, and what it found."""

    study: Study
    outcome: StudyOutcome
    data: Path
    encoder: Path


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> TinyStudy:
    """Eight trials of the tiny encoder on easy reviews, and the best one again on two seeds."""
    folder = tmp_path_factory.mktemp("study")
    data = write_reviews(folder / "reviews.csv", rows=200)
    recipe = two_steps(data, tiny_encoder, training__epochs=6.0)
    study = begin(recipe, folder / "study", trials=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(final, "SEEDS", 2)
        outcome = work(study, Watcher())
    assert outcome is not None
    return TinyStudy(study, outcome, data, tiny_encoder)
