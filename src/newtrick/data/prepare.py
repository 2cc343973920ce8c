"""Files as their authors laid them out ─► frames with the columns text and label, one a split."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from newtrick.data.catalogue import Layout
from newtrick.data.dataset import Note
from newtrick.data.sources import SourceError
from newtrick.data.sources.archives import read_members

IMDB_LABELS = ("neg", "pos")


@dataclass(frozen=True)
class Prepared:
    """A data set as it goes into the cache.

    Attributes:
        splits: Frames by split, with `text`, `label` (not for `unsup`), and `id` where the original
            numbers its rows.
        notes: What was dropped or mended on the way.
    """

    splits: Mapping[str, pl.DataFrame]
    notes: tuple[Note, ...] = ()


def prepare(layout: Layout, folder: Path) -> Prepared:
    """Read the files of a data source.

    Args:
        layout: How they lie in `folder`.
        folder: What the source gave.

    Raises:
        SourceError: The files do not lie as expected.
    """
    return READERS[layout](folder)


def _rated_snippets(folder: Path) -> Prepared:
    """Lines of id, mean rating and text; a rating of 0 is no opinion, so its row is dropped."""
    path = _only(folder, "*.txt")
    lines = path.read_bytes().decode("utf-8").rstrip("\r\n").split("\r\n")
    rows = pl.DataFrame(
        [line.split("\t", 2) for line in lines], schema=["id", "rating", "text"], orient="row"
    ).with_columns(pl.col("id").cast(pl.UInt32), pl.col("rating").cast(pl.Float64))
    rating = pl.col("rating")
    undecided = rows.filter(rating == 0)["id"].to_list()
    note = Note(
        "dropped",
        f"{len(undecided)} of {rows.height:,} rows have a mean rating of exactly 0, neither "
        "negative nor positive, and were left out.",
        tuple(f"{path.name}:{number}" for number in undecided),
    )
    label = pl.when(rating < 0).then(pl.lit("neg")).otherwise(pl.lit("pos")).alias("label")
    return Prepared({"train": rows.filter(rating != 0).select("id", "text", label)}, (note,))


def _sms_table(folder: Path) -> Prepared:
    """A csv of label and text, then nameless columns into which some texts spilled at commas."""
    path = _only(folder, "*.csv")
    table = csv.reader(io.StringIO(path.read_bytes().decode("latin-1"), newline=""))
    next(table)
    rows = [(label, list(cells)) for label, *cells in table]
    spilled = [number for number, (_, cells) in enumerate(rows, 1) if any(cells[1:])]
    note = Note(
        "mended",
        f"{len(spilled)} of {len(rows):,} texts were cut at their commas; the pieces were joined.",
        tuple(f"{path.name}:{number}" for number in spilled),
    )
    frame = pl.DataFrame(
        [(",".join(cells).rstrip(","), label) for label, cells in rows],
        schema=["text", "label"],
        orient="row",
    )
    return Prepared({"train": frame}, (note,))


def _imdb_parquet(folder: Path) -> Prepared:
    """One parquet file a split, labels as numbers; -1 in the unlabelled one."""
    names = {"train": "train", "test": "test", "unsup": "unsupervised"}
    frames = {
        split: pl.read_parquet(_only(folder, f"**/{name}-*.parquet"))
        for split, name in names.items()
    }
    label = pl.col("label").replace_strict(
        dict(enumerate(IMDB_LABELS)), return_dtype=pl.String, default=None
    )
    return Prepared(
        {
            split: frame.select("text") if split == "unsup" else frame.select("text", label)
            for split, frame in frames.items()
        }
    )


def _imdb_archive(folder: Path) -> Prepared:
    """A tar with a file for each review, in folders named by split and label."""
    place = re.compile(r"aclImdb/(train|test)/(neg|pos|unsup)/(\d+)_\d+\.txt")
    found: dict[str, list[tuple[str, int, str]]] = {"train": [], "test": [], "unsup": []}
    for name, content in read_members(_only(folder, "*.tar.gz")):
        if match := place.fullmatch(name):
            split, label, number = match.groups()
            rows = found["unsup" if label == "unsup" else split]
            rows.append((label, int(number), content.decode("utf-8")))
    frames = {
        split: pl.DataFrame(
            [(text, label) for label, _, text in sorted(rows)],
            schema={"text": pl.String, "label": pl.String},
            orient="row",
        )
        for split, rows in found.items()
    }
    return Prepared({**frames, "unsup": frames["unsup"].select("text")})


def _only(folder: Path, pattern: str) -> Path:
    paths = sorted(folder.glob(pattern))
    if len(paths) != 1:
        raise SourceError(f"it has {len(paths)} files like {pattern} where one is expected")
    return paths[0]


READERS: dict[Layout, Callable[[Path], Prepared]] = {
    "rated-snippets": _rated_snippets,
    "sms-table": _sms_table,
    "imdb-parquet": _imdb_parquet,
    "imdb-archive": _imdb_archive,
}
