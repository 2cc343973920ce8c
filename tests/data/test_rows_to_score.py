"""Which rows of a data set a finished model is scored on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.data.films import NAMES, load, reviews, said, write

from newtrick.data.dataset import SCHEMA, LabelSet
from newtrick.data.load import load_labelled
from newtrick.data.source import find_source
from newtrick.data.testrows import read_scored_rows
from newtrick.errors import DataError
from newtrick.recipe import DataSettings


def test_a_model_is_scored_on_the_test_split() -> None:
    labels = LabelSet(("pos", "neg"), "pos")
    write("films/train.csv", reviews(60))
    write("films/test.csv", [*reviews(10, 60), ("", "pos")])
    scored = load_labelled("films", labels, DataSettings())
    assert scored.name == "films"
    assert scored.frame.schema == SCHEMA
    assert scored.frame["label"].to_list() == [1, 0] * 5
    assert [note.topic for note in scored.notes] == ["columns", "dropped"]
    assert scored.split == "test"


def test_a_model_is_scored_on_all_rows_if_nothing_names_splits_and_that_is_said() -> None:
    write("films/train.csv", reviews(60))
    scored = load_labelled("films/train.csv", LabelSet(NAMES), DataSettings())
    assert scored.frame.height == 60
    assert scored.split is None
    assert "Nothing in train.csv names splits; all rows are scored." in [
        note.message for note in scored.notes
    ]


@pytest.mark.parametrize("test_labels", [None, "", "-1"])
def test_a_model_is_scored_on_the_validation_rows_if_no_test_rows_have_labels(
    test_labels: str | None,
) -> None:
    write("films/train.csv", reviews(60))
    write("films/dev.csv", reviews(10, 60))
    if test_labels is not None:
        write("films/test.csv", [(text, test_labels) for text, _ in reviews(20, 70)])
    scored = load_labelled("films", LabelSet(NAMES), DataSettings())
    assert set(scored.frame["file"]) == {"dev.csv"}
    assert scored.split == "validation"
    assert "Its validation rows are scored" in " ".join(note.message for note in scored.notes)


def test_a_model_is_never_scored_on_rows_that_are_named_for_training() -> None:
    write("films/train.csv", reviews(60))
    with pytest.raises(DataError, match="names only training rows"):
        load_labelled("films", LabelSet(NAMES), DataSettings())
    write("others.csv", reviews(60, 60))
    with pytest.raises(DataError, match="names only training rows"):
        load("others.csv", test_source="films")


def test_for_the_catalogues_training_rows_it_is_said_where_their_test_rows_are() -> None:
    write("films/train.csv", reviews(60))
    in_catalogue = replace(find_source("films"), labels=NAMES)
    with pytest.raises(DataError, match="cut from its training rows by `newtrick train films`"):
        read_scored_rows(in_catalogue, DataSettings())


def test_scoring_refuses_labels_that_the_model_does_not_know_and_rows_without_any() -> None:
    write("films.csv", reviews(10))
    with pytest.raises(DataError, match="'neg' in 5 rows"):
        load_labelled("films.csv", LabelSet(("bad", "pos")), DataSettings())
    write("none.csv", [(text, "") for text, _ in reviews(10)])
    with pytest.raises(DataError, match="no test rows with text and label"):
        load_labelled("none.csv", LabelSet(NAMES), DataSettings())


def test_a_file_named_as_a_split_is_told_by_its_own_name() -> None:
    write("films.csv", reviews(60))
    write("test.csv", reviews(20, start=100))
    notes = said(load("films.csv", test_source="test.csv"), "split")
    assert "Nothing in test.csv names splits; all rows are scored." in notes
