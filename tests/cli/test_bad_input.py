"""What people get wrong: each ends in a clear message and exit code 2, and leaves nothing."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Command
from tests.tiny import make_reviews, write_reviews


def csv_of(rows: list[tuple[str, str]]) -> bytes:
    return "\n".join(["text,label", *(f"{text},{label}" for text, label in rows)]).encode()


def with_line(line: bytes) -> bytes:
    """Sound data with a bad line in its tenth row."""
    lines = csv_of(make_reviews(60)).splitlines()
    return b"\n".join([*lines[:10], line, *lines[10:]])


def parquet() -> bytes:
    buffer = io.BytesIO()
    texts, labels = zip(*make_reviews(60), strict=True)
    pl.DataFrame({"text": texts, "label": labels}).write_parquet(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Bad:
    """A file that cannot be used, and what the message has to name."""

    name: str
    content: bytes
    said: tuple[str, ...]


def everything_wrong() -> bytes:
    """Sorted by label, and with each defect that a table can have."""
    rows = sorted(make_reviews(240), key=lambda row: row[1])
    text = rows[0][0]
    rows += [(text, "neg"), (text, "pos"), ("", "pos"), ("  ", "neg"), ("<br><br>", "pos")]
    rows += [("null", "neg"), ("#REF!", "pos"), ("a film", ""), ("rare", "meh")]
    rows += [(f"caf\u00c3\u00a9 na\u00c3\u00afve {number}", "pos") for number in range(5)]
    rows += [(f"a lovely film {number}", "Pos") for number in range(4)]
    return csv_of(rows)


FILES = [
    Bad("empty.csv", b"", ("empty",)),
    Bad("header.csv", b"text,label\n", ("no data rows",)),
    Bad("columns.csv", b"a,b,c\nx,y,z\nu,v,w\n", ("--text-column", "a: x")),
    Bad("one.csv", csv_of([("a film", "pos")] * 30), ("only one class", "'pos'")),
    Bad("tiny.csv", csv_of([*make_reviews(60), ("rare", "meh")]), ("too few rows", "tiny.csv:61")),
    Bad("typo.csv", csv_of([*make_reviews(60), ("rare", "Pos")]), ("did you mean 'pos'?",)),
    Bad("bare.csv", csv_of([("<br>", "pos"), (" ", "neg")] * 9), ("markup-only", "bare.csv:2")),
    Bad("same.csv", csv_of([("a film", "pos"), ("a film", "neg")] * 99), ("of its own 0",)),
    Bad("wrong.csv", everything_wrong(), ("too few rows", "'meh' in 1 row")),
    Bad("ragged.csv", with_line(b"a,b,c,d"), ("line 11", "4 fields")),
    Bad("quote.csv", with_line(b'"never closed,pos'), ("line 11", "quote")),
    Bad("bytes.csv", with_line("gr\xfcn \u4e2d".encode() + b"\x81\xff,pos"), ("line 11", "0x81")),
    Bad("nul.csv", with_line(b"a\x00b,pos"), ("line 11", "NUL")),
    Bad("huge.csv", with_line(b"x" * 11_000_000 + b",pos"), ("line 11", "11,000,005")),
    Bad("lines.jsonl", b'{"text": "a", "label": "b"}\n{"text": \n', ("line 2",)),
    Bad("number.json", b"3", ("list of objects",)),
    Bad("book.xlsx", b"no zip at all", ("xlsx",)),
    Bad("cut.parquet", parquet()[:700], ("parquet",)),
    Bad("torn.csv.gz", b"\x1f\x8b\x08\x00 torn", ("gzip",)),
]


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.name)
def test_a_file_that_cannot_be_used(
    bad: Bad,
    newtrick: Command,
    tiny_encoder: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / bad.name).write_bytes(bad.content)
    answer = newtrick("train", bad.name, "--model", tiny_encoder)
    assert answer.code == 2
    assert answer.out == ""
    assert bad.name.partition(".")[0] in answer.err
    for said in bad.said:
        assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "runs").exists()


def test_a_name_that_is_not_there_is_told_with_the_nearest(
    newtrick: Command,
    tmp_path: Path,
) -> None:
    write_reviews(tmp_path / "reviews.csv")
    assert "did you mean reviews.csv?" in newtrick("train", "review.csv").err
    answer = newtrick("train", "movie-snipets")
    assert answer.code == 2
    assert "did you mean movie-snippets?" in answer.err


def test_a_label_that_training_does_not_have(
    newtrick: Command,
    tiny_encoder: Path,
    reviews: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "test.csv").write_bytes(csv_of([*make_reviews(40, seed=4), ("a film", "Pos")]))
    answer = newtrick("train", reviews, "--test", "test.csv", "--model", tiny_encoder)
    assert answer.code == 2
    assert "'Pos' in 1 row: test.csv:41; did you mean 'pos'?" in answer.err


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
            "pickle",
        ),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer"),
    ],
    ids=["no weights", "pickled weights", "no config", "broken tokenizer"],
)
def test_a_model_folder_that_cannot_be_used(
    spoil: Callable[[Path], object],
    said: str,
    newtrick: Command,
    tiny_encoder: Path,
    tmp_path: Path,
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "model")
    spoil(folder)
    answer = newtrick("train", write_reviews(tmp_path / "reviews.csv"), "--model", folder)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "runs").exists()


def test_the_audit_tells_everything_that_is_wrong_at_once(
    newtrick: Command, tmp_path: Path
) -> None:
    (tmp_path / "wrong.csv").write_bytes(everything_wrong())
    answer = newtrick("audit", "wrong.csv", "--json")
    document = json.loads(answer.out)
    codes = {finding["code"] for finding in document["findings"]}
    assert answer.code == 3
    assert codes >= {
        "too-few-rows",
        "label-variants",
        "sorted-by-label",
        "missing-values",
        "empty-text",
        "placeholder",
        "mojibake",
        "duplicates",
        "conflicting-labels",
    }
    assert "'meh' in 1 row: wrong.csv:" in document["findings"][0]["title"]
    assert all(finding["why"] and finding["fix"] for finding in document["findings"])


@pytest.mark.parametrize("labels", [("pos",), ("neg", "pos")])
def test_rows_that_are_all_the_same_are_found_by_the_audit(
    labels: tuple[str, ...], newtrick: Command, tmp_path: Path
) -> None:
    rows = [("a film", label) for label in labels] * 50_000
    (tmp_path / "same.csv").write_bytes(csv_of(rows))
    answer = newtrick("audit", "same.csv")
    assert answer.code == 3
    assert f"{len(rows) - 1:,} rows (100.0 %) repeat an earlier text" in answer.out
