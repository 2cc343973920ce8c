"""What a training refuses, and what it leaves behind then: nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews

from newtrick import train
from newtrick.errors import (
    AuditRefused,
    DataError,
    ModelError,
    RecipeError,
    StorageError,
    UsageError,
)


def test_bad_data_leaves_nothing_behind(tiny_encoder: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("text,label\n" + "a film,pos\n" * 50)
    with pytest.raises(DataError, match="class"):
        train(path, model=tiny_encoder, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_test_set_of_one_class_is_refused_by_name_unless_accepted(
    tiny_encoder: Path, tmp_path: Path, reviews: Path
) -> None:
    path = tmp_path / "test.csv"
    with path.open("w", newline="") as file:
        rows = [row for row in make_reviews(80, seed=9) if row[1] == "pos"]
        csv.writer(file).writerows([("text", "label"), *rows])
    with pytest.raises(AuditRefused) as caught:
        train(reviews, test=path, model=tiny_encoder, out=tmp_path / "run")
    assert "one-class" in str(caught.value)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "run").exists()

    run = train(
        reviews,
        test=path,
        model=tiny_encoder,
        settings=QUICK | {"training.epochs": 1},
        out=tmp_path / "run",
        accept=["one-class"],
    )
    assert run.result.findings.error == 1
    assert "one-class" in (run.folder / "report.html").read_text()
    assert "one-class" in (run.folder / "model" / "README.md").read_text()


def test_unknown_findings_cannot_be_accepted(reviews: Path) -> None:
    with pytest.raises(UsageError, match="no such finding") as caught:
        train(reviews, accept=["leakige"])
    assert "did you mean leakage?" in str(caught.value)


def test_f1_of_a_positive_label_cannot_pick_among_three_classes(tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    rows = [f"film number {n},{'abc'[n % 3]}" for n in range(90)]
    path.write_text("\n".join(["text,label", *rows]))
    with pytest.raises(RecipeError, match="two classes"):
        train(path, settings={"training.best_by": "f1"})


def test_a_run_folder_that_exists_is_refused(tiny_run: TinyRun) -> None:
    with pytest.raises(StorageError, match="exists already"):
        train(tiny_run.data, model=tiny_run.encoder, settings=QUICK, out=tiny_run.run.folder)


def test_going_on_with_other_splits_is_refused_since_it_would_test_on_trained_rows(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    model = tiny_run.run.folder / "model"
    with pytest.raises(AuditRefused, match="leakage") as caught:
        train(
            tiny_run.data, model=model, settings=QUICK | {"data.split_seed": 7}, out=tmp_path / "on"
        )
    assert "test rows" in str(caught.value)


def test_what_can_be_refused_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("")
    with pytest.raises(StorageError, match="exists already"):
        train("no-such-data.csv", out=tmp_path / "taken")
    with pytest.raises(ModelError, match="no such model"):
        train("no-such-data.csv", model="no-such-model", out=tmp_path / "run")


def test_texts_without_words_leave_nothing_behind(tiny_encoder: Path, tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    rows = [f"{'!' * (number + 1)},{'ab'[number % 2]}" for number in range(60)]
    path.write_text("\n".join(["text,label", *rows]))
    with pytest.raises(DataError, match="no words"):
        train(path, model=tiny_encoder, settings=QUICK, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
