"""Which columns hold text and label: by name, by value, or by asking."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from newtrick.data.columns import choose_columns, choose_text_column
from newtrick.data.read import Table, open_table
from newtrick.errors import DataError, UsageError

SENTENCES = [f"a sentence of several words, number {number}" for number in range(12)]
CLASSES = ["neg", "pos"] * 6


def table_of(**columns: list[str] | list[int]) -> Table:
    pl.DataFrame(columns).write_csv("a.csv")
    return open_table("a.csv")


def empty_table(*columns: str) -> Table:
    Path("a.csv").write_text(",".join(columns) + "\n" + ",".join("x" for _ in columns) + "\n")
    return open_table("a.csv")


@pytest.mark.parametrize(
    ("columns", "text", "label"),
    [
        (("text", "label"), "text", "label"),
        (("Review", "Sentiment"), "Review", "Sentiment"),
        (("id", "Tweet Text", "class"), "Tweet Text", "class"),
        (("title", "content", "label"), "content", "label"),
        (("title", "category"), "title", "category"),
        (("v1", "v2"), "v2", "v1"),
        (("text", "label", "label_text"), "text", "label"),
        (("stars", "sentiment", "review"), "review", "sentiment"),
    ],
)
def test_usual_names_are_known(columns: tuple[str, ...], text: str, label: str) -> None:
    chosen = choose_columns(empty_table(*columns))
    assert (chosen.text, chosen.label) == (text, label)
    assert repr(text) in chosen.note.message
    assert repr(label) in chosen.note.message


def test_two_columns_with_strange_names_are_told_by_their_values() -> None:
    chosen = choose_columns(table_of(id=list(range(12)), foo=CLASSES, bar=SENTENCES))
    assert (chosen.text, chosen.label) == ("bar", "foo")


def test_one_usual_name_leaves_the_other_column_for_the_other_part() -> None:
    assert choose_columns(table_of(text=SENTENCES, mood=CLASSES)).label == "mood"
    assert choose_columns(table_of(verdict=SENTENCES, label=CLASSES)).text == "verdict"


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"foo": SENTENCES, "bar": SENTENCES}, "text and the label"),
        ({"foo": CLASSES, "bar": CLASSES}, "text and the label"),
        ({"text": SENTENCES, "key": SENTENCES}, "label"),
        ({"review": SENTENCES, "comment": SENTENCES, "label": CLASSES}, "text"),
        ({"text": SENTENCES}, "label"),
    ],
)
def test_an_unclear_choice_lists_the_columns_and_asks(
    columns: dict[str, list[str]], missing: str
) -> None:
    with pytest.raises(DataError) as caught:
        choose_columns(table_of(**columns))
    message = str(caught.value)
    assert f"which column holds the {missing}." in message
    assert all(f"- {name}: " in message for name in columns)
    assert all(f"--{part}-column" in message for part in missing.split(" and the "))


def test_given_names_are_taken_and_a_wrong_one_is_answered_with_the_nearest() -> None:
    table = table_of(text=SENTENCES, other=SENTENCES, label=CLASSES)
    assert choose_columns(table, text="other").text == "other"
    assert choose_columns(table, text="label", label="text").label == "text"
    with pytest.raises(DataError, match=r"(?s)--label-column.*did you mean label\?"):
        choose_columns(table, label="lable")
    with pytest.raises(UsageError, match="same column"):
        choose_columns(table, text="text", label="text")


@pytest.mark.parametrize(
    "first",
    ["what a fine film it was,other", "fine,pos", "a film of my youth,spam"],
)
def test_a_file_without_a_header_is_refused_with_what_to_do(first: str) -> None:
    labels = ["spam" if first.endswith("spam") else "pos", "neg"] * 6
    rows = [f"{text},{label}" for text, label in zip(SENTENCES, labels, strict=True)]
    Path("a.csv").write_text("\n".join((first, *(row.replace(", ", " ") for row in rows))))
    table = open_table("a.csv")
    with pytest.raises(DataError, match=r"(?s)looks like data.*add a first line such as text,lab"):
        choose_columns(table)
    text, label = first.split(",")
    assert choose_columns(table, text=text, label=label).text == text


def test_texts_without_a_header_are_refused_for_prediction_too() -> None:
    Path("a.csv").write_text("\n".join(text.replace(",", "") for text in SENTENCES))
    with pytest.raises(DataError, match=r"(?s)looks like data.*such as text;.*--text-column$"):
        choose_text_column(open_table("a.csv"))


def test_a_short_text_at_the_top_of_texts_alone_is_not_lost_as_their_name() -> None:
    Path("a.csv").write_text("hello there\ngood lovely superb\n")
    with pytest.raises(DataError, match=r"(?s)looks like data.*hello there.*--text-column$"):
        choose_text_column(open_table("a.csv"))
    assert choose_text_column(open_table("a.csv"), text="hello there").text == "hello there"
    assert choose_text_column(table_of(anything=SENTENCES)).text == "anything"


def test_long_names_of_columns_are_names() -> None:
    assert choose_text_column(table_of(verdict_of_the_spectator=SENTENCES)).text
    assert choose_columns(table_of(your_opinion_please=SENTENCES, mood_today=CLASSES)).label


def test_prediction_needs_no_label() -> None:
    assert choose_text_column(table_of(anything=SENTENCES)).text == "anything"
    assert choose_text_column(table_of(key=CLASSES, review=SENTENCES)).text == "review"
    with pytest.raises(DataError, match=r"(?s)which column holds the text\..*--text-column;"):
        choose_text_column(table_of(a=SENTENCES, b=SENTENCES, c=SENTENCES))


def test_a_longer_text_beside_a_title_leaves_the_choice_to_the_user(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    rows = [
        f"ok phone {n},It took {n} days to arrive and then it worked well.,5" for n in range(30)
    ]
    path.write_text("\n".join(["title,review_body,stars", *rows]))
    with pytest.raises(DataError, match="not clear which column holds the text"):
        choose_columns(open_table(path))
    assert choose_columns(open_table(path), text="review_body").label == "stars"


def test_numbers_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("\n".join(["id,value", *(f"{n},{n + 3000}" for n in range(30))]))
    with pytest.raises(DataError, match="not clear which column holds the text"):
        choose_text_column(open_table(path))
