"""The order of classes, and ids in place of their names."""

from __future__ import annotations

import polars as pl
import pytest

from newtrick.data.dataset import LabelSet
from newtrick.data.labels import label_note, make_label_set, meant, name_key, with_label_ids
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


@pytest.mark.parametrize(
    "variants",
    [
        ("pos", "Pos", "POS ", " pos.", "'pos'", "**pos**", "\uff30os"),
        ("very good", "Very_Good", "very-good", "VeryGood", "very  good!"),
        ("class 1", "class_1", "Class1"),
        ("straße", "STRASSE"),
    ],
)
def test_names_that_differ_in_case_spaces_and_marks_are_one(variants: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in variants}) == 1


@pytest.mark.parametrize(
    "names",
    [("1", "-1", "+1"), ("c", "C++", "C#"), ("A", "A-", "A+"), ("1.5", "15"), ("v1_2", "v12")],
)
def test_marks_that_mean_something_tell_names_apart(names: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in names}) == len(names)


def test_the_nearest_name_is_asked_for_and_one_that_is_written_differently_first() -> None:
    assert meant("Pos", ["neg", "pos", "Pos"]) == "; did you mean 'pos'?"
    assert meant("postive", ["negative", "positive"]) == "; did you mean 'positive'?"
    assert meant("meh", ["neg", "pos"]) == ""


def test_a_name_that_is_several_others_asks_for_the_separator() -> None:
    assert meant("plot|music", ["music", "plot"]) == "; several labels? --label-separator '|'"
    assert meant("plot|musik", ["music", "plot"]) == ""
    rows = pl.DataFrame({"label": [0, 1, 2]})
    note = label_note(LabelSet.of(["music", "plot", "plot, music"]), [rows], known=())
    assert "'plot, music' looks like several labels: --label-separator ','" in note.message


def test_the_note_on_labels_has_the_rows_of_each() -> None:
    frames = [pl.DataFrame({"label": ids}) for ids in ([0, 0, 1], [1], [1, 1])]
    note = label_note(LabelSet.of(["neg", "pos"]), frames, ["neg", "pos", "odd"])
    assert "neg 2, pos 4; f1 is that of pos; no training row has odd" in note.message
    many = LabelSet.of([f"c{number}" for number in range(25)])
    assert "c19 0 and 5 more." in label_note(many, [], []).message


def test_a_label_that_is_only_written_differently_is_asked_for() -> None:
    frame = pl.DataFrame([("a.csv", 1, "x", "Pos")], ["file", "row", "text", "label"], orient="row")
    with pytest.raises(DataError, match=r"'Pos' in 1 row: a.csv:1; did you mean 'pos'\?"):
        with_label_ids(frame, LabelSet(("neg", "pos"), "pos"), where="the test split")
