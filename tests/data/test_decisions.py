"""Review files as people and spreadsheets leave them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from newtrick.data.decisions import Decisions, read_decisions, with_keys
from newtrick.data.rows import RAW_SCHEMA
from newtrick.errors import DataError

CLASSES = ("neg", "pos")


def key(text: str, label: str, file: str = "a.csv", row: int = 1) -> str:
    rows = pl.DataFrame([(file, row, None, text, label)], RAW_SCHEMA, orient="row")
    return str(with_keys(rows)["content_key"][0])


ONE, TWO = key("A warm film.", "pos"), key("A dull film.", "neg")


def read(content: str | bytes, *, name: str = "review.csv") -> Decisions:
    data = content.encode() if isinstance(content, str) else content
    Path(name).write_bytes(data)
    return read_decisions(Path(name), CLASSES)


def refused(content: str) -> str:
    with pytest.raises(DataError) as caught:
        read(content)
    return str(caught.value)


def test_a_key_is_of_the_text_and_its_label_and_not_of_their_place() -> None:
    assert key("A warm film.", "pos", "b.csv", 7) == ONE
    assert len({ONE, key("A warm film.", "neg"), key("A warm film", "pos"), TWO}) == 4
    assert key("ab", "c") != key("a", "bc")


def test_no_key_looks_like_a_number_or_a_formula() -> None:
    assert all(key(str(n), "pos").isalnum() for n in range(100))
    assert all(key(str(n), "pos")[0] == "k" for n in range(100))


def test_copies_are_numbered_those_for_training_first() -> None:
    splits = ("test", "train", None, "validation")
    rows = [(split, "A warm film.", "pos") for split in splits] + [("train", "A warm film.", "neg")]
    frame = pl.DataFrame([("a.csv", 1, *row) for row in rows], RAW_SCHEMA, orient="row")
    numbers = with_keys(frame)["copy_key"].str.split("-").list.last().to_list()
    assert numbers == ["4", "1", "2", "3", "1"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("keep", "keep"),
        (" Drop ", "drop"),
        ("relabel:neg", "relabel:neg"),
        ("Relabel : NEG", "relabel:neg"),
    ],
)
def test_case_and_spaces_of_a_decision_are_forgiven(written: str, meant: str) -> None:
    content = f"key,decision\n{ONE},{written}\n{TWO}-2,{written}\n"
    assert read(content).by_key == {ONE: meant, f"{TWO}-2": meant}


def test_a_class_is_read_as_it_is_in_data() -> None:
    Path("review.csv").write_text(f"key,decision\n{ONE},relabel:1.0\n{TWO},relabel: TRUE\n")
    decisions = read_decisions(Path("review.csv"), ("0", "1", "false", "true"))
    assert decisions.by_key == {ONE: "relabel:1", TWO: "relabel:true"}


def test_classes_that_differ_in_case_alone_have_to_be_written_as_they_are() -> None:
    Path("review.csv").write_text(f"key,decision\n{ONE},relabel:a\n{TWO},relabel:A\n")
    decisions = read_decisions(Path("review.csv"), ("A", "a"))
    assert decisions.by_key == {ONE: "relabel:a", TWO: "relabel:A"}
    Path("review.csv").write_text(f"key,decision\n{ONE},Relabel:a\n{TWO},RELABEL: A\n")
    assert read_decisions(Path("review.csv"), ("A", "a")).by_key == decisions.by_key


def test_a_label_may_be_copied_from_a_cell_where_it_was_defused() -> None:
    Path("review.csv").write_text(f"key,decision\n{ONE},relabel:'=spam\n{TWO},relabel:=spam\n")
    assert set(read_decisions(Path("review.csv"), ("=spam", "ham")).by_key.values()) == {
        "relabel:=spam"
    }
    assert set(read_decisions(Path("review.csv"), ("=spam", "'=spam")).by_key.values()) == {
        "relabel:=spam",
        "relabel:'=spam",
    }


def test_a_bad_key_is_no_question_of_what_to_decide() -> None:
    with pytest.raises(DataError) as caught:
        read("key,decision\n1.2E+17,drop\n,keep\n")
    assert caught.value.fix == "leave the column key as newtrick audit --write-review wrote it"


def test_rows_without_a_decision_are_no_decisions() -> None:
    decisions = read(f"decision,key,text\n,{ONE},A warm film.\n  ,{TWO},\n,,\nkeep,{TWO},\n")
    assert decisions.by_key == {TWO: "keep"}
    assert read("key,decision\n").by_key == {}


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeffdecision;key;text\r\ndrop;{ONE};Caf\u00e9, warm\r\n".encode(),
        f"decision;key;text\r\ndrop;{ONE};Caf\u00e9, \u201ewarm\u201c\r\n".encode("cp1252"),
        f"decision\tkey\ttext\r\ndrop\t{ONE}\tCaf\u00e9\r\n".encode("utf-16"),
        f'text,Key,Decision \n"a, b",{ONE.upper()},drop\n'.encode(),
    ],
    ids=["semicolons", "windows-1252", "utf-16", "other columns"],
)
def test_csv_is_read_as_spreadsheets_save_it(content: bytes) -> None:
    assert read(content).by_key == {ONE: "drop"}


def test_a_workbook_and_a_parquet_file_are_read_as_well() -> None:
    with xlsxwriter.Workbook("review.xlsx") as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([("decision", "key"), (None, TWO), ("relabel:pos", ONE)]):
            sheet.write_row(place, 0, row)
    pl.DataFrame({"decision": ["drop", None], "key": [ONE, TWO]}).write_parquet("review.parquet")
    assert read_decisions(Path("review.xlsx"), CLASSES).by_key == {ONE: "relabel:pos"}
    assert read_decisions(Path("review.parquet"), CLASSES).by_key == {ONE: "drop"}


def test_all_faults_are_listed_with_what_is_valid() -> None:
    message = refused(
        f"key,decision\n{ONE},kepp\n{TWO},relabel:poss\n1.2E+17,drop\n,keep\n{TWO},neg\n{TWO},\n"
    )
    assert "5 decisions cannot be used." in message
    assert "row 1: 'kepp' is no decision; did you mean keep?" in message
    assert "row 2: 'relabel:poss' is no decision; did you mean relabel:pos?" in message
    assert "row 3: '1.2e+17' is no key" in message
    assert "row 4: there is no key to 'keep'" in message
    assert "row 5: 'neg' is no decision; one of: keep, drop, relabel:neg, relabel:pos" in message
    assert "write keep, drop or relabel:CLASS in the column decision" in message


def test_a_row_that_cannot_be_read_is_listed_too() -> None:
    assert "row 2: line 3: 1 field" in refused(f"key,decision\n{ONE},keep\n{TWO}\n{TWO},drop\n")


def test_two_decisions_on_the_same_row_are_refused_and_the_same_twice_is_one() -> None:
    message = refused(f"key,decision\n{ONE},keep\n{ONE},drop\n")
    assert "row 2: drop, and in row 1 with the same key keep" in message
    assert read(f"key,decision\n{ONE},keep\n{ONE},Keep\n").by_key == {ONE: "keep"}


def test_a_file_without_the_two_columns_is_no_review() -> None:
    message = refused("text,label\nA warm film.,pos\n")
    assert "needs a column key and a column decision" in message
    assert "the columns text, label" in message
    assert "--write-review" in message
    assert "needs a column decision." in refused(f"key,text\n{ONE},a\n")
