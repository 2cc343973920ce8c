"""JSON lines and JSON documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newtrick.data.read import Record, open_table
from newtrick.errors import DataError

ROWS: list[dict[str, object]] = [{"text": "good film", "label": 1}, {"text": "bad", "label": 0}]


def records_of(content: str, name: str) -> list[Record]:
    Path(name).write_text(content, encoding="utf-8")
    return list(open_table(name).records())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "\n\n".join(json.dumps(row) for row in ROWS)),
        ("a.json", json.dumps(ROWS, indent=2)),
        ("a.json", json.dumps({"text": ["good film", "bad"], "label": [1, 0]})),
        ("a.json", "\n".join(json.dumps(row) for row in ROWS)),
        ("a.data", "\n".join(json.dumps(row) for row in ROWS)),
        ("a.data", json.dumps(ROWS)),
    ],
)
def test_every_usual_layout_gives_the_same_records(name: str, content: str) -> None:
    assert [record.fields for record in records_of(content, name)] == ROWS


def test_a_broken_line_is_named_with_line_and_column_and_the_others_are_read() -> None:
    records = records_of('{"text": "a"}\n\n{"text": "b"\n[1]\n{"text": "c"}\n', "a.jsonl")
    assert [record.fault and str(record.fault) for record in records] == [
        None,
        "line 3, column 13: Expecting ',' delimiter",
        "line 4: a list, where an object is needed",
        None,
    ]
    assert [record.row for record in records] == [1, 2, 3, 4]


def test_half_of_a_surrogate_pair_is_a_fault_and_a_whole_one_is_not() -> None:
    records = records_of('{"text": "\\ud83d\\ude00"}\n{"text": "\\ud83d"}\n', "a.jsonl")
    assert records[0].fields["text"] == "😀"
    assert str(records[1].fault).startswith("line 2: half of a surrogate pair")


def test_a_key_that_is_missing_is_null() -> None:
    records = records_of('{"text": "a", "label": 1}\n{"text": "b"}\n', "a.jsonl")
    assert records[1].fields == {"text": "b", "label": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("3", "neither a list of objects nor an object of lists"),
        ('{"rows": {"text": "a"}, "n": 1\n}', "neither a list of objects"),
        ("[]", "holds no objects"),
        ("[1, 2]", "item 1: a number or truth value"),
        ('[{"text": "a"},\n {"text": ]', "line 2, column 11"),
        ('{"text": ["a", "b"], "label": [1]}', "differ in length"),
    ],
)
def test_a_document_that_is_no_table_is_refused(content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        records_of(content, "a.json")


def test_lines_without_any_object_are_refused_with_their_faults() -> None:
    with pytest.raises(DataError, match="line 1, column 1"):
        records_of("good film\nbad film\n", "a.jsonl")
