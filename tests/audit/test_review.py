"""The review file: which rows it lists, in which order, and that opening it runs nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.audit.subjects import LABELS, Row, frame

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.review import REVIEW_SCHEMA, check_review_file, review_table, write_review
from newtrick.data.dataset import DECIDED_SCHEMA
from newtrick.data.decisions import read_decisions, with_keys
from newtrick.data.read import open_table
from newtrick.data.rows import RAW_SCHEMA
from newtrick.errors import UsageError

ROWS: list[Row] = [
    ("A warm film.", "neg"),
    ("null", "pos"),
    ("A dull film.", "pos"),
    ("A cold film.", "neg"),
    ("A warm film.", "pos"),
    ("A warm film.", "neg"),
]
POOL = pl.DataFrame(
    [("a.csv", place, None, *row) for place, row in enumerate(ROWS, start=1)],
    RAW_SCHEMA,
    orient="row",
)
SPLITS = {"train": frame(ROWS, "a.csv")}
NONE = DECIDED_SCHEMA.to_frame()


def finding(code: str, rows: Sequence[int], suggested: Sequence[str] = ()) -> Finding:
    ids = tuple(f"a.csv:{row}" for row in rows)
    return Finding(code, Severity.WARNING, "", "", "", rows=ids, suggested=tuple(suggested))


def listed(*findings: Finding) -> list[tuple[object, ...]]:
    table = review_table(findings, POOL, SPLITS, NONE)
    assert table.schema == REVIEW_SCHEMA
    return table["decision", "row", "finding", "suggested"].rows()


def review(text: str, path: str) -> Path:
    row = (None, "k0123456789abcdef", "mojibake", "train", "a.csv", 1, "pos", None, text)
    write_review(Path(path), pl.DataFrame([row], REVIEW_SCHEMA, orient="row"))
    return Path(path)


def test_a_row_is_listed_once_in_the_order_of_the_findings_with_all_its_codes() -> None:
    noise = finding("label-noise", [3, 2], ["neg", "neg"])
    assert listed(finding("placeholder", [2]), noise, finding("mojibake", [4])) == [
        (None, 3, "label-noise", "neg"),
        (None, 2, "label-noise, placeholder", "neg"),
        (None, 4, "mojibake", None),
    ]


def test_rows_with_the_same_text_follow_each_other() -> None:
    noise = finding("label-noise", [3, 5], ["neg", "neg"])
    rows = listed(finding("conflicting-labels", [1]), noise)
    assert [row for _, row, *_ in rows] == [1, 5, 3]


def test_of_rows_with_the_same_content_one_is_listed_but_of_copies_each_that_is_too_many() -> None:
    doubtful = review_table([finding("mojibake", [1, 6])], POOL, SPLITS, NONE)
    copies = review_table([finding("duplicates", [1, 6])], POOL, SPLITS, NONE)
    assert doubtful["row"].to_list() == [1]
    assert copies["row"].to_list() == [1, 6]
    content = doubtful["key"].item()
    assert copies["key"].to_list() == [f"{content}-1", f"{content}-2"]


def test_what_concerns_a_word_or_a_column_is_not_listed() -> None:
    assert listed(finding("give-away", [1]), finding("label-texts", [1])) == []


def test_earlier_decisions_are_taken_over_those_no_longer_suspected_at_the_end() -> None:
    keys = with_keys(POOL)
    decided = pl.DataFrame(
        [
            ("a.csv", 2, keys["content_key"][1], "drop"),
            ("a.csv", 3, keys["content_key"][2], "relabel:neg"),
            ("a.csv", 6, keys["copy_key"][5], "drop"),
        ],
        DECIDED_SCHEMA,
        orient="row",
    )
    table = review_table([finding("placeholder", [4, 2, 6])], POOL, SPLITS, decided)
    assert table["row"].to_list() == [4, 2, 6, 3]
    assert table["decision"].to_list() == [None, "drop", "drop", "relabel:neg"]
    assert table["key"].to_list()[1:] == [decided["key"][0], decided["key"][2], decided["key"][1]]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("text", ["=1+1", "+1 for this film", "-1, not again", "@film", "＝1"])
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str, ending: str) -> None:
    (record,) = open_table(review(text, f"review.{ending}")).records()
    assert record.fields["text"] == f"'{text}"


def test_cells_of_a_workbook_are_text_and_rows_numbers() -> None:
    with zipfile.ZipFile(review("a film, 1 of 2", "review.xlsx")) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert '<c r="F2"><v>1</v></c>' in sheet


def test_a_text_too_long_for_a_cell_is_shown_in_part() -> None:
    (record,) = open_table(review("film " * 20_000, "review.csv")).records()
    assert 30_000 < len(str(record.fields["text"])) < 32_767


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_review_that_nobody_filled_in_has_no_decisions(ending: str) -> None:
    path = Path(f"review.{ending}")
    write_review(path, review_table([finding("mojibake", [1, 2])], POOL, SPLITS, NONE))
    assert read_decisions(path, LABELS.names).by_key == {}


def test_a_workbook_is_no_place_for_more_rows_than_it_has() -> None:
    row = pl.DataFrame([{"key": "k0123456789abcdef"}], REVIEW_SCHEMA)
    with pytest.raises(UsageError, match="room for 1,048,575 rows"):
        write_review(Path("review.xlsx"), row.select(pl.all().repeat_by(1_048_576).explode()))


def test_a_file_that_may_hold_decisions_is_not_overwritten() -> None:
    Path("review.csv").write_text("key,decision\n")
    with pytest.raises(UsageError, match="may hold decisions") as caught:
        check_review_file(Path("review.csv"))
    assert "another name" in str(caught.value)


def test_another_format_is_refused() -> None:
    with pytest.raises(UsageError, match="not written in that format"):
        check_review_file(Path("review.json"))
