"""Folders of shards to predict: csv, jsonl and parquet in turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from tests.tiny import make_reviews, write_csv

ENDINGS = ("csv", "jsonl", "parquet")


def write_shards(folder: Path, rows: int, shards: int) -> Path:
    """Easy reviews, no two with the same number in front, over so many files."""
    folder.mkdir()
    texts = [f"{number} {text}" for number, (text, _) in enumerate(make_reviews(rows))]
    for place in range(shards):
        name = f"part-{place:02}.{ENDINGS[place % len(ENDINGS)]}"
        write_shard(folder / name, texts[place::shards])
    return folder


def write_shard(path: Path, texts: Sequence[str]) -> None:
    """One file, in the format that its ending tells."""
    if path.suffix == ".csv":
        write_csv(path, [("id", "text"), *enumerate(texts)])
    elif path.suffix == ".jsonl":
        lines = [json.dumps({"id": row, "text": text}) for row, text in enumerate(texts)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        pl.DataFrame({"id": range(len(texts)), "text": texts}).write_parquet(path)


def read_shard(path: Path) -> pl.DataFrame:
    """Row, text, label and score of each row of a file."""
    readers = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": pl.read_parquet}
    frame = readers[path.suffix](path)
    return frame.select(pl.col("row").cast(pl.Int64), "text", "label", "score")


def predicted(folder: Path) -> pl.DataFrame:
    """All rows of a folder of predictions, by text."""
    paths = sorted(folder.glob("part-*"))
    return pl.concat(map(read_shard, paths)).sort("text")


def names(folder: Path) -> list[str]:
    """All that lies there, hidden or not."""
    return sorted(path.name for path in folder.iterdir())
