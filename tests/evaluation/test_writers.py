from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from newtrick.data.dataset import LabelSet
from newtrick.data.formulas import restored
from newtrick.evaluation.writers import PredictedRow, writer_for

TEXTS = ("=1+1", "'=1+1", "-1", "@you, a film", "\ta tab", "good")
ROWS = [
    PredictedRow(number, text, label=text, score=1e-7, probabilities=(1e-7, 1.0))
    for number, text in enumerate(TEXTS)
]


def written(path: Path) -> Path:
    with writer_for(path)(path, LabelSet(("+ve", "-1"))) as writer:
        writer.write(ROWS)
    return path


def test_a_csv_has_no_cell_that_runs_as_a_formula_and_its_texts_can_be_had_back(
    tmp_path: Path,
) -> None:
    with written(tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert [row["text"] for row in rows] == [
        *("'=1+1", "''=1+1", "-1", "'@you, a film", "'\ta tab", "good")
    ]
    assert [restored(row["label"]) for row in rows] == list(TEXTS)
    assert list(rows[0])[-2:] == ["probability_+ve", "probability_-1"]
    assert {row["probability_+ve"] for row in rows} == {"1e-07"}


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_other_files_hold_the_texts_as_they_are(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / f"a.{ending}")

    if ending == "jsonl":
        texts = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
    else:
        texts = pl.read_parquet(path)["text"].to_list()
    assert texts == list(TEXTS)
