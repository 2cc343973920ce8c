"""Runs that learn from texts without labels, as an earlier run answers them."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.conftest import TinyRun
from tests.tiny import (
    QUICK,
    make_reviews,
    make_topics,
    write_csv,
    write_pairs,
    write_reviews,
    write_topics,
)

from newtrick import Recipe, Run, TextClassifier, load, train
from newtrick.data.dataset import Note
from newtrick.data.load import load_dataset
from newtrick.data.split import text_key_hashes
from newtrick.distillation.teacher import Teacher
from newtrick.encoder.save import read_trained_on
from newtrick.errors import DataError, Interrupted, ModelError, RecipeError, UsageError
from newtrick.hashing import file_sha256
from newtrick.journal import Event, Plan, Step, read_events
from newtrick.planning import plan
from newtrick.progress import Watcher
from newtrick.recipe_files import load_recipe
from newtrick.training.plan import Forecast

NEW = list(dict.fromkeys(text for text, _ in make_reviews(500, seed=7)))
SHORT = QUICK | {"training.epochs": 1.0}


def write_texts(path: Path, texts: list[str]) -> Path:
    path.write_text("\n".join(texts), "utf-8")
    return path


def taught(tiny_run: TinyRun, folder: Path, watcher: Watcher | None = None, **changes: Any) -> Run:
    """Train on the data of `tiny_run` with it as the teacher, in so far as nothing is changed."""
    given: dict[str, Any] = {
        "source": str(write_texts(folder / "texts.txt", NEW[:100])),
        "teacher": str(tiny_run.run.folder),
    }
    data, settings = changes.pop("data", tiny_run.data), changes.pop("settings", {})
    lessons = {f"distillation.{name}": value for name, value in (given | changes).items()}
    return train(
        data,
        model=tiny_run.encoder,
        settings=SHORT | lessons | settings,
        out=folder / "run",
        watcher=watcher,
    )


@pytest.fixture(scope="module")
def student(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on the data of its teacher, with new texts and all of its own to learn from."""
    folder = tmp_path_factory.mktemp("student")
    own = pl.read_csv(tiny_run.data)["text"].to_list()
    source = write_texts(folder / "all.txt", NEW + own)
    return taught(tiny_run, folder, source=str(source))


def hashes(texts: list[str]) -> pl.Series:
    return text_key_hashes(pl.DataFrame({"text": texts}))


def told(run: Run) -> str:
    return " ".join(note.message for note in run.notes)


def test_a_student_comes_closer_to_its_teacher_than_one_without_lessons(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "others.csv", rows=120, seed=11)
    few = {"training.epochs": 4.0}
    source = str(write_texts(tmp_path / "many.txt", NEW[:300]))
    pupil = taught(tiny_run, tmp_path, data=data, source=source, settings=few)
    alone = train(data, model=tiny_run.encoder, settings=SHORT | few, out=tmp_path / "alone")
    teacher, first, second = (
        load(run.folder).predict_proba(NEW[300:]) for run in (tiny_run.run, alone, pupil)
    )
    assert np.abs(second - teacher).mean() < 0.5 * np.abs(first - teacher).mean()


def test_texts_of_scored_rows_are_kept_out_and_that_is_told(
    student: Run, tiny_run: TinyRun
) -> None:
    own = hashes(pl.read_csv(tiny_run.data)["text"].to_list())
    teacher = read_trained_on(tiny_run.run.folder / "model")["hash"]
    test = own.filter(~own.is_in(teacher.implode()))
    learned = read_trained_on(student.folder / "model")
    assert len(test) > 100
    assert not test.is_in(learned["hash"].implode()).any()
    chosen_by = learned.filter(pl.col("split") == "validation")["hash"]
    trained = learned.filter(pl.col("split") == "train")["hash"]
    assert not chosen_by.is_in(trained.implode()).any()
    for split in ("validation", "test"):
        assert f"of the {split} split, and" in told(student)


def test_card_and_model_say_what_was_learned_from(student: Run) -> None:
    card = (student.folder / "model" / "README.md").read_text("utf-8")
    assert "without labels (all) are learned as" in card
    learned = read_trained_on(student.folder / "model")["hash"]
    assert hashes(NEW).is_in(learned.implode()).sum() > 0.9 * len(NEW)


def test_an_epoch_sees_the_labelled_rows_and_the_texts(student: Run) -> None:
    events = read_events(student.folder / "journal.jsonl")
    begun = next(event for event in events if isinstance(event, Plan))
    assert begun.rows > student.result.data.train_rows + 300


def test_a_dry_run_counts_the_texts_and_asks_nobody(
    student: Run, tiny_run: TinyRun, tmp_path: Path
) -> None:
    watcher = Watched()
    forecast = planned(tiny_run, write_texts(tmp_path / "texts.txt", NEW[:320]), watcher)
    alone = -(-student.result.data.train_rows // 16)
    assert alone < forecast.steps <= alone + 20
    assert not watcher.asked


def planned(tiny_run: TinyRun, source: Path, watcher: Watcher) -> Forecast:
    """What a training with some texts would take."""
    given = {
        "data.source": str(tiny_run.data),
        "model.name": str(tiny_run.encoder),
        "distillation.source": str(source),
        "distillation.teacher": str(tiny_run.run.folder),
    }
    return plan(Recipe().with_settings(SHORT | given), (), watcher)


class Watched(Watcher):
    """Sees what is told and which teachers are asked, and ends the run at a step."""

    def __init__(self, stop_at: int | None = None) -> None:
        self._stop_at = stop_at
        self._stage = ""
        self.asked: set[str] = set()
        self.notes: list[str] = []

    def stage(self, title: str, total: int | None = None) -> None:
        del total
        self._stage = title

    def advance(self, done: int) -> None:
        del done
        if self._stage.startswith("Asking the teacher"):
            self.asked.add(self._stage)

    def note(self, note: Note) -> None:
        self.notes.append(note.message)

    def event(self, event: Event) -> None:
        if isinstance(event, Step) and event.step == self._stop_at:
            signal.raise_signal(signal.SIGTERM)


def test_a_resumed_student_ends_with_the_same_weights_and_asks_nobody_again(
    student: Run, tiny_run: TinyRun, tmp_path: Path
) -> None:
    stopped, resumed = Watched(stop_at=10), Watched()
    with pytest.raises(Interrupted):
        taught(tiny_run, tmp_path, stopped, source=str(student.folder.parent / "all.txt"))
    train(resume=tmp_path / "run", watcher=resumed)
    assert stopped.asked
    assert not resumed.asked
    first, second = (
        file_sha256(folder / "model" / "model.safetensors")
        for folder in (student.folder, tmp_path / "run")
    )
    assert first == second


def test_a_run_whose_texts_have_changed_is_not_resumed(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        taught(tiny_run, tmp_path, Watched(stop_at=3))
    write_texts(tmp_path / "texts.txt", NEW[100:200])
    with pytest.raises(UsageError, match="distillation: texts was"):
        train(resume=tmp_path / "run")


def test_several_teachers_are_all_asked(student: Run, tiny_run: TinyRun, tmp_path: Path) -> None:
    watcher = Watched()
    both = (str(tiny_run.run.folder), str(student.folder / "model"))
    run = taught(tiny_run, tmp_path, watcher, teacher=both)
    assert len(watcher.asked) == 2
    assert f"{both[0]} and {both[1]} answer them" in told(run)


def test_texts_may_be_answered_with_any_number_of_labels(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_topics(tmp_path / "topics.jsonl", rows=200)
    teacher = train(data, model=tiny_encoder, settings=SHORT, out=tmp_path / "teacher")
    texts = [text for text, _ in make_topics(80, seed=5)]
    lessons = {
        "distillation.source": str(write_texts(tmp_path / "texts.txt", texts)),
        "distillation.teacher": str(teacher.folder),
        "distillation.weigh_by": "confidence",
        "distillation.temperature": 2.0,
    }
    run = train(data, model=tiny_encoder, settings=SHORT | lessons, out=tmp_path / "run")
    assert run.result.task == "multi_label"
    assert "80 texts without labels" in told(run)


def test_labels_beside_the_texts_are_not_read_and_that_is_told(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    rows = [("text", "label"), *((text, "pos") for text in NEW[:100])]
    watcher = Watched()
    planned(tiny_run, write_csv(tmp_path / "labelled.csv", rows), watcher)
    assert any("looks like labels, which are not read" in note for note in watcher.notes)


def test_too_few_texts_are_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    source = str(write_texts(tmp_path / "few.txt", NEW[:5]))
    with pytest.raises(DataError, match="too few texts"):
        taught(tiny_run, tmp_path, source=source)
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_a_teacher_that_is_not_there_is_refused_before_anything_is_read(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="no such model"):
        taught(tiny_run, tmp_path, teacher="runs/nowhere", data=tmp_path / "nothing.csv")


def test_a_teacher_without_a_head_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no trained classification head"):
        taught(tiny_run, tmp_path, teacher=str(tiny_run.encoder))


def test_a_teacher_of_other_labels_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    named = {"neg": "no", "pos": "yes"}
    rows = [("text", "label"), *((t, named[label]) for t, label in make_reviews(200, seed=3))]
    data = write_csv(tmp_path / "others.csv", rows)
    with pytest.raises(ModelError, match="knows other labels") as caught:
        taught(tiny_run, tmp_path, data=data)
    assert "neg, pos" in str(caught.value)


def test_a_teacher_of_one_label_is_refused_where_a_text_has_several(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    data = write_topics(tmp_path / "topics.jsonl", rows=200)
    with pytest.raises(ModelError, match="one label, and the data any number"):
        taught(tiny_run, tmp_path, data=data)


def test_a_teacher_that_was_trained_on_scored_rows_is_refused(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="trained on rows of this run's validation split"):
        taught(tiny_run, tmp_path, settings={"data.split_seed": 7})


def test_a_row_that_copies_one_of_another_split_of_the_run_is_left_to_the_audit(
    tiny_run: TinyRun,
) -> None:
    recipe = load_recipe(tiny_run.run.folder / "recipe.toml")
    dataset = load_dataset(recipe.data, seed=recipe.data.split_seed)
    for split in (dataset.train, dataset.validation):
        leaky = replace(dataset, test=pl.concat([dataset.test, split.head(1)]))
        assert Teacher.find(str(tiny_run.run.folder), leaky).notes == ()
    without = replace(dataset, validation=dataset.validation.slice(1))
    leaky = replace(without, test=pl.concat([dataset.test, dataset.validation.head(1)]))
    with pytest.raises(ModelError, match="trained on rows of this run's test split"):
        Teacher.find(str(tiny_run.run.folder), leaky)


def test_of_a_teacher_that_does_not_say_what_it_was_trained_on_that_is_told(
    student: Run, tiny_run: TinyRun, tmp_path: Path
) -> None:
    model = load(student.folder).encoder
    model.model.save_pretrained(tmp_path / "teacher")
    model.tokenizer.save_pretrained(tmp_path / "teacher")
    run = taught(tiny_run, tmp_path, teacher=str(tmp_path / "teacher"))
    assert "It is not known whether" in told(run)


def test_a_teacher_of_pairs_is_refused(
    tiny_pairs_run: TinyRun, tiny_run: TinyRun, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="reads pairs"):
        taught(tiny_run, tmp_path, teacher=str(tiny_pairs_run.run.folder))


@pytest.mark.parametrize("missing", ["source", "teacher"])
def test_texts_without_a_teacher_and_a_teacher_without_texts_are_refused(
    tiny_run: TinyRun, tmp_path: Path, missing: str
) -> None:
    with pytest.raises(RecipeError, match=f"--set distillation.{missing}="):
        taught(tiny_run, tmp_path, **{missing: None})


def test_standard_input_is_not_read_for_each_seed(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can be read once"):
        taught(tiny_run, tmp_path, source="-", settings={"training.seeds": 2})


def test_pairs_are_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "pairs.csv")
    with pytest.raises(RecipeError, match="pair-column"):
        taught(tiny_run, tmp_path, data=data, settings={"data.pair_column": "reply"})


@pytest.mark.parametrize("section", ["adaptation", "distillation"])
def test_the_estimator_refuses_a_setting_that_it_cannot_follow(
    tiny_run: TinyRun, section: str
) -> None:
    settings = {f"{section}.source": "texts.txt"}
    with pytest.raises(RecipeError, match="TextClassifier learns from"):
        TextClassifier(str(tiny_run.encoder), settings=settings).fit(NEW[:20], ["a", "b"] * 10)
