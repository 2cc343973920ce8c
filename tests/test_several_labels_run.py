"""A training where a text may have any number of labels, from a file to plain transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.special import expit
from tests.tiny import QUICK, make_topics, write_topics
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from newtrick import TextClassifier, evaluate, load, train
from newtrick.encoder.load import load_trained
from newtrick.encoder.quiet import quiet_transformers
from newtrick.errors import Interrupted, RecipeError
from newtrick.evaluation.compare import compare
from newtrick.evaluation.result import Result
from newtrick.evaluation.saved import read_predictions
from newtrick.journal import Checkpoint, Event
from newtrick.pipeline import Run
from newtrick.predict_file import predict_file
from newtrick.progress import Watcher
from newtrick.report.grid import score_grid
from newtrick.report.verdict import verdict

SETTINGS = QUICK | {
    "training.learning_rate": 0.003,
    "training.epochs": 6.0,
    "blend.enabled": False,  # the word count knows all; here the encoder answers
}
TEXTS = ["the superb superb lovely film", "the actor actor scene awful dull", "the film is a story"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Run:
    folder = tmp_path_factory.mktemp("several")
    return train(
        write_topics(folder / "topics.jsonl"),
        model=tiny_encoder,
        settings=SETTINGS,
        out=folder / "run",
        accept=["collapsed", "not-learning"],
    )


@pytest.fixture
def model(run: Run) -> Path:
    return run.folder / "model"


def test_the_result_says_what_was_measured_and_what_by(run: Run) -> None:
    result = Result.model_validate_json((run.folder / "result.json").read_text())
    assert result.task == "multi_label"
    assert set(result.labels) == {"praise", "blame", "acting", "rare"}
    assert (result.positive_label, result.decisions, result.test.f1) == (None, None, None)
    assert result.label_decisions is not None
    assert result.baseline.micro_f1 is not None
    assert result.baseline.micro_f1 > 0.9
    assert f"micro F1 of {100 * (result.test.micro_f1 or 0):.1f} %" in verdict(result)
    lead = (result.test.micro_f1 or 0) - result.baseline.micro_f1
    assert result.gain.difference == pytest.approx(lead)
    assert "Micro F1" in score_grid(result).header


def test_plain_transformers_gives_every_label_its_own_probability(run: Run, model: Path) -> None:
    with quiet_transformers():
        classify = pipeline("text-classification", model=str(model), truncation=True, top_k=None)
        answers: Any = classify(TEXTS)
    shares = load(model).predict_proba(TEXTS)
    for row, answer in zip(shares, answers, strict=True):
        by_label = {each["label"]: each["score"] for each in answer}
        assert [by_label[name] for name in run.result.labels] == pytest.approx(
            row.tolist(), abs=1e-5
        )


def test_rows_that_share_groups_are_scored_by_group(model: Path, tmp_path: Path) -> None:
    rows = [
        {"text": text, "labels": labels, "film": f"film {number // 4}"}
        for number, (text, labels) in enumerate(make_topics(100, seed=5))
    ]
    path = tmp_path / "films.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    result = evaluate(load(model), path, group_column="film")
    assert result.test.groups == 25
    assert result.label_decisions is not None
    assert result.label_decisions.flagged.groups == 25


def test_the_loss_of_plain_transformers_is_that_of_the_result(run: Run, model: Path) -> None:
    saved = pl.read_parquet(run.folder / "predictions" / "test.parquet")
    plain = AutoModelForSequenceClassification.from_pretrained(model).eval()
    tokens = AutoTokenizer.from_pretrained(model)(
        saved["text"].to_list(), padding=True, truncation=True, return_tensors="pt"
    )
    truth = [[float(name in row) for name in run.result.labels] for row in saved["label"]]
    with torch.inference_mode():
        loss = plain(**tokens, labels=torch.tensor(truth)).loss
    assert float(loss) == pytest.approx(run.result.test.loss, abs=1e-4)


def test_predictions_are_lists_of_labels(run: Run) -> None:
    saved = pl.read_parquet(run.folder / "predictions" / "test.parquet")
    assert saved.schema["label"] == saved.schema["predicted"] == pl.List(pl.String)
    right = saved.select((pl.col("label").list.sort() == pl.col("predicted").list.sort()).mean())
    assert right.item() == pytest.approx(run.result.test.accuracy)


def test_a_saved_model_answers_with_the_labels_that_are_more_probable_than_not(
    run: Run, model: Path
) -> None:
    classifier = load(model)
    assert classifier.encoder.labels.multi_label
    shares = classifier.predict_proba(TEXTS)
    names = np.array(run.result.labels)
    assert classifier.predict(TEXTS) == [tuple(names[row > 0.5]) for row in shares]
    document = json.loads((model / "decisions.json").read_text())
    calm = expit(classifier.predict_logits(TEXTS) / document["temperature"])
    least = [rule["threshold"] for rule in document["rules"]]
    flagged = [tuple(names[row >= least]) for row in calm]
    assert [
        answer.decision.flagged for answer in classifier.answer(TEXTS) if answer.decision
    ] == flagged


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_is_predicted_with_a_list_of_labels_and_a_probability_for_each(
    model: Path, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(TEXTS) + '\n""\n')
    out = tmp_path / f"out.{ending}"
    predict_file(load(model), tmp_path / "in.csv", out)
    readers: Any = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}
    read = readers[ending](out)
    shares = [f"probability_{name}" for name in load(model).labels]
    assert read.columns == ["row", "text", "labels", *shares, "flagged"]
    first = read["labels"][0]
    labels = json.loads(first) if ending == "csv" else first.to_list()
    assert tuple(labels) == load(model).predict(TEXTS[:1])[0]


def test_a_saved_model_is_scored_on_other_rows(model: Path, tmp_path: Path) -> None:
    rows = write_topics(tmp_path / "other.jsonl", rows=200, seed=5)
    result = evaluate(load(model), rows)
    assert result.test.rows == 200
    assert result.test.micro_f1 is not None
    assert result.label_decisions is not None
    frame = pl.read_ndjson(rows)
    flags = [
        pl.col("labels").list.contains(name).cast(pl.Int8).alias(name)
        for name in load(model).labels
    ]
    frame.select("text", *flags).write_csv(tmp_path / "flags.csv")
    again = evaluate(load(model), tmp_path / "flags.csv", label_column="acting,blame,praise,rare")
    assert again.test == result.test


def test_training_goes_on_from_a_head_for_the_same_labels(model: Path) -> None:
    assert load_trained(model).labels.multi_label


def test_the_card_and_the_report_tell_of_several_labels(run: Run, model: Path) -> None:
    card = (model / "README.md").read_text()
    assert "A text has any number of 4 labels: acting, blame, praise, rare." in card
    assert "truncation=True, top_k=None)" in card
    assert "before the sigmoid" in card
    assert "Every text gets one" not in card
    report = (run.folder / "report.html").read_text()
    assert 'id="thresholds"' in report
    assert 'id="confusion"' not in report
    assert not (run.folder / "plots" / "confusion.png").exists()


class StopAtCheckpoint(Watcher):
    """Breaks off at the second checkpoint, as a kill would."""

    def __init__(self) -> None:
        self.seen = 0

    def event(self, event: Event) -> None:
        self.seen += isinstance(event, Checkpoint)
        if self.seen == 2:
            raise Interrupted("stopped")


def test_a_run_that_was_broken_off_ends_with_the_same_weights(
    run: Run, tmp_path: Path, tiny_encoder: Path
) -> None:
    data = write_topics(tmp_path / "topics.jsonl")
    with pytest.raises(Interrupted):
        train(
            data,
            model=tiny_encoder,
            settings=SETTINGS,
            out=tmp_path / "run",
            accept=["collapsed", "not-learning"],
            watcher=StopAtCheckpoint(),
        )
    resumed = train(resume=tmp_path / "run")
    weights = [
        (each / "model" / "model.safetensors").read_bytes() for each in (run.folder, resumed.folder)
    ]
    assert weights[0] == weights[1]
    assert resumed.result.test == run.result.test


def test_two_models_are_compared_by_their_micro_f1(run: Run, tmp_path: Path) -> None:
    saved = pl.read_parquet(run.folder / "predictions" / "test.parquet")
    perfect = saved.select("id", "label", predicted="label")
    perfect.write_parquet(tmp_path / "perfect.parquet")
    models = [read_predictions(str(name)) for name in (run.folder, tmp_path / "perfect.parquet")]
    comparison = compare(models)
    (versus,) = comparison.against_first
    assert comparison.labels == ("acting", "blame", "praise", "rare")
    assert versus.macro_f1 is None
    assert versus.micro_f1 is not None
    assert versus.micro_f1.first == pytest.approx(run.result.test.micro_f1)
    assert versus.micro_f1.other == 1
    assert versus.accuracy.first == pytest.approx(run.result.test.accuracy)
    assert versus.better == str(tmp_path / "perfect.parquet")
    loss = np.mean(models[0].answers["loss"].to_numpy())
    assert loss == pytest.approx(run.result.test.loss, abs=1e-4)


def test_what_does_not_go_with_several_labels_is_refused(
    tmp_path: Path, tiny_encoder: Path
) -> None:
    data = write_topics(tmp_path / "topics.jsonl", rows=60)
    for settings, message in (
        ({"training.best_by": "f1"}, "needs two classes"),
        ({"decisions.costs": [("praise", "blame", 2.0)]}, "one label in place of another"),
    ):
        with pytest.raises(RecipeError, match=message):
            train(data, model=tiny_encoder, settings=QUICK | settings, out=tmp_path / "run")


def test_five_hundred_labels_train_and_are_told(tmp_path: Path, tiny_encoder: Path) -> None:
    chance = np.random.default_rng(0)
    lines = [
        json.dumps(
            {"text": text, "labels": [f"tag {tag}" for tag in chance.integers(0, 500, 4)] + labels}
        )
        for text, labels in make_topics(300)
    ]
    (tmp_path / "tags.jsonl").write_text("\n".join(lines))
    done = train(
        tmp_path / "tags.jsonl",
        model=tiny_encoder,
        settings=SETTINGS | {"training.epochs": 1.0, "training.best_by": "micro_f1"},
        out=tmp_path / "run",
        accept=["collapsed", "not-learning"],
    )
    assert len(done.result.labels) > 450
    assert "labels more, in result.json" in (done.folder / "model" / "README.md").read_text()


@pytest.mark.parametrize("kind", ["table", "lists"])
def test_the_estimator_takes_tables_and_lists_and_gives_the_like(
    tiny_encoder: Path, kind: str
) -> None:
    texts, labels = (list(column) for column in zip(*make_topics(120), strict=True))
    names = ["acting", "blame", "praise", "rare"]
    table = np.array([[int(name in row) for name in names] for row in labels])
    estimator = TextClassifier(str(tiny_encoder), settings=SETTINGS | {"training.epochs": 1.0})
    estimator.fit(texts, table if kind == "table" else labels)
    predicted = estimator.predict(TEXTS)
    flags = estimator.predict_proba(TEXTS) > 0.5
    if kind == "table":
        assert estimator.classes_.tolist() == [0, 1, 2, 3]
        assert np.array_equal(predicted, flags.astype(int))
        assert 0 <= estimator.score(texts, table) <= 1
    else:
        assert estimator.classes_.tolist() == names
        assert predicted == [np.array(names)[row].tolist() for row in flags]
