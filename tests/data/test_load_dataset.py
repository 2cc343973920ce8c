"""From DATA to a Dataset: what is read, dropped, labelled and cut, and what is said about it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.data.films import NAMES, heights, load, reviews, said, write

from newtrick.data.dataset import SCHEMA, LabelSet, row_ids
from newtrick.data.load import load_dataset
from newtrick.errors import DataError, RecipeError, UsageError
from newtrick.recipe import DataSettings


def test_one_file_is_cut_into_three_and_every_row_is_traceable() -> None:
    write("films.csv", reviews(200))
    dataset = load("films.csv")
    assert dataset.name == "films"
    assert dataset.labels == LabelSet(("neg", "pos"), "pos")
    assert heights(dataset) == [140, 20, 40]
    assert all(frame.schema == SCHEMA for frame in dataset.splits().values())
    ids = [row_id for frame in dataset.splits().values() for row_id in row_ids(frame)]
    assert sorted(ids) == sorted(f"films.csv:{row}" for row in range(1, 201))
    first = dataset.train.row(0, named=True)
    assert first["text"] == f"Review number {first['row'] - 1}"
    assert first["label"] == (first["row"] - 1) % 2


def test_the_same_seed_gives_the_same_splits() -> None:
    write("films.csv", reviews(100))
    assert load("films.csv").test.equals(load("films.csv").test)
    assert not load("films.csv").test.equals(load("films.csv", seed=2).test)


def test_named_splits_are_used_as_they_are() -> None:
    write("films/train.csv", reviews(60))
    write("films/valid.csv", reviews(10, 60))
    write("films/test.csv", reviews(20, 70))
    dataset = load("films")
    assert heights(dataset) == [60, 10, 20]
    assert set(dataset.validation["file"]) == {"valid.csv"}
    assert said(dataset, "columns") == [
        "In films/train.csv the text is in column 'text', the label in 'label'."
    ]
    assert said(dataset, "split") == ["60 rows for training, 10 for validation, 20 for testing."]


def test_a_missing_validation_split_is_cut_from_the_training_rows_alone() -> None:
    write("films/train.csv", reviews(100))
    write("films/test.csv", reviews(20, 100))
    dataset = load("films")
    assert heights(dataset) == [90, 10, 20]
    assert "validation cut from 100 rows (seed 1)" in said(dataset, "split")[0]


def test_a_split_column_is_used_if_all_its_values_name_splits() -> None:
    splits = ["train"] * 40 + ["dev"] * 10 + ["test"] * 10 + ["unsup"] * 5
    rows = [(*row, split) for row, split in zip(reviews(65), splits, strict=True)]
    write("films.csv", rows, "text,label,split")
    assert heights(load("films.csv")) == [40, 10, 10]


def test_a_split_column_that_names_no_splits_is_not_used_and_said() -> None:
    write("halves.csv", [(*row, n % 2) for n, row in enumerate(reviews(100))], "text,label,split")
    dataset = load("halves.csv")
    assert heights(dataset) == [70, 10, 20]
    assert said(dataset, "split")[0] == (
        "The column 'split' of halves.csv names no splits; it is not used."
    )


def test_a_split_column_that_names_splits_here_and_there_is_refused_with_the_other_rows() -> None:
    splits = ["train"] * 40 + ["", "tset"] + ["test"] * 10
    rows = [(*row, split) for row, split in zip(reviews(52), splits, strict=True)]
    write("films.csv", rows, "text,label,split")
    with pytest.raises(DataError, match="names a split in some rows and none in others") as caught:
        load("films.csv")
    assert caught.value.details == (
        "'' in 1 row: films.csv:41",
        "'tset' in 1 row: films.csv:42",
    )


def test_separate_test_data_takes_the_place_of_the_test_split() -> None:
    write("films/train.csv", reviews(60))
    write("films/test.csv", reviews(20, 60))
    write("other/test.csv", reviews(30, 100))
    write("other/train.csv", reviews(30, 200))
    dataset = load("films", test_source="other")
    assert heights(dataset) == [54, 6, 30]
    assert set(dataset.test["file"]) == {"other/test.csv"}
    assert "Not used of films: 20 test rows, for other test data is given." in said(
        dataset, "split"
    )
    assert set(load("films", test_source="other/train.csv").test["file"]) == {"other/train.csv"}


def test_training_data_is_refused_as_test_data() -> None:
    write("films.csv", reviews(60))
    with pytest.raises(UsageError, match="test data is the training data"):
        load("films.csv", test_source="./films.csv")


def test_separate_test_data_without_labels_is_refused_and_not_replaced() -> None:
    write("films.csv", reviews(60))
    write("other.csv", [(text, "") for text, _ in reviews(10)])
    with pytest.raises(DataError, match=r"(?s)no test rows with text and label.*other\.csv"):
        load("films.csv", test_source="other.csv")


def test_max_train_rows_samples_training_and_cut_validation_but_never_a_given_test() -> None:
    write("films/train.csv", sorted(reviews(200), key=lambda row: str(row[1])))
    write("films/test.csv", reviews(50, 200))
    dataset = load("films", max_train_rows=45)
    assert heights(dataset) == [45, 5, 50]
    assert sorted(dataset.train["label"].value_counts()["count"]) == [22, 23]
    assert "150 rows not used, for max_train_rows is 45" in said(dataset, "split")[0]


def test_texts_are_cleaned_with_a_count_and_rows_for_each_kind_of_change() -> None:
    write("films.csv", [*reviews(60), ("Good.<br /><br />So &amp; so.", "pos"), (" x ", "neg")])
    dataset = load("films.csv")
    notes = {note.message: note.rows for note in dataset.notes if note.topic == "cleaning"}
    assert notes == {
        "In 1 text white space was tidied.": ("films.csv:62",),
        "In 1 text HTML tags were removed.": ("films.csv:61",),
        "In 1 text HTML entities were decoded.": ("films.csv:61",),
    }
    texts = [text for frame in dataset.splits().values() for text in frame["text"]]
    assert "Good. So & so." in texts


def test_incomplete_rows_are_dropped_with_a_count_and_their_rows() -> None:
    write("films.csv", [("<br>", "pos"), ("a text", ""), *reviews(60), ("NA", "neg")])
    dataset = load("films.csv")
    notes = {note.message: note.rows for note in dataset.notes if note.topic == "dropped"}
    assert notes == {
        "Rows without text, dropped: 1.": ("films.csv:1",),
        "Rows without a label, dropped: 1.": ("films.csv:2",),
    }
    assert sum(heights(dataset)) == 61


def test_strict_refuses_incomplete_rows() -> None:
    write("films.csv", [("", "pos"), ("a text", ""), *reviews(60)])
    with pytest.raises(DataError) as caught:
        load("films.csv", strict=True)
    assert caught.value.details == ("films.csv:1: no text", "films.csv:2: no label")


def test_all_unreadable_rows_are_listed_at_once() -> None:
    Path("films.jsonl").write_text(
        '{"text": "a", "label": "pos"}\n{"text": "b", "label": ["pos"]}\n'
        '{"text": {}, "label": "neg"}\n{"text"\n'
    )
    with pytest.raises(DataError, match="3 rows cannot be read") as caught:
        load("films.jsonl")
    assert caught.value.details == (
        "films.jsonl, row 2: the label is a list, where one value is needed",
        "films.jsonl, row 3: the text is an object, where a string is needed",
        "films.jsonl, row 4: line 4, column 8: Expecting ':' delimiter",
    )


@pytest.mark.parametrize(
    ("row", "fix"),
    [
        (b"so,so,pos", "put texts that hold delimiters or line breaks in quotes"),
        (b'"so,pos', "put texts that hold delimiters or line breaks in quotes"),
        (b"s\0o,pos", "write the file again without NUL bytes"),
        ("größer schön".encode() * 9 + b"\xff\x81,pos", "save the file as UTF-8"),
        (b"x" * 10_000_001 + b",pos", "look for a lost line break"),
    ],
)
def test_what_to_do_about_an_unreadable_row_depends_on_what_is_wrong(row: bytes, fix: str) -> None:
    Path("films.csv").write_bytes(b"text,label\ngood,pos\nbad,neg\n" + row + b"\nfine,pos\n")
    with pytest.raises(DataError, match="A row cannot be read") as caught:
        load("films.csv")
    assert caught.value.fix is not None
    assert caught.value.fix.startswith(f"correct or remove what is listed; {fix}")
    assert caught.value.fix.count(";") == 1


@pytest.mark.parametrize("name", ["films.csv", "films.tsv"])
def test_a_file_with_nothing_but_a_header_is_refused(name: str) -> None:
    write(name, [])
    with pytest.raises(DataError, match="no data rows"):
        load(name)


def test_class_folders_are_read_one_text_a_file() -> None:
    for split, rows in (("train", 20), ("test", 6)):
        for number in range(rows):
            path = Path("films", split, NAMES[number % 2], f"{number}_1.txt")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{split} müde {number}".encode("utf-8" if number else "latin-1"))
    dataset = load("films")
    assert heights(dataset) == [18, 2, 6]
    assert dataset.test.filter(pl.col("file") == "test/neg/0_1.txt").rows() == [
        ("test/neg/0_1.txt", 1, "test müde 0", 0)
    ]
    Path("films/train/neg/bad.txt").write_bytes("schön".encode() * 9 + b"\xff\x81")
    with pytest.raises(DataError, match=r"train/neg/bad\.txt: line 1: the byte 0xFF"):
        load("films")


def test_several_files_are_one_data_set() -> None:
    write("films-a.csv", reviews(50))
    write("films-b.csv", reviews(50, 50))
    dataset = load("films-*.csv")
    assert sum(heights(dataset)) == 100
    assert {frame["file"].n_unique() for frame in dataset.splits().values()} == {2}


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"review": text, "stars": label}) for text, label in reviews(40)]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO("\n".join(lines).encode())))
    dataset = load("-")
    assert heights(dataset) == [28, 4, 8]
    assert dataset.train["file"][0] == "-"


@pytest.mark.parametrize("unlabelled", [None, -1])
def test_a_test_split_without_labels_is_not_used_and_said(unlabelled: int | None) -> None:
    numbered = [(text, NAMES.index(str(label))) for text, label in reviews(60)]
    write("films/train.csv", numbered)
    write("films/test.csv", [(text, unlabelled) for text, _ in reviews(10, 60)])
    dataset = load("films", strict=True)
    assert heights(dataset) == [42, 6, 12]
    assert said(dataset, "split")[0] == (
        "The 10 rows of the test split have no labels; it is not used."
    )


def test_names_of_class_ids_are_used_in_their_order() -> None:
    features = {"label": {"names": ["ugly", "bad", "good"], "_type": "ClassLabel"}}
    table = pa.table({"text": [f"text {n}" for n in range(40)], "label": [1, 2] * 20})
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(metadata), "films.parquet")
    dataset = load("films.parquet")
    assert dataset.labels == LabelSet(("bad", "good"), "good")
    assert "no training row has ugly" in said(dataset, "labels")[0]


def test_three_classes_and_numbers_work_the_same() -> None:
    write("films.csv", [(f"text {n}", (10, 9, 2)[n % 3]) for n in range(60)])
    dataset = load("films.csv")
    assert dataset.labels == LabelSet(("2", "9", "10"))
    assert heights(dataset) == [42, 6, 12]


def test_truth_values_are_the_same_classes_in_every_format() -> None:
    texts = [f"Review number {n}" for n in range(60)]
    Path("films").mkdir()
    pl.DataFrame({"text": texts, "label": [True, False] * 30}).write_parquet("films/train.parquet")
    write("more.csv", [(f"{text}!", ("TRUE", "False")[n % 2]) for n, text in enumerate(texts)])
    dataset = load("films", test_source="more.csv")
    assert dataset.labels == LabelSet(("false", "true"), "true")
    assert dataset.test["label"].to_list() == [1, 0] * 30


def test_an_unseen_label_in_the_test_split_is_refused_with_its_rows() -> None:
    write("films/train.csv", reviews(60))
    write("films/test.csv", [*reviews(10, 60), ("new", "Pos"), ("newer", "Pos")])
    with pytest.raises(
        DataError, match=r"(?s)test split.*'Pos' in 2 rows: test.csv:11, test.csv:12"
    ):
        load("films")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(f"text {n}", "pos") for n in range(20)], "only one class"),
        ([(f"text {n}", f"id {n}") for n in range(40)], "More than half"),
        ([*reviews(40), ("rare", "odd"), ("rarer", "odd")], "'odd' in 2 rows"),
        ([("", "pos"), ("", "neg")], "no training rows"),
        ([(text, "") for text, _ in reviews(9)], "no training rows"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(
    rows: list[tuple[object, ...]], message: str
) -> None:
    write("films.csv", rows)
    with pytest.raises(DataError, match=message):
        load("films.csv")


def test_settings_that_do_not_fit_the_data_are_refused() -> None:
    write("films.csv", reviews(60))
    with pytest.raises(UsageError, match="No data is named"):
        load_dataset(DataSettings(), seed=1)
    with pytest.raises(RecipeError, match=r"did you mean pos\?"):
        load("films.csv", positive_label="poss")
    with pytest.raises(DataError, match=r"did you mean label\?"):
        load("films.csv", label_column="labels")
