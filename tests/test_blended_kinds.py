"""Blends where texts are pairs, and where they may have several labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.conftest import TinyRun
from tests.tiny import QUICK, write_topics

from newtrick import evaluate, load, train
from newtrick.errors import UsageError
from newtrick.report.blended import blend_in_words

PAIRS = [("the film", "a superb plot"), ("the film", "a dull plot")]


def test_the_words_of_both_texts_of_a_pair_count(tiny_pairs_run: TinyRun) -> None:
    folder = tiny_pairs_run.run.folder
    alone, blended = (load(folder, blend=wanted).predict_proba(PAIRS) for wanted in (False, True))
    assert (blended != alone).any()
    assert load(folder, blend=True).predict(PAIRS) == ["pos", "neg"]


def test_of_several_labels_each_is_blended_and_none_is_fast(
    tmp_path: Path, tiny_encoder: Path
) -> None:
    run = train(
        write_topics(tmp_path / "topics.jsonl"),
        model=tiny_encoder,
        settings=QUICK | {"training.epochs": 1.0, "blend.enabled": True},
        out=tmp_path / "run",
        accept=["collapsed", "not-learning"],
    )
    blend = run.result.blend
    assert blend is not None
    assert blend.cascade is None
    assert len(blend_in_words(run.result)) == 1
    assert (blend.test.micro_f1 or 0) > (blend.encoder_test.micro_f1 or 0)
    rows = pl.read_parquet(run.folder / "predictions" / "test.parquet")
    shares = load(run.folder).predict_proba(rows["text"].to_list())
    np.testing.assert_allclose(shares[:, 0], rows.to_series(3), atol=1e-5)
    rows.select("text", labels="label").write_ndjson(tmp_path / "test.jsonl")
    result = evaluate(load(run.folder), tmp_path / "test.jsonl")
    assert result.test.micro_f1 == run.result.test.micro_f1
    assert result.label_decisions == run.result.label_decisions
    with pytest.raises(UsageError, match="may not answer alone"):
        load(run.folder, fast=True)
