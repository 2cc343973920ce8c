"""One value of a row: a text, a class, or missing."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from newtrick.data.table import Fault
from newtrick.data.values import label_name, text_of


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (" pos ", "pos"),
        (1, "1"),
        (1.0, "1"),
        ("1.0", "1"),
        ("-1.00", "-1"),
        (0.5, "0.5"),
        ("v1.0", "v1.0"),
        (True, "true"),
        ("TRUE", "true"),
        (" False ", "false"),
        ("Trueish", "Trueish"),
        ("NA", "NA"),
        ("", None),
        ("  ", None),
        (None, None),
        (math.nan, None),
        (math.inf, "inf"),
        (dt.date(2024, 1, 2), "2024-01-02"),
    ],
)
def test_a_value_names_a_class_or_is_missing(value: object, name: str | None) -> None:
    assert label_name(value) == name


def test_class_ids_are_names_and_minus_one_is_no_label() -> None:
    assert [label_name(value, ("bad", "good")) for value in (0, 1, 1.0, -1, 7)] == [
        "bad",
        "good",
        "good",
        None,
        "7",
    ]


@pytest.mark.parametrize(
    ("value", "kind"), [(["pos"], "a list"), ({"pos": 1}, "an object"), (b"pos", "bytes")]
)
def test_what_is_no_single_value_is_refused(value: object, kind: str) -> None:
    with pytest.raises(Fault, match=f"the label is {kind}, where one value is needed"):
        label_name(value)
    with pytest.raises(Fault, match=f"the text is {kind}, where a string is needed"):
        text_of(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("so ", "so "), (5, "5"), (0.5, "0.5"), (True, "True"), (None, None), (math.nan, None)],
)
def test_plain_values_are_texts_as_they_are_written(value: object, text: str | None) -> None:
    assert text_of(value) == text


def test_a_text_that_is_too_long_is_refused_with_its_size() -> None:
    with pytest.raises(Fault, match="a text of 10,000,001 characters"):
        text_of("x" * 10_000_001)
