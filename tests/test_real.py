"""The real default model on real data; the first run fetches both into the user's cache.

Set NEWTRICK_IMDB to a folder with train.parquet and test.parquet to include IMDb.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from newtrick import load, train

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.enable_socket]

PLAIN = """
import sys, json, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
model = AutoModelForSequenceClassification.from_pretrained(sys.argv[1]).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
shares = []
for text in json.load(sys.stdin):
    inputs = tokenizer(text, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        shares.append(torch.softmax(model(**inputs).logits[0], dim=0).tolist())
print(json.dumps(shares))
"""


def plain_transformers(model: Path, texts: list[str]) -> npt.NDArray[np.float64]:
    answer = subprocess.run(
        [sys.executable, "-c", PLAIN, str(model)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return np.array(json.loads(answer.stdout))


def test_movie_snippets_beat_the_word_count_and_load_in_plain_transformers(tmp_path: Path) -> None:
    run = train(
        "movie-snippets",
        settings={"data.max_train_rows": 3000, "training.epochs": 2},
        out=tmp_path / "run",
    )
    result = run.result
    assert result.test.accuracy > result.baseline.accuracy
    assert result.test.accuracy > 0.78
    texts = ["A warm, clever film.", "Two hours I want back.", "It is what it is. " * 200]
    np.testing.assert_allclose(
        load(run.folder, blend=False).predict_proba(texts),
        plain_transformers(run.folder / "model", texts),
        atol=1e-5,
    )


def test_sms_spam_is_told_as_imbalanced_and_learned(tmp_path: Path) -> None:
    run = train(
        "sms-spam",
        settings={"data.max_train_rows": 1500, "training.epochs": 1},
        out=tmp_path / "run",
    )
    assert {"imbalance", "duplicates"} <= {finding.code for finding in run.findings}
    assert run.result.positive_label == "spam"
    assert (run.result.test.f1 or 0) > 0.85


@pytest.mark.skipif("NEWTRICK_IMDB" not in os.environ, reason="NEWTRICK_IMDB names no folder")
def test_a_sample_of_imdb_is_drawn_from_both_classes(tmp_path: Path) -> None:
    folder = Path(os.environ["NEWTRICK_IMDB"])
    test = pl.read_parquet(folder / "test.parquet").sample(500, seed=1)
    test.write_parquet(tmp_path / "test.parquet")
    run = train(
        folder / "train.parquet",
        test=tmp_path / "test.parquet",
        settings={"data.max_train_rows": 1000, "training.max_minutes": 3},
        out=tmp_path / "run",
    )
    assert run.result.data.train_rows == 1000
    assert run.result.test.accuracy > 0.75
