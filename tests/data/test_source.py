"""DATA: which files a name means, and which split each is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from newtrick.data.load import load_dataset
from newtrick.data.source import find_source, split_of
from newtrick.errors import DataError, UsageError
from newtrick.recipe import DataSettings

CONTENT = "text,label\ngood,pos\n"


def make_files(*names: str, content: str = CONTENT) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)


def splits_of(data: str) -> dict[str, str | None]:
    source = find_source(data)
    return {part.name: part.split for part in source.parts}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.csv", "train"),
        ("reviews_TEST", "test"),
        ("dev-set", "validation"),
        ("validation-00000-of-00001", "validation"),
        ("latest", None),
        ("unsupervised", "unlabelled"),
    ],
)
def test_words_of_a_name_tell_the_split(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_files_of_a_folder_are_assigned_by_their_names() -> None:
    make_files("films/train.csv", "films/dev.csv", "films/test.csv", "films/notes.csv")
    assert splits_of("films") == {"train.csv": "train", "dev.csv": "validation", "test.csv": "test"}
    assert find_source("films").notes[0].message == "Left aside in films: notes.csv."


def test_the_layout_of_a_hub_is_known() -> None:
    names = ["train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"]
    make_files(*[f"films/plain_text/{name}.jsonl" for name in names], "films/dataset_infos.json")
    make_files("films/plain_text/unsupervised-00000-of-00001.jsonl", "films/.cache/train.csv")
    assert list(splits_of("films").values()) == ["train", "train", "test"]


def test_folders_may_name_the_splits() -> None:
    make_files("films/train/a.csv", "films/train/b.csv", "films/test/a.csv")
    assert list(splits_of("films").values()) == ["train", "train", "test"]


def test_files_without_split_names_are_read_as_one() -> None:
    make_files("films/2023/a.csv", "films/2024/a.csv.gz", content=CONTENT)
    assert set(splits_of("films").values()) == {None}
    assert len(splits_of("films")) == 2


def test_a_file_that_is_named_alone_is_the_data_whatever_its_name() -> None:
    make_files("test.csv")
    assert splits_of("test.csv") == {"test.csv": None}


def test_a_pattern_means_the_files_that_fit() -> None:
    make_files("test/films-train.csv", "test/films-test.csv", "test/other.csv")
    assert splits_of("test/films-*.csv") == {
        "test/films-train.csv": "train",
        "test/films-test.csv": "test",
    }
    assert find_source("test/films-*.csv").name == "films"
    with pytest.raises(DataError, match="No file fits the pattern"):
        find_source("test/*.jsonl")


def test_several_files_mean_what_the_pattern_means_that_a_shell_made_them_of() -> None:
    make_files("test/films-train.csv", "test/films-test.csv", "test/other.csv")
    several = find_source(["test/films-test.csv", "test/films-train.csv"])
    assert several == find_source("test/films-*.csv")
    assert find_source(["test/other.csv"]) == find_source("test/other.csv")


def test_a_file_given_beside_test_rows_is_for_training_and_in_a_folder_is_asked_for() -> None:
    make_files("films/clean.csv", "films/test.csv")
    source = find_source(["films/clean.csv", "films/test.csv"])
    assert {file.name: file.split for file in source.files} == {
        "films/clean.csv": "train",
        "films/test.csv": "test",
    }
    assert "Read as training rows" in source.notes[0].message
    with pytest.raises(DataError, match="None of the files is for training") as caught:
        load_dataset(DataSettings(source="films"), seed=1)
    assert caught.value.found == "test.csv"
    assert caught.value.details == ("Left aside in films: clean.csv.",)


def test_files_of_no_common_name_are_named_by_their_folder() -> None:
    make_files("films/a.csv", "films/b.csv")
    assert find_source(["films/a.csv", "films/b.csv"]).name == "films"


def test_of_several_files_each_must_be_there() -> None:
    make_files("films/a.csv", "films/b.csv")
    with pytest.raises(DataError, match=r"(?s)no such file.*did you mean films/b\.csv"):
        find_source(["films/a.csv", "films/bb.csv"])
    with pytest.raises(DataError, match="this is a folder"):
        find_source(["films/a.csv", "films"])


def test_a_name_is_near_by_what_comes_before_its_ending() -> None:
    make_files("sorted.csv", "reviews.tsv")
    with pytest.raises(DataError, match="check the path"):
        find_source("nope.csv")
    with pytest.raises(DataError, match=r"did you mean reviews\.tsv"):
        find_source("reviews.csv")


@pytest.mark.parametrize("data", ["", "  ", []])
def test_an_empty_name_is_not_the_current_folder(data: str | list[str]) -> None:
    make_files("train.csv")
    with pytest.raises(UsageError, match="No data is named"):
        find_source(data)


def test_class_folders_under_splits_are_known_and_unlabelled_ones_left_aside() -> None:
    make_files("films/train/pos/0_9.txt", "films/train/neg/0_1.txt", "films/test/pos/0_7.txt")
    make_files("films/train/unsup/0_0.txt", "films/train/urls_pos.txt", "films/README.txt")
    assert splits_of("films") == {
        "test/pos": "test",
        "train/neg": "train",
        "train/pos": "train",
    }
    assert "train/unsup" in find_source("films").notes[0].message


def test_class_folders_may_lie_on_top() -> None:
    make_files("films/good/a.txt", "films/bad/a.txt", "films/readme.txt")
    assert splits_of("films") == {"bad": None, "good": None}


@pytest.mark.parametrize(
    "names",
    [
        ("films/train.csv", "films/train.jsonl"),
        ("films/sst2/train.csv", "films/cola/train.csv"),
        ("films/all.csv", "films/all.jsonl"),
    ],
)
def test_copies_and_mixtures_are_refused(names: tuple[str, str]) -> None:
    make_files(*names)
    with pytest.raises(DataError, match="more than one data set") as caught:
        find_source("films")
    assert caught.value.details == tuple(sorted(name.removeprefix("films/") for name in names))
    assert caught.value.where == "films"
    assert "give the path of one of these files" in str(caught.value)


def test_a_folder_with_nothing_to_read_is_refused() -> None:
    make_files("films/read.me", "films/only.txt")
    with pytest.raises(DataError, match="nothing that can be read"):
        find_source("films")
    make_files("more/unsup.csv")
    with pytest.raises(DataError, match="only unlabelled files"):
        find_source("more")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("revews.csv", r"did you mean reviews\.csv\?"),
        ("movie-snipets", r"did you mean movie-snippets\?"),
        ("no/where", "known names: .*sms-spam"),
        ("x" * 5000, "check the path"),
        ("a\0b", "check the path"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, hint: str) -> None:
    make_files("reviews.csv")
    with pytest.raises(DataError, match=hint):
        find_source(name)


@pytest.mark.parametrize("name", ["train.csv", "dev.csv.gz", "test-00000-of-00001.parquet"])
def test_a_file_that_is_named_as_a_split_is_called_by_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / name).write_text("text,label\n")
    (folder / "train-films.csv").write_text("text,label\n")
    assert find_source(str(folder / name)).name == "reviews"
    assert find_source(str(folder / "train-films.csv")).name == "train-films"
