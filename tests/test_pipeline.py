from __future__ import annotations

import csv
import json
import re
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews, write_reviews
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from newtrick import load, train
from newtrick.errors import (
    Stopped,
    TrainingLost,
)
from newtrick.evaluation.result import Result
from newtrick.hashing import file_sha256
from newtrick.journal import Checkpoint, Event, Step, read_events
from newtrick.progress import Watcher
from newtrick.recipe_files import load_recipe


def test_a_run_leaves_the_folder_of_the_design(tiny_run: TinyRun) -> None:
    folder = tiny_run.run.folder
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names >= {
        "recipe.toml",
        "manifest.json",
        "audit.json",
        "journal.jsonl",
        "model/config.json",
        "model/model.safetensors",
        "model/tokenizer.json",
        "model/newtrick.json",
        "model/README.md",
        "predictions/validation.parquet",
        "predictions/test.parquet",
        "result.json",
        "mistakes.jsonl",
        "report.html",
        "plots/loss.png",
        "plots/confusion.png",
    }
    assert not [name for name in names if "part" in name or "lock" in name]


def test_the_encoder_learns_and_the_result_says_so_beside_the_baselines(tiny_run: TinyRun) -> None:
    result = tiny_run.run.result
    low, high = result.test.accuracy_interval
    assert result.test.accuracy > 0.9
    assert low < result.test.accuracy <= high
    ladder = [baseline.name for baseline in result.baselines]
    assert ladder == ["majority", "tfidf-logistic", "nb-logistic", "frozen-logistic"]
    assert result.baseline in result.baselines
    assert result.gain.over == result.baseline.name
    assert result.gain.difference == pytest.approx(result.test.accuracy - result.baseline.accuracy)
    assert (result.data.train_rows, result.data.validation_rows, result.data.test_rows) == (
        420,
        60,
        120,
    )
    assert result.training.stopped_by == "epochs"


def test_the_mistakes_are_the_wrong_predictions_and_the_first_are_explained(
    tiny_run: TinyRun,
) -> None:
    folder, result = tiny_run.run.folder, tiny_run.run.result
    mistakes = [json.loads(line) for line in (folder / "mistakes.jsonl").read_text().splitlines()]
    test = pl.read_parquet(folder / "predictions" / "test.parquet")
    wrong = test.filter(pl.col("label") != pl.col("predicted"))
    assert {mistake["row"] for mistake in mistakes} == set(wrong["id"])
    for mistake in mistakes:
        words = "".join(word["word"] for word in mistake["words"])
        assert words == mistake["text"].replace(" ", "")
    assert result.slices is not None
    assert result.slices.looked_at > 10
    assert result.explanations is not None
    assert result.explanations.drop_by_top_words > result.explanations.drop_by_random_words


def test_result_json_has_the_shape_of_the_design(tiny_run: TinyRun) -> None:
    text = (tiny_run.run.folder / "result.json").read_text()
    document = json.loads(text)
    assert Result.model_validate_json(text) == tiny_run.run.result
    assert {"format", "task", "labels", "positive_label", "model", "data"} <= document.keys()
    for part in ("validation", "test"):
        scores = document[part]
        assert {"rows", "loss", "accuracy", "accuracy_interval", "f1", "macro_f1"} <= scores.keys()
        assert scores["intervals"].keys() < scores.keys()
        assert scores["by_label"].keys() == {"neg", "pos"}
    assert document["baseline"]["intervals"].keys() < document["baseline"].keys()
    assert document["training"].keys() == {
        "best_step",
        "last_step",
        "epochs",
        "stopped_by",
        "seconds",
        "useful_tokens",
        "useful_tokens_per_second",
        "padding_share",
        "peak_memory_bytes",
    }


def test_plain_transformers_gives_the_same_probabilities(tiny_run: TinyRun) -> None:
    folder = tiny_run.run.folder / "model"
    texts = [text for text, _ in make_reviews(20, seed=7)]
    ours = load(folder).predict_proba(texts)

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
    with torch.inference_mode():
        plain = torch.softmax(model(**inputs).logits, dim=1).numpy()
    np.testing.assert_allclose(ours, plain, atol=1e-5)

    answers = pipeline("text-classification", model=str(folder))(texts, truncation=True)
    assert [answer["label"] for answer in answers] == load(folder).predict(texts)
    scores = [answer["score"] for answer in answers]
    np.testing.assert_allclose(scores, ours.max(axis=1), atol=1e-5)


def weights_of_a_short_run(
    data: Path, model: Path, folder: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Of a run that finds no token ids in the cache."""
    monkeypatch.setenv("NEWTRICK_CACHE", str(folder / "cache"))
    settings = QUICK | {"training.epochs": 1, "data.tokenizer_workers": workers}
    run = train(data, model=model, settings=settings, out=folder / "run")
    return file_sha256(run.folder / "model" / "model.safetensors")


def test_the_number_of_tokenizer_workers_changes_no_weight(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_reviews(tmp_path / "reviews.csv", rows=80)
    hashes = {
        weights_of_a_short_run(data, tiny_encoder, tmp_path / str(n), n, monkeypatch)
        for n in (0, 2)
    }
    assert len(hashes) == 1


@pytest.mark.slow
def test_five_runs_with_no_worker_one_and_two_have_one_hash(
    tiny_encoder: Path, reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = {
        weights_of_a_short_run(reviews, tiny_encoder, tmp_path / f"{n}-{time}", n, monkeypatch)
        for n in (0, 1, 2)
        for time in range(5)
    }
    assert len(hashes) == 1


def test_windows_of_texts_that_fit_give_the_weights_that_the_head_gives(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    settings = QUICK | {"data.truncation": "windows"}
    run = train(tiny_run.data, model=tiny_run.encoder, settings=settings, out=tmp_path / "run")
    head, windows = (
        (folder / "model" / "model.safetensors").read_bytes()
        for folder in (tiny_run.run.folder, run.folder)
    )
    assert windows == head
    assert run.result.test == tiny_run.run.result.test


def test_the_card_of_a_model_shows_code_that_runs(tiny_run: TinyRun) -> None:
    folder = tiny_run.run.folder / "model"
    blocks = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    plain, ours = (block.replace("path/to/this/folder", str(folder)) for block in blocks)
    shown: dict[str, Any] = {}
    exec(plain, shown)  # noqa: S102
    exec(ours.replace("load(", "answer = load("), shown)  # noqa: S102
    [answer] = shown["classify"]("The text to classify.")
    assert [answer["label"]] == shown["answer"]


def test_the_card_of_a_model_that_reads_windows_shows_plain_transformers_the_same(
    tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    settings = QUICK | {"data.max_tokens": 6, "data.truncation": "windows", "data.max_windows": 3}
    folder = train(reviews, model=tiny_encoder, settings=settings, out=tmp_path / "run").folder
    card = (folder / "model" / "README.md").read_text()
    [code] = re.findall(r"```python\n(import torch.*?)```", card, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code.replace("path/to/this/folder", str(folder / "model")), shown)  # noqa: S102
    texts = ["", *(text for text, _ in make_reviews(20, seed=7)), "a dull plot and " * 9]
    plain = [shown["classify"](text).numpy() for text in texts]
    np.testing.assert_allclose(load(folder).predict_proba(texts), plain, atol=1e-5)
    assert np.ptp(plain, axis=0).min() > 0.1  # of any use to be compared


def test_saved_predictions_are_those_of_the_saved_model(tiny_run: TinyRun) -> None:
    folder = tiny_run.run.folder
    frame = pl.read_parquet(folder / "predictions" / "test.parquet")
    with tiny_run.data.open(newline="") as file:
        rows = dict(enumerate(csv.DictReader(file), start=1))
    numbers = [int(name.rpartition(":")[2]) for name in frame["id"]]
    shares = load(folder).predict_proba([rows[number]["text"] for number in numbers])
    assert frame["label"].to_list() == [rows[number]["label"] for number in numbers]
    np.testing.assert_allclose(frame["probability_pos"].to_numpy(), shares[:, 1], atol=1e-5)
    assert np.mean((frame["label"] == frame["predicted"]).to_numpy()) == pytest.approx(
        tiny_run.run.result.test.accuracy
    )


def test_the_recipe_of_a_run_runs_it_again(tiny_run: TinyRun, tmp_path: Path) -> None:
    recipe = load_recipe(str(tiny_run.run.folder / "recipe.toml"))
    again = train(recipe=recipe, out=tmp_path / "again")
    assert again.result.test == tiny_run.run.result.test
    first, second = (
        (folder / "model" / "model.safetensors").read_bytes()
        for folder in (tiny_run.run.folder, again.folder)
    )
    assert first == second


def test_three_classes_work_the_same(tiny_encoder: Path, tmp_path: Path) -> None:
    rows = [(text, {"neg": "1", "pos": "3"}[label]) for text, label in make_reviews(120)]
    rows += [(f"{text} scene scene scene", "2") for text, _ in make_reviews(60, seed=3)]
    path = tmp_path / "stars.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("review", "stars"), *rows])
    run = train(path, model=tiny_encoder, settings=QUICK, out=tmp_path / "run")
    assert run.result.labels == ("1", "2", "3")
    assert run.result.positive_label is None
    assert run.result.test.f1 is None
    assert "f1" not in json.loads((run.folder / "result.json").read_text())["test"]
    config = json.loads((run.folder / "model" / "config.json").read_text())
    assert config["id2label"] == {"0": "1", "1": "2", "2": "3"}


class CtrlC(Watcher):
    """Presses Ctrl-C at a step, and keeps what it saw."""

    def __init__(self, step: int) -> None:
        self.step = step

    def event(self, event: Event) -> None:
        if isinstance(event, Step) and event.step == self.step:
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_saves_scores_no_test_rows_and_says_how_to_go_on(
    tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with pytest.raises(Stopped) as caught:
        train(reviews, model=tiny_encoder, settings=QUICK, out=out, watcher=CtrlC(step=27))
    assert caught.value.exit_code == 130
    assert f"newtrick train --resume {out}" in str(caught.value)
    events = read_events(out / "journal.jsonl")
    assert [event.step for event in events if isinstance(event, Step)][-1] == 27
    assert not (out / "predictions").exists()
    assert not (out / "result.json").exists()
    assert train(resume=out).result.test.accuracy > 0.6


def test_a_training_that_breaks_down_keeps_its_best_model(
    tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"

    class Sabotage(Watcher):
        """Spoils the weights after the first checkpoint, as a wild step would."""

        def event(self, event: Event) -> None:
            if isinstance(event, Checkpoint):
                frame = sys._getframe()
                while "stepper" not in frame.f_locals:
                    assert frame.f_back is not None
                    frame = frame.f_back
                with torch.no_grad():
                    for weights in frame.f_locals["model"].parameters():
                        weights.fill_(float("nan"))

    with pytest.raises(TrainingLost, match="not finite") as caught:
        train(reviews, model=tiny_encoder, settings=QUICK, out=out, watcher=Sabotage())
    assert str(out / "model") in str(caught.value)
    assert "--accept" not in str(caught.value)  # nobody can go on with such numbers
    finding, *_ = json.loads((out / "audit.json").read_text())["findings"]
    assert finding["code"] == "not-finite"
    assert "reviews.csv:" in finding["rows"][0]
    assert np.isfinite(load(out).predict_proba(["a lovely film"])).all()


def test_the_manifest_has_the_hashes_of_data_and_model(tiny_run: TinyRun) -> None:
    manifest = json.loads((tiny_run.run.folder / "manifest.json").read_text())
    assert manifest["data"].keys() == {"train", "validation", "test"}
    assert manifest["model"].keys() > {"config.json", "model.safetensors", "tokenizer.json"}


def test_max_train_rows_takes_a_sample_of_both_classes_of_a_sorted_file(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    path = write_reviews(tmp_path / "sorted.csv", rows=400)
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *sorted(rows, key=lambda row: row.rpartition(",")[2])]))
    run = train(
        path,
        model=tiny_encoder,
        settings=QUICK | {"data.max_train_rows": 100},
        out=tmp_path / "run",
    )
    assert run.result.data.train_rows == 100
    predictions = pl.read_parquet(run.folder / "predictions" / "validation.parquet")
    assert predictions["label"].n_unique() == 2


def test_several_files_are_one_data_set(tiny_encoder: Path, tmp_path: Path) -> None:
    files = [write_reviews(tmp_path / f"part-{n}.csv", rows=80, seed=n) for n in (1, 2)]
    run = train(files, model=tiny_encoder, settings=QUICK, out=tmp_path / "run")
    rows = run.result.data
    assert rows.train_rows + rows.validation_rows + rows.test_rows == 160
    again = load_recipe(run.folder / "recipe.toml")
    assert again.data.source == tuple(map(str, files))


def test_the_recipe_of_a_run_is_found_from_another_folder(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reviews(tmp_path / "reviews.csv", rows=80)
    run = train("reviews.csv", model=tiny_encoder, settings=QUICK, out=tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = train(recipe=run.folder / "recipe.toml", out=tmp_path / "again")
    assert again.result.test == run.result.test


def test_everyone_may_read_the_weights_who_may_read_the_config(tiny_run: TinyRun) -> None:
    weights, config = (
        (tiny_run.run.folder / "model" / name).stat().st_mode
        for name in ("model.safetensors", "config.json")
    )
    assert weights == config


class Stages(Watcher):
    """Keeps the titles of the stages."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def stage(self, title: str, total: int | None = None) -> None:  # noqa: ARG002
        self.titles.append(title)


def test_the_test_rows_are_scored_once_and_after_training(
    tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    stages = Stages()
    train(reviews, model=tiny_encoder, settings=QUICK, out=tmp_path / "run", watcher=stages)
    assert stages.titles.count("Scoring the test rows") == 1
    assert stages.titles.index("Scoring the test rows") > stages.titles.index("Training")
