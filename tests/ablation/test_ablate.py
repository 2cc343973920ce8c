"""An ablation from the data to the table, with a tiny encoder."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch
from tests.tiny import QUICK, write_csv, write_reviews, write_topics

from newtrick import train
from newtrick.ablation.ablate import Ablated, ablate, resume_ablation
from newtrick.errors import (
    AuditRefused,
    Stopped,
    StorageError,
    TrainingBrokeDown,
    TrainingLost,
    UsageError,
)
from newtrick.evaluation.ablation import Ablation
from newtrick.journal import Event, Step, read_events
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, input_settings
from newtrick.report.ablation import ablation_in_words
from newtrick.training import loop

SHORT = "training.epochs=0.2"


def recipe_of(data: Path, model: Path, **settings: object) -> Recipe:
    short = {"training.epochs": 4.0, "training.learning_rate": 0.01, "training.seeds": 2}
    alone = {"blend.enabled": False}
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    given = input_settings(data, None, model)
    return Recipe().with_settings({**QUICK, **short, **alone, **given, **changed})


class Stages(Watcher):
    """Keeps the titles of the stages."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def stage(self, title: str, total: int | None = None) -> None:  # noqa: ARG002
        self.titles.append(title)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reviews(tmp_path_factory.mktemp("ablation") / "reviews.csv", rows=240)


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages()


@pytest.fixture(scope="module")
def ablated(data: Path, tiny_encoder: Path, stages: Stages) -> Ablated:
    recipe = recipe_of(data, tiny_encoder)
    return ablate(recipe, [f"warm-up,{SHORT}"], out=data.parent / "run", watcher=stages)


def test_a_step_that_brings_something_is_told_from_one_that_brings_nothing(
    ablated: Ablated,
) -> None:
    warmup, epochs = ablated.ablation.steps
    assert (warmup.step, warmup.helps) == ("warm-up", None)
    assert (epochs.step, epochs.helps) == (SHORT, True)
    assert (epochs.with_value, epochs.without_value) == (4.0, 0.2)
    assert epochs.accuracy is not None
    assert epochs.accuracy.interval[0] > 0
    assert epochs.loss is not None
    assert epochs.loss.difference < 0
    sentences = ablation_in_words(ablated.ablation)
    assert "warm-up cannot be told from nothing" in sentences[0]
    assert "training.epochs=4.0 in place of 0.2 brings +" in sentences[1]


def test_an_ablation_decides_on_validation_rows_and_scores_no_test_row(
    ablated: Ablated, stages: Stages
) -> None:
    assert ablated.ablation.scored_on == "validation"
    assert ablated.ablation.rows == 24
    assert any("Scoring the validation rows" in title for title in stages.titles)
    assert not any("test rows" in title for title in stages.titles)
    assert not list(ablated.folder.rglob("test.parquet"))


def test_every_recipe_is_trained_with_the_same_seeds_and_one_training_serves_all_steps(
    ablated: Ablated, stages: Stages
) -> None:
    folders = {str(path.parent.relative_to(ablated.folder)) for path in all_trained(ablated.folder)}
    names = ("with", "without-warm-up", f"without-{SHORT}")
    assert folders == {f"{name}/{seed}" for name in names for seed in (42, 43)}
    trainings = [title for title in stages.titles if title.endswith("Training")]
    assert trainings[:2] == ["Training", "Without warm-up, seed 42: Training"]
    assert len(trainings) == 6


def all_trained(folder: Path) -> list[Path]:
    return sorted(folder.rglob("trained.json"))


def test_what_it_came_to_is_written_as_json_and_as_markdown(ablated: Ablated) -> None:
    saved = Ablation.model_validate_json((ablated.folder / "ablation.json").read_text())
    assert saved == ablated.ablation
    page = (ablated.folder / "ablation.md").read_text()
    assert "| warm-up | " in page
    assert "no test row was scored" in page
    assert f"newtrick train --resume {ablated.folder / 'without-warm-up' / '42'}" in page


def test_the_recipe_that_is_chosen_is_scored_on_the_test_rows_without_being_trained_again(
    ablated: Ablated,
) -> None:
    stages = Stages()
    run = train(resume=ablated.folder / "with" / "42", watcher=stages)
    (warmup, _) = ablated.ablation.steps
    assert warmup.accuracy is not None
    assert run.result.validation.accuracy == warmup.accuracy.with_step[0]
    assert run.result.test.rows == 48
    assert stages.titles.count("Scoring the test rows") == 1
    steps = [
        event for event in read_events(run.folder / "journal.jsonl") if isinstance(event, Step)
    ]
    assert len({step.step for step in steps}) == len(steps)


def test_without_a_number_of_seeds_there_are_three(data: Path, tiny_encoder: Path) -> None:
    recipe = recipe_of(data, tiny_encoder, training__seeds=1, training__epochs=0.1)
    ablation = ablate(recipe, ["warm-up"], out=data.parent / "three").ablation
    assert ablation.seeds == (42, 43, 44)


class InTraining(Watcher):
    """Does something in the third step of a training, counted from 1."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self.number, self.act, self.trainings = number, act, 0

    def event(self, event: Event) -> None:
        if isinstance(event, Step):
            self.trainings += event.step == 1
            if self.trainings == self.number and event.step == 3:
                self.act()


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_ablation_that_was_stopped_goes_on_and_keeps_what_was_trained(
    data: Path, tiny_encoder: Path, ablated: Ablated, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    recipe, watcher = recipe_of(data, tiny_encoder), InTraining(3, press_ctrl_c)
    with pytest.raises(Stopped) as caught:
        ablate(recipe, ["warm-up"], out=out, watcher=watcher)
    assert str(caught.value).count("--resume") == 1
    assert f"newtrick train --resume {out}" in str(caught.value)
    done = {path: path.stat().st_mtime_ns for path in all_trained(out)}
    assert len(done) == 2
    with pytest.raises(UsageError, match="This is an ablation"):
        train(resume=out)

    (step,) = resume_ablation(out).ablation.steps
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert step.accuracy is not None
    assert ablated.ablation.steps[0].accuracy is not None
    assert step.accuracy == ablated.ablation.steps[0].accuracy
    assert step.loss == ablated.ablation.steps[0].loss
    assert resume_ablation(out).ablation.steps == (step,)


def test_an_ablation_does_not_go_on_with_other_rows(tiny_encoder: Path, tmp_path: Path) -> None:
    data, out = write_reviews(tmp_path / "reviews.csv", rows=100), tmp_path / "run"
    recipe, watcher = recipe_of(data, tiny_encoder), InTraining(2, press_ctrl_c)
    with pytest.raises(Stopped):
        ablate(recipe, ["warm-up"], out=out, watcher=watcher)
    write_reviews(data, rows=100, seed=1)
    with pytest.raises(UsageError, match="has changed"):
        resume_ablation(out)


def test_a_training_that_comes_to_nothing_is_told_and_ends_nothing(
    data: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = loop.train

    def lost(encoder: object, *others: object, **named: object) -> object:
        settings = others[3]
        if (settings.warmup_share, settings.seed) == (0.0, 43):  # type: ignore[attr-defined]
            with torch.no_grad():
                for weights in encoder.model.parameters():  # type: ignore[attr-defined]
                    weights.fill_(float("nan"))
        return taken(encoder, *others, **named)  # type: ignore[arg-type, type-var]

    monkeypatch.setattr(loop, "train", lost)
    recipe = recipe_of(data, tiny_encoder, training__epochs=0.5)
    (step,) = ablate(recipe, ["warm-up"], out=tmp_path / "run").ablation.steps
    assert (step.without_step.seeds, step.without_step.lost) == ((42,), (43,))
    assert (step.accuracy, step.helps) == (None, None)
    assert "cannot be judged" in step_words(tmp_path / "run")
    assert "Without warm-up, the training with seed 43 came to nothing." in step_words(
        tmp_path / "run"
    )


def step_words(folder: Path) -> str:
    return (folder / "ablation.md").read_text()


def test_a_step_that_changes_the_validation_rows_is_refused_before_anything_is_trained(
    data: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="validation rows are not the same") as caught:
        ablate(recipe_of(data, tiny_encoder), ["data.split_seed=7"], out=tmp_path / "run")
    assert "newtrick compare" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_fixes_of_training_rows_can_be_ablated(tiny_encoder: Path, tmp_path: Path) -> None:
    data = write_reviews(tmp_path / "reviews.csv", rows=120)
    data.write_text(data.read_text() + "a lovely superb film,pos\n" * 30)
    recipe = recipe_of(data, tiny_encoder, data__fix="duplicates", training__epochs=0.5)
    (step,) = ablate(recipe, ["fixes"], out=tmp_path / "run").ablation.steps
    assert (step.with_value, step.without_value) == (["duplicates"], [])
    rows = [
        json.loads((tmp_path / "run" / name / "42" / "manifest.json").read_text())["data"]["train"]
        for name in ("with", "without-fixes")
    ]
    assert rows[0] != rows[1]


def test_of_data_that_the_audit_refuses_nothing_is_left(
    data: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    test = write_csv(tmp_path / "test.csv", [("text", "label"), *[("a film", "pos")] * 40])
    recipe = recipe_of(data, tiny_encoder).with_settings({"data.test_source": str(test)})
    with pytest.raises(AuditRefused, match="one-class"):
        ablate(recipe, ["warm-up"], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_several_labels_are_judged_by_their_micro_f1(tiny_encoder: Path, tmp_path: Path) -> None:
    data = write_topics(tmp_path / "topics.jsonl", rows=200)
    recipe = recipe_of(data, tiny_encoder, training__epochs=1.0)
    ablated = ablate(recipe, ["warm-up"], out=tmp_path / "run")
    (step,) = ablated.ablation.steps
    assert step.deciding is step.micro_f1
    assert step.macro_f1 is not None
    run = train(resume=ablated.folder / "with" / "42")
    assert step.micro_f1 is not None
    assert step.micro_f1.with_step[0] == pytest.approx(run.result.validation.micro_f1)
    assert step.macro_f1.with_step[0] == pytest.approx(run.result.validation.macro_f1)


def test_an_ablation_takes_no_folder_that_holds_something(ablated: Ablated, data: Path) -> None:
    with pytest.raises(StorageError, match="exists already"):
        ablate(recipe_of(data, data), ["warm-up"], out=ablated.folder)


def test_standard_input_cannot_be_read_twice(tiny_encoder: Path) -> None:
    with pytest.raises(UsageError, match="write it to a file"):
        ablate(recipe_of(Path("-"), tiny_encoder), ["warm-up"])


def test_predictions_of_the_trainings_can_be_compared_row_by_row(ablated: Ablated) -> None:
    with_it, without = (
        pl.read_parquet(ablated.folder / name / "42" / "predictions" / "validation.parquet")
        for name in ("with", f"without-{SHORT}")
    )
    assert with_it["id"].to_list() == without["id"].to_list()


def test_an_encoder_is_adapted_once_for_all_seeds_and_its_minutes_count_for_each(
    data: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(
        data,
        tiny_encoder,
        training__epochs=0.2,
        adaptation__source=str(data),
        adaptation__epochs=1.0,
    )
    ablated = ablate(recipe, ["adapt"], out=tmp_path / "run")
    (step,) = ablated.ablation.steps
    adapted = [path.parent for path in sorted(ablated.folder.glob("*/*/adaptation"))]
    assert adapted == [ablated.folder / "with" / "42"]
    result = json.loads((adapted[0] / "adaptation" / "result.json").read_text())
    assert min(step.with_step.seconds) > result["training"]["seconds"]
    assert step.without_value is None


def test_an_adaptation_that_breaks_down_ends_the_ablation_and_says_so(
    data: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = loop.train

    def broken(encoder: object, *others: object, **named: object) -> object:
        with torch.no_grad():
            for weights in encoder.model.parameters():  # type: ignore[attr-defined]
                weights.fill_(float("nan"))
        return taken(encoder, *others, **named)  # type: ignore[arg-type, type-var]

    monkeypatch.setattr(loop, "train", broken)
    recipe = recipe_of(data, tiny_encoder, adaptation__source=str(data))
    with pytest.raises((TrainingLost, TrainingBrokeDown)):
        ablate(recipe, ["adapt"], out=tmp_path / "run")


def test_an_ablation_with_an_adaptation_goes_on_in_a_folder_that_was_named_from_here(
    data: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    adapting = {"adaptation__source": str(data), "adaptation__epochs": 0.5}
    recipe = recipe_of(data, tiny_encoder, training__epochs=0.5, **adapting)
    with pytest.raises(Stopped):  # in the last of the adaptation and four trainings
        ablate(recipe, ["adapt"], out=Path("run"), watcher=InTraining(5, press_ctrl_c))
    (step,) = resume_ablation(Path("run")).ablation.steps
    assert step.with_step.seeds == step.without_step.seeds == (42, 43)


def test_a_blend_is_judged_by_what_it_answers(
    data: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(data, tiny_encoder, training__epochs=0.2, blend__enabled=True)
    (step,) = ablate(recipe, ["blend"], out=tmp_path / "run").ablation.steps
    assert step.helps is True
    assert step.accuracy is not None
    assert step.accuracy.interval[0] > 0
