"""The order of classes, and ids in place of their names."""

from __future__ import annotations

import polars as pl
import pytest

from newtrick.data.dataset import LabelSet
from newtrick.data.labels import make_label_set, with_label_ids
from newtrick.errors import DataError, RecipeError


def label_set(*names: str, known: tuple[str, ...] = (), positive: str | None = None) -> LabelSet:
    counts = dict.fromkeys(names, 10)
    return make_label_set(counts, known=known, positive=positive, where="films")


@pytest.mark.parametrize(
    ("found", "known", "ordered"),
    [
        (("pos", "neg"), (), ("neg", "pos")),
        (("10", "9", "-1"), (), ("-1", "9", "10")),
        (("True", "False"), (), ("False", "True")),
        (("b", "A", "C"), (), ("A", "b", "C")),
        (("pos", "neg"), ("pos", "neg"), ("pos", "neg")),
        (("c", "a"), ("c", "b", "a"), ("c", "a")),
        (("pos", "neg", "odd"), ("pos", "neg"), ("neg", "odd", "pos")),
    ],
)
def test_classes_are_ordered_as_given_or_by_number_or_alphabet(
    found: tuple[str, ...], known: tuple[str, ...], ordered: tuple[str, ...]
) -> None:
    assert label_set(*found, known=known).names == ordered


def test_the_positive_label_is_the_last_of_two_or_as_set() -> None:
    assert label_set("pos", "neg").positive == "pos"
    assert label_set("pos", "neg", positive="neg").positive == "neg"
    assert label_set("a", "b", "c").positive is None
    with pytest.raises(RecipeError, match=r"did you mean pos\?"):
        label_set("pos", "neg", positive="poss")
    with pytest.raises(RecipeError, match="leave it out for 3 classes"):
        label_set("a", "b", "c", positive="a")


def test_a_label_set_of_names_has_the_last_of_two_as_its_positive_one() -> None:
    assert LabelSet.of(["neg", "pos"]) == LabelSet(("neg", "pos"), "pos")
    assert LabelSet.of(["neg", "pos"], "neg") == LabelSet(("neg", "pos"), "neg")
    assert LabelSet.of(iter("abc")) == LabelSet(("a", "b", "c"))


def test_one_class_is_refused_with_its_name_and_count() -> None:
    with pytest.raises(DataError, match=r"(?s)only one class.*'pos' in all 10 rows"):
        label_set("pos")


def test_a_column_of_ids_is_not_taken_for_labels() -> None:
    counts = {f"id-{number}": 1 for number in range(50)}
    with pytest.raises(
        DataError, match=r"(?s)More than half.*50 labels in 50 rows.*--label-column"
    ):
        make_label_set(counts, known=(), positive=None, where="films")


def test_labels_that_training_never_saw_are_refused_with_counts_and_rows() -> None:
    rows = [("a.csv", 1, "x", "pos"), ("a.csv", 2, "y", "odd"), ("a.csv", 3, "z", "odd")]
    frame = pl.DataFrame(rows, ["file", "row", "text", "label"], orient="row")
    with pytest.raises(DataError, match=r"(?s)the test split.*'odd' in 2 rows: a.csv:2, a.csv:3"):
        with_label_ids(frame, LabelSet(("neg", "pos"), "pos"), where="the test split")
    ids = with_label_ids(frame.head(1), LabelSet(("neg", "pos"), "pos"), where="test")
    assert ids["label"].to_list() == [1]


def test_a_model_whose_labels_are_written_in_another_way_knows_them() -> None:
    rows = [("a.csv", 1, "x", "true"), ("a.csv", 2, "y", "false")]
    frame = pl.DataFrame(rows, ["file", "row", "text", "label"], orient="row")
    ids = with_label_ids(frame, LabelSet(("False", "True"), "True"), where="test")
    assert ids["label"].to_list() == [1, 0]
