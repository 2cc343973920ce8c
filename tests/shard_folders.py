"""Folders of shards to predict: csv, jsonl and parquet in turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from tests.tiny import make_reviews, write_csv

ENDINGS = ("csv", "jsonl", "parquet")


def texts(rows: int) -> list[str]:
    """Easy reviews, each with its number in front, so that no two are alike."""
    return [f"{number} {text}" for number, (text, _) in enumerate(make_reviews(rows))]


def write_shards(folder: Path, rows: int, shards: int) -> Path:
    """So many of `texts` over so many files."""
    folder.mkdir()
    for place in range(shards):
        name = f"part-{place:02}.{ENDINGS[place % len(ENDINGS)]}"
        write_shard(folder / name, texts(rows)[place::shards])
    return folder


def write_shard(path: Path, rows: Sequence[str]) -> None:
    """One file, in the format that its ending tells."""
    if path.suffix == ".csv":
        write_csv(path, [("id", "text"), *enumerate(rows)])
    elif path.suffix == ".jsonl":
        lines = [json.dumps({"id": row, "text": text}) for row, text in enumerate(rows)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        pl.DataFrame({"id": range(len(rows)), "text": rows}).write_parquet(path)


def read_shard(path: Path) -> pl.DataFrame:
    """Row, text, label and score of each row of a file."""
    if path.suffix == ".csv":
        frame = pl.read_csv(path)
    else:
        frame = pl.read_ndjson(path) if path.suffix == ".jsonl" else pl.read_parquet(path)
    return frame.select(pl.col("row").cast(pl.Int64), "text", "label", "score")


def predicted(folder: Path) -> pl.DataFrame:
    """All rows of a folder of predictions, by text."""
    paths = sorted(folder.glob("part-*"))
    return pl.concat(map(read_shard, paths)).sort("text")


def names(folder: Path) -> list[str]:
    """All that lies there, hidden or not."""
    return sorted(path.name for path in folder.iterdir())
