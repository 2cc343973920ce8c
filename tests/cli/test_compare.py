"""`newtrick compare` as a user calls it, on runs and on files of other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from tests.cli.conftest import Command
from tests.conftest import TinyRun
from tests.tiny import make_reviews

NAMES = np.array(["neg", "pos"])


def answers(rows: int, right: float, seed: int, *, probabilities: bool = True) -> pl.DataFrame:
    """Predictions that are right in a share of the rows; the rows are the same for every seed."""
    labels = np.random.default_rng(0).integers(0, 2, rows)
    chance = np.random.default_rng(seed)
    predicted = np.where(chance.random(rows) < right, labels, 1 - labels)
    frame = pl.DataFrame(
        {"id": [f"r{row}" for row in range(rows)], "label": NAMES[labels]},
    )
    if not probabilities:
        return frame.with_columns(predicted=pl.Series(NAMES[predicted]))
    sure = 0.5 + chance.random(rows) / 2
    positive = np.where(predicted == 1, sure, 1 - sure)
    return frame.with_columns(probability_neg=1 - positive, probability_pos=positive)


def written(frame: pl.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        frame.write_csv(path)
    elif path.suffix == ".jsonl":
        frame.write_ndjson(path)
    else:
        frame.write_parquet(path)
    return path


def compared(newtrick: Command, *paths: Path) -> dict[str, Any]:
    answer = newtrick("compare", *paths, "--json")
    assert answer.code == 0, answer.err
    document: dict[str, Any] = json.loads(answer.out)
    return document


def test_the_better_of_two_files_is_named_with_its_lead_and_its_rows(
    newtrick: Command, tmp_path: Path
) -> None:
    worse = written(answers(2000, 0.8, 1), tmp_path / "worse.csv")
    better = written(answers(2000, 0.9, 2), tmp_path / "better.jsonl")
    document = compared(newtrick, worse, better)
    (versus,) = document["against_first"]
    assert versus["better"] == str(better)
    frames = [answers(2000, 0.8, 1), answers(2000, 0.9, 2)]
    right = [
        (frame["probability_pos"] > 0.5).to_numpy() == (frame["label"] == "pos").to_numpy()
        for frame in frames
    ]
    assert versus["only_other"] == (right[1] & ~right[0]).sum()
    assert versus["only_first"] == (right[0] & ~right[1]).sum()
    either = versus["only_other"] + versus["only_first"]
    assert versus["p"] == pytest.approx(binomtest(versus["only_other"], either).pvalue)
    gap = right[1].mean() - right[0].mean()
    assert versus["accuracy"]["difference"] == pytest.approx(gap)
    low, high = versus["accuracy"]["interval"]
    assert 0 < low < gap < high
    assert versus["loss"]["difference"] < 0
    assert len(versus["wins"]) == 20
    (verdict,) = document["verdicts"]
    assert f"is better by {100 * gap:.1f} points (95 % {100 * low:.1f} to " in verdict
    assert f"{versus['only_other']} rows only {better} gets right" in verdict


def test_the_order_of_the_rows_does_not_matter_and_that_of_the_files_turns_the_sign(
    newtrick: Command, tmp_path: Path
) -> None:
    one = written(answers(500, 0.8, 1), tmp_path / "one.csv")
    other = written(answers(500, 0.9, 2), tmp_path / "other.csv")
    mixed = written(answers(500, 0.9, 2).sample(fraction=1, shuffle=True), tmp_path / "mixed.csv")
    (forth,) = compared(newtrick, one, other)["against_first"]
    (same,) = compared(newtrick, one, mixed)["against_first"]
    (back,) = compared(newtrick, other, one)["against_first"]
    assert same["accuracy"] == forth["accuracy"]
    assert same["loss"]["interval"] == pytest.approx(forth["loss"]["interval"])
    assert back["accuracy"]["difference"] == -forth["accuracy"]["difference"]
    assert back["better"] == forth["better"] == str(other)


def test_equal_models_cannot_be_told_apart(newtrick: Command, tmp_path: Path) -> None:
    found = []
    for seed in range(10):
        one = written(answers(300, 0.85, 2 * seed + 1), tmp_path / f"{seed}-a.parquet")
        other = written(answers(300, 0.85, 2 * seed + 2), tmp_path / f"{seed}-b.parquet")
        found.append(compared(newtrick, one, other))
    told_apart = [each for each in found if "better" in each["against_first"][0]]
    assert len(told_apart) <= 1
    assert "cannot tell" in found[0]["verdicts"][0]


def test_a_model_and_itself_are_the_same(newtrick: Command, tmp_path: Path) -> None:
    frame = answers(50, 0.9, 1)
    one, two = (written(frame, tmp_path / name) for name in ("one.csv", "two.csv"))
    (versus,) = compared(newtrick, one, two)["against_first"]
    assert (versus["p"], versus["only_other"], versus["only_first"]) == (1, 0, 0)
    low, high = versus["accuracy"]["interval"]
    assert low <= 0 <= high


def test_three_wins_of_three_do_not_make_a_better_model(newtrick: Command, tmp_path: Path) -> None:
    perfect = answers(400, 1.0, 1, probabilities=False)
    turned = pl.when(pl.col("predicted") == "pos").then(pl.lit("neg")).otherwise(pl.lit("pos"))
    some = perfect.with_columns(
        predicted=pl.when(pl.int_range(400) < 3).then(turned).otherwise("predicted")
    )
    paths = written(some, tmp_path / "some.csv"), written(perfect, tmp_path / "perfect.csv")
    (versus,) = compared(newtrick, *paths)["against_first"]
    assert versus["p"] == 0.25
    assert "better" not in versus
    assert "loss" not in versus


def test_many_comparisons_are_corrected_for_their_number(newtrick: Command, tmp_path: Path) -> None:
    paths = [written(answers(800, 0.8, 1), tmp_path / "0.csv")]
    paths += [written(answers(800, 0.83, seed), tmp_path / f"{seed}.csv") for seed in (2, 3, 4)]
    alone = [compared(newtrick, paths[0], other)["against_first"][0]["p"] for other in paths[1:]]
    together = [each["p"] for each in compared(newtrick, *paths)["against_first"]]
    smallest = min(alone)
    assert together[alone.index(smallest)] == pytest.approx(min(1, 3 * smallest))
    assert all(corrected >= plain for corrected, plain in zip(together, alone, strict=True))


def test_a_run_is_compared_with_what_scikit_learn_wrote(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    test = pl.read_parquet(tiny_run.run.folder / "predictions" / "test.parquet")
    texts, labels = zip(*make_reviews(200, seed=9), strict=True)
    words = CountVectorizer()
    model = LogisticRegression().fit(words.fit_transform(texts), labels)
    shares = model.predict_proba(words.transform(test["text"]))
    frame = test.select("id", "label").with_columns(
        pl.Series(f"probability_{name}", shares[:, index])
        for index, name in enumerate(model.classes_)
    )
    other = written(frame, tmp_path / "sklearn.csv")
    document = compared(newtrick, tiny_run.run.folder, other)
    assert document["rows"] == 120
    assert document["labels"] == ["neg", "pos"]
    accuracy = document["against_first"][0]["accuracy"]["first"]
    assert accuracy == pytest.approx(tiny_run.run.result.test.accuracy)
    loss = document["against_first"][0]["loss"]["first"]
    assert loss == pytest.approx(tiny_run.run.result.test.loss, abs=1e-5)


def test_the_terminal_shows_figures_texts_and_the_verdict(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    test = pl.read_parquet(tiny_run.run.folder / "predictions" / "test.parquet")
    always = written(
        test.select("id", "label").with_columns(predicted=pl.lit("neg")), tmp_path / "always.csv"
    )
    answer = newtrick("compare", always, tiny_run.run.folder)
    assert answer.code == 0
    assert "Accuracy" in answer.out
    assert f"{tiny_run.run.folder} is better by" in answer.out
    wins = test.filter((pl.col("label") == "pos") & (pl.col("predicted") == "pos"))
    assert f"{wins.height} rows that only {tiny_run.run.folder} gets right:" in answer.out
    assert f"{wins['id'][0]}  pos  {wins['text'][0]}" in answer.out


def test_rows_of_groups_have_wider_intervals(newtrick: Command, tmp_path: Path) -> None:
    frames = [answers(40, 0.7, seed, probabilities=False) for seed in (1, 2)]
    many = [
        pl.concat([frame] * 20).with_columns(
            id=pl.int_range(800).cast(pl.String), group=pl.int_range(800) % 40
        )
        for frame in frames
    ]
    grouped = [written(frame, tmp_path / f"{n}.csv") for n, frame in enumerate(many)]
    plain = [written(f.drop("group"), tmp_path / f"{n}-plain.csv") for n, f in enumerate(many)]
    wide = compared(newtrick, *grouped)
    assert wide["groups"] == 40
    narrow = compared(newtrick, *plain)
    spans = [
        np.ptp(document["against_first"][0]["accuracy"]["interval"]) for document in (wide, narrow)
    ]
    assert spans[0] > 2 * spans[1]
    only = [narrow["against_first"][0][side] // 20 for side in ("only_first", "only_other")]
    assert wide["against_first"][0]["p"] == pytest.approx(binomtest(only[0], sum(only)).pvalue)


def test_other_rows_and_other_labels_are_refused(newtrick: Command, tmp_path: Path) -> None:
    frame = answers(20, 0.9, 1)
    first = written(frame, tmp_path / "first.csv")
    fewer = newtrick("compare", first, written(frame.tail(18), tmp_path / "fewer.csv"))
    assert fewer.code == 2
    assert "did not answer to the same rows" in fewer.err
    assert "2 rows only in" in fewer.err
    assert "r0, r1" in fewer.err
    turned = pl.when(pl.col("id") == "r3").then(pl.lit("neg")).otherwise("label")
    others = frame.with_columns(label=turned)
    if others.equals(frame):
        others = frame.with_columns(
            label=pl.when(pl.col("id") == "r3").then(pl.lit("pos")).otherwise("label")
        )
    relabelled = newtrick("compare", first, written(others, tmp_path / "others.csv"))
    assert relabelled.code == 2
    assert "The same rows have other labels" in relabelled.err
    assert "r3: " in relabelled.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": pl.lit("same")}, "row 2: the id 'same' is there before"),
        ({"id": pl.lit(None)}, "row 1: there is no id"),
        ({"label": pl.lit(None)}, "row 1: there is no label"),
        ({"label": pl.lit("Pos")}, "row 1: the label 'Pos' is unknown"),
        ({"probability_pos": pl.lit(None)}, "row 1: a probability is no number"),
        ({"probability_pos": pl.lit("NaN")}, "row 1: a probability is no number"),
        ({"probability_pos": pl.lit("high")}, "row 1: a probability is no number"),
        ({"probability_pos": pl.lit(1.5)}, "row 1: a probability is 1.5"),
        ({"probability_pos": pl.lit(0.0), "probability_neg": pl.lit(0.9)}, "sum to 0.9"),
        ({"probability_neg": pl.lit("inf")}, "row 1: a probability is inf"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_what_is_wrong_with_a_file_is_said_with_its_row(
    newtrick: Command, tmp_path: Path, change: dict[str, pl.Expr], message: str, ending: str
) -> None:
    frame = answers(20, 0.9, 1)
    first = written(frame, tmp_path / "first.csv")
    bad = written(frame.with_columns(**change), tmp_path / f"bad.{ending}")
    answer = newtrick("compare", first, bad)
    assert answer.code == 2
    assert message in answer.err
    assert str(bad) in answer.err
    assert "Traceback" not in answer.err


def test_a_label_without_its_probability_column_is_asked_for(
    newtrick: Command, tmp_path: Path
) -> None:
    frame = answers(20, 0.9, 1)
    first = written(frame, tmp_path / "first.csv")
    answer = newtrick("compare", first, written(frame.drop("probability_neg"), tmp_path / "b.csv"))
    assert answer.code == 2
    assert "give every label a column probability_LABEL" in answer.err


def test_a_row_that_cannot_be_read_is_named(newtrick: Command, tmp_path: Path) -> None:
    first = written(answers(20, 0.9, 1), tmp_path / "first.csv")
    ragged = tmp_path / "ragged.csv"
    ragged.write_text(first.read_text() + "r20,pos\n")
    answer = newtrick("compare", first, ragged)
    assert answer.code == 2
    assert "row 21: line 22: 2 fields" in answer.err
    nested = tmp_path / "nested.jsonl"
    nested.write_text('{"id": ["a"], "label": "pos", "predicted": {"pos": 1}}\n')
    assert "row 1: the label is a list" in newtrick("compare", first, nested).err


def test_columns_that_are_missing_are_named(newtrick: Command, tmp_path: Path) -> None:
    first = written(answers(20, 0.9, 1), tmp_path / "first.csv")
    for missing, frame in (
        ("id", answers(20, 0.9, 1).drop("id")),
        ("label", answers(20, 0.9, 1).drop("label")),
        ("predicted", answers(20, 0.9, 1, probabilities=False).drop("predicted")),
    ):
        answer = newtrick("compare", first, written(frame, tmp_path / "bad.csv"))
        assert answer.code == 2
        assert f"needs the column '{missing}'" in answer.err


def test_a_predicted_label_that_nobody_knows_is_refused(newtrick: Command, tmp_path: Path) -> None:
    frame = answers(20, 0.9, 1, probabilities=False)
    first = written(frame, tmp_path / "first.csv")
    other = written(frame.with_columns(predicted=pl.lit("POS")), tmp_path / "other.csv")
    answer = newtrick("compare", first, other)
    assert answer.code == 2
    assert "'POS'; did you mean 'pos'?" in answer.err


def test_it_takes_two_models_with_predictions(newtrick: Command, tmp_path: Path) -> None:
    one = written(answers(20, 0.9, 1), tmp_path / "one.csv")
    assert "two or more different models" in newtrick("compare", one).err
    assert "two or more different models" in newtrick("compare", one, one).err
    (tmp_path / "empty-run").mkdir()
    answer = newtrick("compare", one, tmp_path / "empty-run")
    assert answer.code == 2
    assert "no predictions of test rows" in answer.err
    assert newtrick("compare", one, tmp_path / "two.csv").code == 2
