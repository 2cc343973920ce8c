"""Parquet and xlsx."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from newtrick.data.read import open_table
from newtrick.errors import DataError

FEATURES = {"info": {"features": {"label": {"names": ["bad", "good"], "_type": "ClassLabel"}}}}


def write_workbook(path: str, sheets: dict[str, list[list[object]]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


def test_parquet_is_read_in_batches_with_the_columns_asked_for() -> None:
    pl.DataFrame({"id": range(10_000), "text": ["a"] * 10_000}).write_parquet("a.parquet")
    table = open_table("a.parquet")
    rows = list(table.records(["id"]))
    assert table.columns == ("id", "text")
    assert [rows[0].row, rows[-1].row] == [1, 10_000]
    assert rows[-1].fields == {"id": 9_999}


def test_class_names_come_from_hugging_face_metadata() -> None:
    table = pa.table({"text": ["x"], "label": [1]})
    pq.write_table(
        table.replace_schema_metadata({"huggingface": json.dumps(FEATURES)}), "a.parquet"
    )
    assert open_table("a.parquet").class_names == {"label": ("bad", "good")}


@pytest.mark.parametrize("metadata", ["no json", "{}", '{"info": {"features": []}}'])
def test_other_metadata_is_no_trouble(metadata: str) -> None:
    table = pa.table({"text": ["x"], "label": [1]})
    pq.write_table(table.replace_schema_metadata({"huggingface": metadata}), "a.parquet")
    assert open_table("a.parquet").class_names == {}


def test_parquet_cut_in_half_is_refused() -> None:
    pl.DataFrame({"text": [f"text {n}" for n in range(1000)]}).write_parquet("a.parquet")
    content = Path("a.parquet").read_bytes()
    Path("half.parquet").write_bytes(content[: len(content) // 2])
    Path("bent.parquet").write_bytes(content[:100] + b"\0" * 500 + content[600:])
    with pytest.raises(DataError, match="damaged or cut short"):
        open_table("half.parquet")
    with pytest.raises(DataError, match="damaged or cut short"):
        list(open_table("bent.parquet").records())


def test_an_empty_file_is_called_so() -> None:
    for name in ("a.parquet", "a.xlsx"):
        Path(name).touch()
        with pytest.raises(DataError, match="The file is empty"):
            open_table(name)


def test_a_parquet_file_with_two_columns_of_the_same_name_is_refused() -> None:
    columns = [pa.array(["a"]), pa.array([1]), pa.array([2])]
    pq.write_table(pa.Table.from_arrays(columns, ["text", "label", "label"]), "a.parquet")
    with pytest.raises(DataError, match="label: columns 2, 3"):
        open_table("a.parquet")


def test_a_workbook_gives_strings_without_its_blank_rows_which_count_all_the_same() -> None:
    rows: list[list[object]] = [["Text", "Label", ""], ["good", 1], [], ["5", 0], ["so", True]]
    write_workbook("a.xlsx", {"first": rows, "second": [["x"]]})
    table = open_table("a.xlsx")
    assert [record.fields for record in table.records()] == [
        {"Text": "good", "Label": "1"},
        {"Text": "5", "Label": "0"},
        {"Text": "so", "Label": "true"},
    ]
    assert [record.row for record in table.records()] == [1, 3, 4]
    assert [note.message for note in table.notes] == [
        "Of the 2 sheets of a.xlsx the first is read: first."
    ]


def test_a_workbook_that_is_no_zip_or_has_no_cells_is_refused() -> None:
    Path("a.xlsx").write_bytes(b"text,label\ngood,pos\n")
    with pytest.raises(DataError, match="not an Excel workbook"):
        open_table("a.xlsx")
    write_workbook("b.xlsx", {"first": []})
    with pytest.raises(DataError, match="empty"):
        open_table("b.xlsx")


def test_data_in_another_sheet_than_the_first_is_pointed_to() -> None:
    write_workbook("a.xlsx", {"cover": [], "reviews": [["text", "label"], ["good", "pos"]]})
    with pytest.raises(DataError, match="first sheet is empty") as caught:
        open_table("a.xlsx")
    assert caught.value.found == "other sheets: reviews"


def test_a_title_above_the_names_of_the_columns_is_called_so() -> None:
    rows: list[list[object]] = [["text", "label"], ["good", "pos"], ["bad", "neg"]]
    write_workbook("a.xlsx", {"one": [["All reviews of the year 2026"], *rows]})
    with pytest.raises(DataError, match="a title perhaps") as caught:
        open_table("a.xlsx")
    assert caught.value.found == "All reviews of the year 2026"
    write_workbook("b.xlsx", {"one": [["text"], ["good"], ["bad", "a remark"]]})
    assert open_table("b.xlsx").columns == ("text",)


def test_gzip_around_a_format_that_is_packed_already_is_refused() -> None:
    Path("a.parquet.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(DataError, match="not read from gzip"):
        open_table("a.parquet.gz")
