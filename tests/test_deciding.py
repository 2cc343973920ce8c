"""What a trained model decides by: saved with it, told of, applied, dropped when it is stale."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews, write_reviews
from transformers import AutoModelForSequenceClassification

from newtrick import evaluate, load, train
from newtrick.errors import RecipeError
from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.decisions.decide import Decision

TEXTS = [text for text, _ in make_reviews(20, seed=7)]


@pytest.fixture
def model(tiny_run: TinyRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run.run.folder / "model", tmp_path / "model"))


def test_a_run_tells_what_its_model_decides_by(tiny_run: TinyRun) -> None:
    folder, scores = tiny_run.run.folder, tiny_run.run.result.decisions
    assert scores is not None
    assert scores.fitted_on_rows == 60
    assert scores.sets.coverage >= 0.9
    for page in ("report.html", "model/README.md"):
        assert "Prediction sets that hold the label" in (folder / page).read_text("utf-8")
    assert {path.name for path in (folder / "plots").iterdir()} >= {"reliability.png", "risk.png"}


def test_the_temperature_calibrates_the_logits_of_plain_transformers(model: Path) -> None:
    classifier = load(model)
    document = json.loads((model / "decisions.json").read_text())
    logits = classifier.predict_logits(TEXTS)
    shares = calibrated(logits, document["temperature"])
    decisions = [answer.decision for answer in classifier.answer(TEXTS)]
    assert [d.confidence for d in decisions if isinstance(d, Decision)] == pytest.approx(
        shares.max(axis=1).tolist(), abs=1e-6
    )


def test_the_probabilities_of_an_answer_are_not_the_calibrated_ones(model: Path) -> None:
    classifier = load(model)
    answers = classifier.answer(TEXTS)
    shares = classifier.predict_proba(TEXTS)
    assert [list(answer.probabilities) for answer in answers] == shares.tolist()
    assert [answer.label for answer in answers] == classifier.predict(TEXTS)


def test_plain_transformers_neither_minds_nor_takes_along_the_decisions(
    model: Path, tmp_path: Path
) -> None:
    plain = AutoModelForSequenceClassification.from_pretrained(model)
    plain.save_pretrained(tmp_path / "copy")
    assert not (tmp_path / "copy" / "decisions.json").exists()


def test_decisions_of_another_training_are_left_aside(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert load(model).decisions is not None
    plain = AutoModelForSequenceClassification.from_pretrained(model)
    with torch.no_grad():
        plain.get_parameter("classifier.bias").add_(0.5)
    plain.save_pretrained(model)
    with caplog.at_level(logging.WARNING, "newtrick"):
        classifier = load(model)
    assert classifier.decisions is None
    assert "another training's" in caplog.text
    assert classifier.answer(TEXTS)[0].decision is None


def test_evaluating_says_whether_the_promises_hold_on_new_rows(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "new.csv", rows=200, seed=5)
    result = evaluate(load(tiny_run.run.folder), data)
    assert result.decisions is not None
    assert result.decisions.sets.coverage > 0.85


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"decisions.costs": [["neg", "poss", 2]]}, "'poss': did you mean pos?"),
        ({"decisions.wanted_precision": 0.9, "decisions.wanted_recall": 0.9}, "one threshold"),
    ],
)
def test_what_cannot_be_decided_by_is_refused_before_training(
    tiny_encoder: Path, reviews: Path, tmp_path: Path, settings: dict[str, object], told: str
) -> None:
    with pytest.raises(RecipeError, match="label") as caught:
        train(reviews, model=tiny_encoder, settings=QUICK | settings, out=tmp_path / "run")
    assert told in str(caught.value)
    assert not (tmp_path / "run").exists()
