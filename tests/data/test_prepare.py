from __future__ import annotations

import io
import tarfile
from pathlib import Path

import polars as pl
import pytest

from newtrick.data.prepare import prepare
from newtrick.data.sources import SourceError


def test_ratings_become_labels_and_undecided_rows_are_dropped_and_told(tmp_path: Path) -> None:
    lines = ["1\t2.5\tA joy.", "2\t0.0\tIt exists.", '3\t-0.1\tA "dull" film.', "4\t-3\tNo."]
    (tmp_path / "ratings.txt").write_bytes("\r\n".join(lines).encode())

    prepared = prepare("rated-snippets", tmp_path)

    train = prepared.splits["train"]
    assert train["id"].to_list() == [1, 3, 4]
    assert train["text"].to_list() == ["A joy.", 'A "dull" film.', "No."]
    assert train["label"].to_list() == ["pos", "neg", "neg"]
    (note,) = prepared.notes
    assert note.message.startswith("1 of 4 rows")
    assert note.rows == ("ratings.txt:2",)


def test_messages_that_were_cut_at_commas_are_joined_and_told(tmp_path: Path) -> None:
    table = 'v1,v2,,,\r\nham,see you,,,\r\nspam,"WIN, now",,,\r\nham,cut, here, again,\r\n'
    (tmp_path / "messages.csv").write_bytes(table.encode("latin-1") + b"spam,\xa3100,,,\r\n")

    prepared = prepare("sms-table", tmp_path)

    train = prepared.splits["train"]
    assert train["text"].to_list() == ["see you", "WIN, now", "cut, here, again", "£100"]
    assert train["label"].to_list() == ["ham", "spam", "ham", "spam"]
    assert prepared.notes[0].rows == ("messages.csv:3",)


def test_reviews_in_a_tar_keep_their_split_and_their_label(tmp_path: Path) -> None:
    members = {
        "aclImdb/README": b"about",
        "aclImdb/train/pos/10_9.txt": b"tenth",
        "aclImdb/train/pos/2_7.txt": b"second",
        "aclImdb/train/neg/0_1.txt": "café".encode(),
        "aclImdb/train/unsup/0_0.txt": b"unlabelled",
        "aclImdb/train/labeledBow.feat": b"numbers",
        "aclImdb/test/pos/0_10.txt": b"test",
    }
    with tarfile.open(tmp_path / "reviews.tar.gz", "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    splits = prepare("imdb-archive", tmp_path).splits

    assert splits["train"].rows() == [("café", "neg"), ("second", "pos"), ("tenth", "pos")]
    assert splits["test"].rows() == [("test", "pos")]
    assert splits["unsup"].rows() == [("unlabelled",)]


def test_numbered_labels_become_names(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for name, labels in {"train": [0, 1], "test": [1, 0], "unsupervised": [-1, -1]}.items():
        frame = pl.DataFrame({"text": ["a", "b"], "label": labels})
        frame.write_parquet(tmp_path / "plain" / f"{name}-00000-of-00001.parquet")

    splits = prepare("imdb-parquet", tmp_path).splits

    assert splits["train"].rows() == [("a", "neg"), ("b", "pos")]
    assert splits["test"].rows() == [("a", "pos"), ("b", "neg")]
    assert splits["unsup"].columns == ["text"]


def test_a_source_without_the_expected_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it has 0 files like"):
        prepare("sms-table", tmp_path)
