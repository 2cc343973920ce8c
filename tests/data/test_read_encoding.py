"""Bytes to text: every encoding that people send is read, and what is none of them is named."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest

from newtrick.data.read import open_table
from newtrick.errors import DataError

TABLE = "text,label\n" + "Ein schöner Film – für alle,pos\nläuft öde dahin,neg\n" * 5


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        pytest.param(TABLE.encode(), None, id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + TABLE.encode(), None, id="utf-8 with mark"),
        pytest.param(TABLE.encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param(codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "UTF-16", id="utf-16 be"),
        pytest.param(TABLE.encode("utf-16-le"), "UTF-16-LE", id="utf-16-le without mark"),
        pytest.param(TABLE.encode("utf-16-be"), "UTF-16-BE", id="utf-16-be without mark"),
        pytest.param(TABLE.encode("utf-32"), "UTF-32", id="utf-32"),
        pytest.param(TABLE.encode("cp1252"), "Windows-1252", id="windows-1252"),
        pytest.param(TABLE.replace("–", "-").encode("latin-1"), "Windows-1252", id="latin-1"),
    ],
)
def test_usual_encodings_are_read_and_said(encoded: bytes, said: str | None) -> None:
    Path("films.csv").write_bytes(encoded)
    table = open_table("films.csv")
    records = list(table.records())
    assert table.columns == ("text", "label")
    assert [record.fault for record in records] == [None] * 10
    assert str(records[0].fields["text"]).startswith("Ein schöner Film")
    notes = [note.message for note in table.notes if note.topic == "encoding"]
    assert (notes == []) if said is None else (said in notes[0])


@pytest.mark.parametrize("text", ["这部电影一上来就不好看。,neg", "Фильм прекрасный и умный,pos"])
def test_utf16_without_mark_is_known_in_other_scripts(text: str) -> None:
    Path("films.csv").write_bytes(("text,label\n" + f"{text}\n" * 20).encode("utf-16-le"))
    records = list(open_table("films.csv").records())
    assert {record.fields["text"] for record in records} == {text.partition(",")[0]}


def test_broken_bytes_in_utf8_are_named_with_their_row_and_line() -> None:
    good = "\nschön und größer,pos\n" * 20
    Path("films.csv").write_bytes(f"text,label{good}".encode() + b"na\xefve,neg\nfine,pos\n")
    faulty = [record for record in open_table("films.csv").records() if record.fault]
    assert [record.row for record in faulty] == [21]
    assert str(faulty[0].fault) == "line 41: the byte 0xEF at character 3 is not UTF-8"
    assert faulty[0].fields["text"] == "na\ufffdve"


def test_bytes_that_are_no_western_text_are_not_taken_for_it() -> None:
    Path("films.csv").write_bytes(b"text,label\n" + "Фильм,pos\n".encode("cp1251") * 3)
    faults = [str(record.fault) for record in open_table("films.csv").records()]
    assert [fault.split(":")[0] for fault in faults] == ["line 2", "line 3", "line 4"]


def test_nul_bytes_are_named_with_their_row() -> None:
    Path("films.csv").write_bytes(b"text,label\n" + b"fine,pos\n" * 30 + b"b\0d,neg\n")
    faults = {r.row: str(r.fault) for r in open_table("films.csv").records() if r.fault}
    assert faults == {31: "line 32: a NUL byte at character 2"}


def test_cut_utf16_is_refused() -> None:
    Path("films.csv").write_bytes(TABLE.encode("utf-16")[:-1])
    with pytest.raises(DataError, match="not valid UTF-16"):
        open_table("films.csv")


def test_a_binary_file_is_refused_as_no_text() -> None:
    Path("films.csv").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError, match="not a text file"):
        open_table("films.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", codecs.BOM_UTF8])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.tsv"])
def test_an_empty_file_is_refused(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(DataError, match=r"empty|no objects|not valid JSON"):
        open_table(name)


def test_gzip_is_unpacked_on_the_way() -> None:
    Path("films.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    assert sum(1 for _ in open_table("films.csv.gz").records()) == 10


def test_broken_gzip_is_refused() -> None:
    packed = gzip.compress(TABLE.encode() * 50)
    Path("cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    Path("bent.csv.gz").write_bytes(packed[:20] + b"\xff" * 30 + packed[50:])
    Path("plain.csv.gz").write_bytes(TABLE.encode())
    with pytest.raises(DataError, match="damaged or cut short"):
        open_table("cut.csv.gz")
    with pytest.raises(DataError, match="damaged or cut short"):
        open_table("bent.csv.gz")
    with pytest.raises(DataError, match="not a gzip file"):
        open_table("plain.csv.gz")


def test_a_missing_file_is_answered_with_the_nearest_name() -> None:
    Path("reviews.csv").write_text(TABLE)
    with pytest.raises(DataError, match=r"did you mean reviews\.csv\?"):
        open_table("review.csv")


def test_a_folder_is_refused_where_one_file_is_needed() -> None:
    Path("films").mkdir()
    with pytest.raises(DataError, match="this is a folder"):
        open_table("films")
