"""Several seeds of a recipe: one model is kept, and the spread of all is told."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import QUICK, write_reviews

from newtrick.errors import Stopped
from newtrick.evaluation.compare import compare
from newtrick.evaluation.saved import read_predictions
from newtrick.evaluation.scores import Scores, SeedScores
from newtrick.hashing import file_sha256
from newtrick.journal import Event, Step
from newtrick.pipeline import Run, train
from newtrick.progress import Watcher

SHORT = QUICK | {"training.epochs": 2.0}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Run:
    folder = tmp_path_factory.mktemp("seeds")
    data = write_reviews(folder / "reviews.csv", rows=120)
    settings = SHORT | {"training.seeds": 2}
    return train(data, model=tiny_encoder, settings=settings, out=folder / "run")


def test_the_run_is_that_of_the_first_seed_beside_the_figures_of_all(several: Run) -> None:
    seeds = several.result.seeds
    assert seeds is not None
    assert seeds.seeds == (42, 43)
    assert seeds.accuracy[0] == several.result.test.accuracy
    assert seeds.mean_accuracy == pytest.approx(sum(seeds.accuracy) / 2)
    assert seeds.best_lead == pytest.approx(max(seeds.accuracy) - seeds.mean_accuracy)


def test_each_other_seed_is_a_run_of_its_own_without_checkpoints(several: Run) -> None:
    [other] = (several.folder / "seeds").iterdir()
    assert other.name == "43"
    assert (other / "result.json").is_file()
    assert not (other / "checkpoints").exists()
    weights = [run / "model" / "model.safetensors" for run in (several.folder, other)]
    assert file_sha256(weights[0]) != file_sha256(weights[1])


def test_seeds_share_their_test_rows_so_they_can_be_compared(several: Run) -> None:
    runs = [several.folder, several.folder / "seeds" / "43"]
    comparison = compare([read_predictions(str(run)) for run in runs])
    assert comparison.rows == several.result.test.rows
    (versus,) = comparison.against_first
    assert versus.same_recipe
    told = versus.model_copy(update={"better": versus.other}).verdict
    assert "differ in their seeds: it is the luck of a training" in told


def test_runs_of_two_recipes_are_not_taken_for_two_seeds(
    several: Run, tiny_encoder: Path, tmp_path: Path
) -> None:
    data, settings = several.folder.parent / "reviews.csv", SHORT | {"training.epochs": 1.0}
    run = train(data, model=tiny_encoder, settings=settings, out=tmp_path / "run")
    (versus,) = compare(
        [read_predictions(str(each.folder)) for each in (several, run)]
    ).against_first
    assert not versus.same_recipe


class Second(Watcher):
    """Does something in the fifth step of the second training."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act, self.trainings = act, 0

    def event(self, event: Event) -> None:
        if isinstance(event, Step):
            self.trainings += event.step == 1
            if self.trainings == 2 and event.step == 5:
                self.act()


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def spoil_the_weights() -> None:
    frame = sys._getframe()
    while "stepper" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    with torch.no_grad():
        for weights in frame.f_locals["model"].parameters():
            weights.fill_(float("nan"))


def test_ctrl_c_in_another_seed_is_gone_on_with_from_there(
    several: Run, tiny_encoder: Path, tmp_path: Path
) -> None:
    data, out = several.folder.parent / "reviews.csv", tmp_path / "run"
    settings = SHORT | {"training.seeds": 2}
    with pytest.raises(Stopped) as caught:
        train(data, model=tiny_encoder, settings=settings, out=out, watcher=Second(press_ctrl_c))
    assert str(caught.value).count("--resume") == 1
    assert f"newtrick train --resume {out}" in str(caught.value)
    run = train(resume=out)
    assert run.result.seeds is not None
    assert several.result.seeds is not None
    assert run.result.seeds.accuracy == several.result.seeds.accuracy


def test_a_seed_whose_training_is_lost_is_told_and_ends_nothing(
    several: Run, tiny_encoder: Path, tmp_path: Path
) -> None:
    data, settings = several.folder.parent / "reviews.csv", SHORT | {"training.seeds": 2}
    watcher = Second(spoil_the_weights)
    run = train(data, model=tiny_encoder, settings=settings, out=tmp_path / "run", watcher=watcher)
    assert run.result.seeds is not None
    assert (run.result.seeds.seeds, run.result.seeds.lost) == ((42,), (43,))


def test_one_run_alone_has_no_spread(tiny_run: TinyRun) -> None:
    assert tiny_run.run.result.seeds is None
    assert "seeds" not in tiny_run.run.result.model_dump(exclude_none=True)


def scores(accuracy: float) -> Scores:
    return Scores(
        rows=100, accuracy=accuracy, accuracy_interval=(accuracy, accuracy), macro_f1=accuracy
    )


def test_a_lost_seed_is_named_and_not_averaged() -> None:
    seeds = SeedScores.of({1: scores(0.8), 2: None, 3: scores(0.9)})
    assert seeds.seeds == (1, 3)
    assert seeds.lost == (2,)
    assert seeds.mean_accuracy == pytest.approx(0.85)
    assert seeds.accuracy_spread == pytest.approx(0.0707, abs=1e-4)


def test_of_a_single_seed_there_is_no_spread() -> None:
    seeds = SeedScores.of({1: scores(0.8), 2: None})
    assert seeds.accuracy_spread is None
    assert seeds.best_lead == 0
