"""Runs whose encoder is helped by a count of words, from training to answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.conftest import TinyRun
from tests.tiny import QUICK, write_reviews
from transformers import pipeline

from newtrick import evaluate, load, train
from newtrick.encoder.quiet import quiet_transformers
from newtrick.errors import ModelError, UsageError
from newtrick.evaluation.result import Result
from newtrick.evaluation.scores import BlendScores
from newtrick.pipeline import Run
from newtrick.report.blended import blend_in_words
from newtrick.report.grid import score_grid
from newtrick.report.verdict import verdict

TEXTS = ["the film is a story and lovely superb", "the film is a story and awful dull"]
SHORT_SIGHTED: dict[str, object] = QUICK | {"data.max_tokens": 4, "training.epochs": 3.0}
"""The encoder reads two words of a review, the word count all: a blend has to be better."""


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Run:
    folder = tmp_path_factory.mktemp("blended")
    data = write_reviews(folder / "reviews.csv", rows=800)
    return train(data, model=tiny_encoder, settings=SHORT_SIGHTED, out=folder / "run")


@pytest.fixture
def model(blended: Run, tmp_path: Path) -> Path:
    """A copy of the model folder, to break."""
    shutil.copytree(blended.folder / "model", tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def test_rows(blended: Run, tmp_path: Path) -> Path:
    """The test rows of the run, as a file."""
    rows = pl.read_parquet(blended.folder / "predictions" / "test.parquet")
    rows.select("text", "label").write_csv(tmp_path / "test.csv")
    return tmp_path / "test.csv"


def scores_of(run: Run) -> BlendScores:
    result = Result.model_validate_json((run.folder / "result.json").read_text("utf-8"))
    assert result.blend is not None
    return result.blend


def test_where_the_word_count_sees_more_the_blend_is_used_and_all_figures_are_its(
    blended: Run,
) -> None:
    scores, result = scores_of(blended), blended.result
    assert (scores.used, scores.asked) == (True, False)
    assert scores.validation_gain.told_apart
    assert result.test == scores.test
    assert result.validation == scores.validation
    assert scores.test.accuracy > scores.encoder_test.accuracy + 0.1
    gain = scores.test.accuracy - scores.encoder_test.accuracy
    assert scores.test_gain.difference == pytest.approx(gain)
    assert result.decisions is not None
    rows = pl.read_parquet(blended.folder / "predictions" / "test.parquet")
    assert (rows["label"] == rows["predicted"]).mean() == pytest.approx(result.test.accuracy)


def test_answers_are_those_that_were_scored(blended: Run, test_rows: Path) -> None:
    rows = pl.read_parquet(blended.folder / "predictions" / "test.parquet")
    shares = load(blended.folder).predict_proba(rows["text"].to_list())
    np.testing.assert_allclose(shares[:, 1], rows["probability_pos"], atol=1e-5)
    result = evaluate(load(blended.folder), test_rows)
    assert result.answered_by == "blend"
    assert result.test.accuracy == blended.result.test.accuracy
    assert result.decisions is not None
    assert blended.result.decisions is not None
    assert result.decisions.abstention == blended.result.decisions.abstention


def test_plain_transformers_and_no_blend_are_the_encoder_alone(
    blended: Run, test_rows: Path
) -> None:
    alone = load(blended.folder, blend=False)
    with quiet_transformers():
        classify = pipeline("text-classification", model=str(blended.folder / "model"))
        answers: Any = classify(TEXTS, top_k=None, truncation=True)
    for row, answer in zip(alone.predict_proba(TEXTS), answers, strict=True):
        by_label = {each["label"]: each["score"] for each in answer}
        assert [by_label["neg"], by_label["pos"]] == pytest.approx(row.tolist(), abs=1e-5)
    result = evaluate(alone, test_rows)
    assert result.answered_by == "encoder"
    assert result.test.accuracy == scores_of(blended).encoder_test.accuracy
    assert result.decisions is not None
    assert result.decisions.temperature == scores_of(blended).encoder_temperature


def test_the_word_count_answers_alone_where_it_is_sure(blended: Run, test_rows: Path) -> None:
    cascade = scores_of(blended).cascade
    assert cascade is not None
    assert cascade.gain.difference > 0
    result = evaluate(load(blended.folder, fast=True), test_rows)
    assert result.answered_by == "cascade"
    assert result.words_share == pytest.approx(cascade.test_share)
    assert result.test.accuracy == cascade.test.accuracy
    assert result.decisions is not None
    with pytest.raises(UsageError, match="Fast answers are not explained"):
        load(blended.folder, fast=True).explain(TEXTS)


def test_answers_of_both_are_explained_by_what_moved_the_encoder(blended: Run) -> None:
    classifier = load(blended.folder)
    known = classifier.explain(TEXTS)
    assert [each.label for each in known] == classifier.predict(TEXTS) == ["pos", "neg"]
    own = load(blended.folder, blend=False).predict_proba(TEXTS)
    assert [each.probability for each in known] == pytest.approx([own[0, 1], own[1, 0]])


def test_table_verdict_card_and_report_name_the_blend(blended: Run) -> None:
    result = blended.result
    words = scores_of(blended).words
    names = [row[0] for row in score_grid(result).rows]
    assert names[-2:] == [result.model, f"{result.model} with {words}"]
    assert verdict(result).startswith(f"{result.model} with {words} is right on")
    choice, fast = blend_in_words(result)
    assert f"blended with {words}, which was better on the validation rows" in choice
    assert "the word count answers" in fast
    card = (blended.folder / "model" / "README.md").read_text("utf-8")
    assert "transformers loads the encoder alone" in card
    assert f"divide the logits by {scores_of(blended).encoder_temperature:.6g}" in card
    report = (blended.folder / "report.html").read_text("utf-8")
    assert f"blended with {words}" in report


def test_a_blend_that_is_not_shown_to_be_better_is_left_off_but_can_be_had(
    tiny_run: TinyRun,
) -> None:
    scores = scores_of(tiny_run.run)
    assert not scores.used
    assert tiny_run.run.result.test == scores.encoder_test
    assert "The encoder answers alone" in blend_in_words(tiny_run.run.result)[0]
    folder = tiny_run.run.folder
    by_default, blended, alone = (
        load(folder, blend=wanted).predict_proba(TEXTS) for wanted in (None, True, False)
    )
    np.testing.assert_array_equal(by_default, alone)
    assert (blended != alone).any()


def test_a_recipe_can_ask_for_the_blend_or_for_none(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    changes: dict[str, object] = {"training.epochs": 1.0, "blend.enabled": True}
    asked = train(reviews, model=tiny_encoder, settings=QUICK | changes, out=tmp_path / "asked")
    assert scores_of(asked).used
    assert scores_of(asked).asked
    changes["blend.enabled"] = False
    none = train(reviews, model=tiny_encoder, settings=QUICK | changes, out=tmp_path / "none")
    assert none.result.blend is None
    assert not (none.folder / "model" / "blend.json").exists()
    with pytest.raises(UsageError, match="no count of words beside it") as refused:
        load(none.folder, blend=True)
    assert "blend.enabled" in str(refused.value)
    with pytest.raises(UsageError, match="no count of words beside it"):
        load(none.folder, fast=True)


def test_fast_and_blend_are_not_asked_for_together(blended: Run) -> None:
    with pytest.raises(UsageError, match="--fast"):
        load(blended.folder, blend=True, fast=True)


def test_where_no_threshold_assures_enough_fast_is_refused(model: Path) -> None:
    document = json.loads((model / "blend.json").read_text("utf-8"))
    del document["cascade"], document["cascade_decisions"]
    (model / "blend.json").write_text(json.dumps(document), "utf-8")
    with pytest.raises(UsageError, match="may not answer alone"):
        load(model, fast=True)


def test_a_model_that_was_trained_on_since_answers_alone(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    document = json.loads((model / "blend.json").read_text("utf-8"))
    (model / "blend.json").write_text(json.dumps(document | {"head": "another"}), "utf-8")
    assert load(model).answerer.way == "encoder"
    assert "blend.json is another training's" in caplog.text
    with pytest.raises(UsageError, match="no count of words beside it"):
        load(model, blend=True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("blend.json", "{", "damaged"),
        ("blend.json", '{"format": 2}', "later newtrick"),
        ("words.parquet", "", "missing or damaged"),
    ],
)
def test_files_that_cannot_be_used_are_told_and_the_encoder_can_still_be_had(
    model: Path, name: str, content: str, told: str
) -> None:
    (model / name).write_text(content, "utf-8")
    with pytest.raises(ModelError, match=told):
        load(model)
    assert load(model, blend=False).predict(TEXTS)
