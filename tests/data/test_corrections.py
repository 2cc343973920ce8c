"""What decisions do to the rows of each split, and what is said about it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from newtrick.data.dataset import Dataset, LabelSet, row_ids
from newtrick.data.decisions import with_keys
from newtrick.data.load import load_dataset, read_pool
from newtrick.data.rows import RAW_SCHEMA
from newtrick.errors import DataError
from newtrick.recipe import DataSettings

Row = tuple[str, str, str]
"""Split, text and label."""

ROWS: list[Row] = [
    ("train", "A warm film.", "pos"),
    ("train", "A dull film.", "neg"),
    ("train", "A warm plot.", "neg"),
    ("train", "Seen twice.", "neg"),
    ("train", "Seen twice.", "neg"),
    ("validation", "A lovely film.", "pos"),
    ("validation", "A cold film.", "pos"),
    ("test", "Seen twice.", "pos"),
    ("test", "A bright film.", "pos"),
    ("test", "A flat film.", "neg"),
]
WARM_PLOT, SEEN_TWICE, COLD = (
    ("A warm plot.", "neg"),
    ("Seen twice.", "neg"),
    ("A cold film.", "pos"),
)


def write(rows: list[Row], path: str = "films.csv") -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("split", "text", "label"))
        writer.writerows(rows)


def settings(data: str = "films.csv", **others: object) -> DataSettings:
    return DataSettings.model_validate({"source": data, **others})


def save(by_key: Mapping[str, str]) -> None:
    table = pl.DataFrame({"key": list(by_key), "decision": list(by_key.values())})
    table.write_csv("review.csv")


def decide(decisions: Mapping[tuple[str, str], str]) -> None:
    rows = pl.DataFrame([("", 1, None, *row) for row in decisions], RAW_SCHEMA, orient="row")
    keys = with_keys(rows)["content_key"]
    save(dict(zip(keys, decisions.values(), strict=True)))


def load(data: str = "films.csv", **others: object) -> Dataset:
    return load_dataset(settings(data, corrections="review.csv", **others), seed=1)


def labelled(dataset: Dataset, split: str) -> list[tuple[str, str]]:
    rows = dataset.splits()[split]
    return [(text, dataset.labels.names[label]) for text, label in rows["text", "label"].rows()]


def said(dataset: Dataset) -> list[str]:
    return [note.message for note in dataset.notes if note.topic == "corrections"]


def test_rows_are_relabelled_and_dropped_in_any_split_and_counted_by_split() -> None:
    write(ROWS)
    decide({WARM_PLOT: "relabel:pos", SEEN_TWICE: "drop", COLD: "relabel:neg", ROWS[9][1:]: "keep"})
    dataset = load()
    assert labelled(dataset, "train") == [
        ("A warm film.", "pos"),
        ("A dull film.", "neg"),
        ("A warm plot.", "pos"),
    ]
    assert labelled(dataset, "validation")[1] == ("A cold film.", "neg")
    assert labelled(dataset, "test")[0] == ("Seen twice.", "pos")
    sha256 = hashlib.sha256(Path("review.csv").read_bytes()).hexdigest()
    (message,) = said(dataset)
    assert message == (
        f"Decisions of review.csv (sha256 {sha256}): relabelled 1 train, 1 validation rows;"
        " dropped 2 train rows; kept 1 test row."
    )


def test_of_copies_one_can_be_dropped_and_the_others_follow_what_is_decided_on_all() -> None:
    write([*ROWS, ("validation", "Seen twice.", "neg"), ("train", "Seen twice.", "neg")])
    copies = with_keys(read_pool(settings()).frame).filter(text="Seen twice.", label="neg")
    assert copies["row"].to_list() == [4, 5, 11, 12]
    one, two, three, four = copies["copy_key"]
    of_all = {copies["content_key"][0]: "relabel:pos"}
    save({two: "drop", three: "keep"} | of_all)
    dataset = load()
    seen = [label for text, label in labelled(dataset, "train") if text == "Seen twice."]
    assert seen == ["pos", "pos"]
    assert ("Seen twice.", "neg") in labelled(dataset, "validation")
    save({one: "keep", two: "drop", three: "keep", four: "drop"} | of_all)
    assert len(said(load())) == 1


def test_a_changed_test_set_is_said_to_be_another_one() -> None:
    write(ROWS)
    decide({("Seen twice.", "pos"): "drop"})
    assert "does not compare" in said(load())[1]


def test_decisions_find_their_rows_in_another_order_another_file_and_clean_text() -> None:
    write([(split, f"<p>{text}</p>", label) for split, text, label in ROWS])
    rows = with_keys(read_pool(settings()).frame).filter(text="A warm plot.")
    rows.select(key="content_key", decision=pl.lit("drop")).write_csv("review.csv")
    write(ROWS[::-1], "again.csv")
    dataset = load("again.csv")
    assert [row_id for note in dataset.notes for row_id in note.rows] == ["again.csv:8"]
    assert "A warm plot." not in dataset.train["text"]


def test_corrections_move_no_row_to_another_split() -> None:
    rows = [("", f"Review number {n}", ("neg", "pos")[n % 2]) for n in range(200)]
    write(rows)
    before = load_dataset(settings(), seed=1)
    decide({rows[n][1:]: "drop" if n % 3 else "relabel:pos" for n in range(0, 40, 2)})
    after = load()
    for name, split in after.splits().items():
        assert set(row_ids(split)) <= set(row_ids(before.splits()[name]))


def test_a_class_too_small_to_be_split_is_split_as_it_was_decided_on() -> None:
    rows = [("", f"Review number {n}", ("neg", "pos")[n % 2]) for n in range(60)]
    strays = [("", "A warm stray.", "POS"), ("", "A lost stray.", "n/a")]
    write([*rows, *strays])
    decide({strays[0][1:]: "relabel:pos", strays[1][1:]: "drop"})
    dataset = load(positive_label="neg")
    assert dataset.labels == LabelSet(("neg", "pos"), "neg")
    assert sum(split.height for split in dataset.splits().values()) == 61
    kept = [row for split in dataset.splits() for row in labelled(dataset, split)]
    assert ("A warm stray.", "pos") in kept
    assert "dropped 1 train row" in said(dataset)[0]


def test_a_small_class_without_a_decision_is_still_refused() -> None:
    rows = [("", f"Review number {n}", ("neg", "pos")[n % 2]) for n in range(60)]
    strays = [("", "A warm stray.", "POS"), ("", "A lost stray.", "n/a")]
    write([*rows, *strays])
    decide({strays[0][1:]: "relabel:pos"})
    with pytest.raises(DataError, match="too few rows to be split") as caught:
        load()
    assert len(caught.value.details) == 1
    assert "films.csv:62" in caught.value.details[0]


def test_decisions_on_rows_that_are_gone_are_counted_and_none_at_all_is_an_error() -> None:
    write(ROWS)
    decide({("Gone.", "pos"): "drop", WARM_PLOT: "keep"})
    assert said(load())[-1].startswith("1 of 2 decisions are on no row of this data")
    decide({("Gone.", "pos"): "drop"})
    with pytest.raises(DataError, match="No decision is on a row of this data"):
        load()


def test_decisions_on_rows_that_a_sample_left_out_are_not_taken_for_changed_data() -> None:
    rows = [("", f"Review number {n}", ("neg", "pos")[n % 2]) for n in range(200)]
    write(rows)
    decide({row[1:]: "keep" for row in rows})
    assert len(said(load(max_train_rows=20))) == 1


def test_a_file_without_decisions_changes_nothing_and_says_so() -> None:
    write(ROWS)
    decide({WARM_PLOT: ""})
    dataset = load()
    assert said(dataset) == ["There are no decisions in review.csv."]
    assert dataset.train.equals(load_dataset(settings(), seed=1).train)


def test_a_class_that_no_training_row_has_any_more_is_no_class() -> None:
    write([*ROWS, ("train", "Lost.", "n/a"), ("train", "Good.", "n/a")])
    decide({("Lost.", "n/a"): "drop", ("Good.", "n/a"): "relabel: POS"})
    dataset = load()
    assert dataset.labels == LabelSet(("neg", "pos"), "pos")
    assert dataset.notes[-1].message.endswith("f1 is that of pos; no training row has n/a.")
    assert labelled(dataset, "test")[2] == ("A flat film.", "neg")


def test_rows_that_were_decided_on_are_known_to_the_audit() -> None:
    write(ROWS)
    decide({WARM_PLOT: "Keep", SEEN_TWICE: "drop"})
    decided = load().decided
    assert dict(zip(row_ids(decided), decided["decision"], strict=True)) == {
        "films.csv:3": "keep",
        "films.csv:4": "drop",
        "films.csv:5": "drop",
    }


def test_too_little_is_left_of_the_data() -> None:
    write(ROWS)
    decide({row[1:]: "drop" for row in ROWS if row[0] == "validation"})
    with pytest.raises(DataError, match="leave no validation rows"):
        load()
    decide({row[1:]: "relabel:pos" for row in ROWS if row[0] == "train"})
    with pytest.raises(DataError, match="only one class"):
        load()


def test_a_review_file_that_is_not_there_is_told_before_the_data_is_read() -> None:
    with pytest.raises(DataError, match="There is no such file") as caught:
        load("nothing.csv")
    assert caught.value.found == "review.csv"
