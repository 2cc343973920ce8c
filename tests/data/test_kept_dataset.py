"""A data set is read once, and again as soon as anything that decides it has changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from tests.tiny import make_reviews, write_reviews

from newtrick.data import kept
from newtrick.data.dataset import Dataset
from newtrick.data.inputs import find_inputs
from newtrick.data.load import load_dataset, read_pool, split_pool
from newtrick.errors import DataError
from newtrick.recipe import DataSettings

Count = Callable[[], int]


@pytest.fixture
def found(caplog: pytest.LogCaptureFixture) -> Count:
    """How often a data set was found that was prepared before."""
    caplog.set_level("INFO")
    return lambda: caplog.messages.count("The data is as it was prepared before.")


def dataset(source: object = "reviews.csv", *, seed: int = 1, **settings: object) -> Dataset:
    named = {"source": source, **settings}
    return load_dataset(DataSettings.model_validate(named), seed=seed)


def same(one: Dataset, other: Dataset) -> bool:
    frames = ("train", "validation", "test", "dropped", "decided")
    return (one.name, one.labels, one.notes) == (other.name, other.labels, other.notes) and all(
        getattr(one, name).equals(getattr(other, name)) for name in frames
    )


@pytest.fixture(autouse=True)
def films() -> None:
    """240 reviews, one of them without a label."""
    write_reviews(Path("reviews.csv"))
    with Path("reviews.csv").open("a") as file:
        file.write("<br />Nobody said what it is,\n")


def test_the_same_data_is_read_once_and_is_the_same(found: Count) -> None:
    first = dataset()
    assert found() == 0
    assert same(first, dataset())
    assert found() == 1
    assert first.dropped.height == 1
    assert {note.topic for note in first.notes} >= {"columns", "cleaning", "dropped", "split"}


def test_a_data_set_is_the_same_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept_one = dataset()
    Path("no-folder").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", "no-folder")
    assert same(kept_one, dataset())
    assert "The data: not cached." in caplog.text


def test_what_decides_a_data_set_makes_it_another(found: Count) -> None:
    write_reviews(Path("other.csv"), seed=5)
    changes: list[dict[str, Any]] = [
        {},
        {"seed": 2},
        {"validation_share": 0.2},
        {"max_train_rows": 60},
        {"positive_label": "neg"},
        {"fix": ["duplicates"]},
        {"test_source": "other.csv"},
        {"source": "other.csv"},
    ]
    for change in changes:
        dataset(**change)
        assert found() == 0, change


def test_a_file_with_other_bytes_is_read_again(found: Count) -> None:
    before = dataset()
    with Path("reviews.csv").open("a") as file:
        csv.writer(file).writerow(("A film nobody has seen yet", "pos"))
    after = dataset()
    assert found() == 0
    assert sum(split.height for split in before.splits().values()) == 240
    assert sum(split.height for split in after.splits().values()) == 241


def test_corrections_count_as_much_as_the_data(found: Count) -> None:
    table = pl.DataFrame(
        {"key": ["k" + 16 * "0"], "decision": [None]}, {"key": str, "decision": str}
    )
    table.write_csv("review.csv")
    assert "no decisions" in str(dataset(corrections="review.csv").notes)
    dataset(corrections="review.csv")
    assert found() == 1
    Path("review.csv").write_text(f"key,decision\nk{16 * '0'},drop\n")
    with pytest.raises(DataError, match="No decision is on a row"):
        dataset(corrections="review.csv")


def test_how_a_model_reads_the_texts_does_not_count(found: Count) -> None:
    dataset()
    dataset(max_tokens=64, truncation="tail")
    assert found() == 1


def test_other_code_reads_anew(found: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset()
    monkeypatch.setattr(kept, "code_hash", lambda: "that of another version")
    dataset()
    assert found() == 0


def test_standard_input_is_read_each_time(found: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Path("reviews.csv").read_bytes()
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        dataset("-")
    assert found() == 0


def test_a_folder_of_texts_is_known_by_all_of_them(found: Count) -> None:
    for number, (text, label) in enumerate(make_reviews(40)):
        path = Path("films") / label / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    dataset("films")
    dataset("films")
    assert found() == 1
    Path("films/pos/1.txt").write_text("Another text about the same film")
    dataset("films")
    assert found() == 1


def test_data_that_changes_while_it_is_read_is_refused() -> None:
    settings = DataSettings(source="reviews.csv")
    inputs = find_inputs(settings)

    def slow() -> Dataset:
        made = split_pool(read_pool(settings, inputs), settings, seed=1)
        write_reviews(Path("reviews.csv"), seed=7)
        return made

    with pytest.raises(DataError, match="changed while it was read"):
        kept.kept_dataset(inputs, settings, 1, slow)
    assert dataset().train.height > 0
