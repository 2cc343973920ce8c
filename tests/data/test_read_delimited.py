"""csv and its kin: delimiters are found, and a row that is not well formed costs only itself."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newtrick.data.read import Record, Table, open_table
from newtrick.errors import DataError

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"))


def table_of(content: str, name: str = "films.csv") -> Table:
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        file.write(content)
    return open_table(name)


def records_of(content: str, name: str = "films.csv") -> list[Record]:
    return list(table_of(content, name).records())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["films.csv", "films.tsv", "films.txt"])
def test_the_delimiter_is_the_one_that_divides_header_and_rows_alike(
    delimiter: str, name: str
) -> None:
    rows = [("text", "label"), ("good, warm; kind", "1"), ("bad, cold", "0"), ("so | so", "0")]
    content = "\n".join(f'"{text}"{delimiter}{label}' for text, label in rows)
    records = records_of(content, name)
    assert [record.fields for record in records] == [
        {"text": text, "label": label} for text, label in rows[1:]
    ]


def test_an_unusual_delimiter_is_said() -> None:
    notes = table_of("text;label\ngood, warm;1\n").notes
    assert [note.message for note in notes] == [
        "The fields of films.csv are separated by the semicolon."
    ]


def test_quoted_fields_hold_delimiters_quotes_and_line_breaks() -> None:
    records = records_of('text,label\r\n"so ""good"",\r\nreally",pos\r\nplain,neg\r\n')
    assert [record.fields["text"] for record in records] == ['so "good",\r\nreally', "plain"]


def test_tab_separated_text_may_begin_with_a_quote_that_means_nothing() -> None:
    records = records_of('text\tlabel\n"Great" film\tpos\n"Odd, but fine\tneg\n', "films.tsv")
    assert [record.fields["text"] for record in records] == ['"Great" film', '"Odd, but fine']
    assert all(record.fault is None for record in records)


def test_a_quote_that_does_not_close_costs_one_row_and_names_its_line() -> None:
    records = records_of('text,label\ngood,pos\n"bad,neg\n' + "fine,pos\n" * 3000)
    assert len(records) == 3002
    assert [(r.row, str(r.fault)) for r in records if r.fault] == [
        (2, "line 3: a quote opens here and does not close")
    ]


def test_a_quote_that_meets_another_does_not_swallow_the_row_of_that_one() -> None:
    records = records_of('text,label\n"bad,neg\n"warm, good",pos\n"a ""b"" c",neg\n')
    assert [r.fault and str(r.fault) for r in records] == [
        "line 2: a quote opens here and does not close",
        None,
        None,
    ]
    assert records[1].fields == {"text": "warm, good", "label": "pos"}


def test_an_open_quote_after_a_field_of_several_lines_is_named_by_its_own_line() -> None:
    records = records_of('text,label\n"one\ntwo","neg\nfine,pos\ngood,pos\n')
    assert [(r.row, str(r.fault)) for r in records if r.fault] == [
        (1, "line 3: a quote opens here and does not close")
    ]
    assert len(records) == 3


def test_a_quote_that_closes_by_chance_far_away_does_not_swallow_what_is_between() -> None:
    records = records_of('text,label\n"bad,neg\n' + "fine,pos\n" * 20 + '5",pos\n')
    assert [(r.row, str(r.fault)) for r in records if r.fault] == [
        (1, "line 2: a quote opens here and does not close")
    ]
    assert len(records) == 22


def test_a_text_of_many_lines_is_no_fault() -> None:
    poem = "\n".join(f"line {n}, of {'many,' * (n % 3)}" for n in range(100))
    assert records_of(f'text,label\n"{poem}",pos\n')[0].fields["text"] == poem


def test_text_after_a_closing_quote_is_a_fault_of_its_line() -> None:
    records = records_of('text,label\n"Great" film,pos\nfine,pos\n')
    assert str(records[0].fault).startswith("line 2: text follows a closing quote")
    assert records[1].fault is None


def test_ragged_rows_are_named_with_row_and_line() -> None:
    records = records_of("text,label\n\ngood,pos\nwarm, kind,pos\nbad\n")
    assert [(r.row, r.fault and str(r.fault)) for r in records] == [
        (1, None),
        (2, "line 4: 3 fields, where the header has 2"),
        (3, "line 5: 1 field, where the header has 2"),
    ]


def test_columns_without_a_name_are_ignored_and_said() -> None:
    table = table_of("v1,v2,,,\nham,hello,,,\nspam,win,,,\nham,short\n")
    assert table.columns == ("v1", "v2")
    assert next(table.records()).fields == {"v1": "ham", "v2": "hello"}
    assert all(r.fault is None for r in table.records())
    assert "3, 4, 5" in table.notes[0].message


def test_a_line_of_fifty_megabytes_is_a_fault_with_its_size() -> None:
    records = records_of("text,label\ngood,pos\n" + "x" * 50_000_000 + ",neg\nfine,pos\n")
    assert [record.row for record in records] == [1, 2, 3]
    assert str(records[1].fault) == (
        "line 3: a line of 50,000,005 characters; at most 10,000,000 are read"
    )
    assert records[2].fields == {"text": "fine", "label": "pos"}


def test_a_field_longer_than_the_default_limit_of_the_csv_module_is_read() -> None:
    records = records_of("text,label\n" + "x" * 300_000 + ",neg\n")
    assert len(str(records[0].fields["text"])) == 300_000


def test_two_columns_of_the_same_name_are_refused() -> None:
    with pytest.raises(DataError, match="label: columns 2, 3"):
        table_of("text,label,label\ngood,1,1\n")


def test_a_header_that_cannot_be_read_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match="line 1: a quote opens here"):
        table_of('"text,label\ngood,pos\n')
    with pytest.raises(DataError, match="names no column"):
        table_of(",,\n1,2,3\n")


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_what_the_csv_module_writes_is_read_as_it_was(rows: list[tuple[str, str]]) -> None:
    content = io.StringIO(newline="")
    csv.writer(content).writerows([("text", "label"), *rows])
    records = records_of(content.getvalue())
    assert [record.fault for record in records] == [None] * len(rows)
    assert [tuple(record.fields.values()) for record in records] == rows


def test_records_can_be_read_twice_and_by_chosen_columns() -> None:
    table = table_of("id,text,label\n1,good,pos\n2,bad,neg\n")
    assert [r.fields for r in table.records(["label"])] == [{"label": "pos"}, {"label": "neg"}]
    assert [r.row for r in table.records()] == [r.row for r in table.records()] == [1, 2]
