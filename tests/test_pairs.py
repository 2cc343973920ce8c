"""Pairs of texts, from a file to predictions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_pairs, write_csv, write_pairs
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from newtrick.auditing import audit_data
from newtrick.classifier import load
from newtrick.data.load import load_dataset
from newtrick.errors import AuditRefused, DataError, ModelError, UsageError
from newtrick.pipeline import train
from newtrick.predict_file import predict_file
from newtrick.recipe import DataSettings
from newtrick.scoring import evaluate

PAIRS = [(first, second) for first, second, _ in make_pairs(50, seed=7)]


def settings(path: Path, **others: object) -> DataSettings:
    return DataSettings.model_validate({"source": str(path), "pair_column": "reply", **others})


def write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    return write_csv(path, [("text", "reply", "label"), *rows])


def test_a_model_learns_what_the_second_text_says(tiny_pairs_run: TinyRun) -> None:
    result = tiny_pairs_run.run.result
    assert result.test.accuracy > 0.9
    assert result.baseline.accuracy > 0.9  # it counts the words of the two texts apart
    table = pl.read_parquet(tiny_pairs_run.run.folder / "predictions" / "test.parquet")
    rows = {tuple(pair): label for *pair, label in make_pairs(600)}
    saved = table["text", "text_pair", "label"].rows()
    assert all(rows[text, pair] == label for text, pair, label in saved)


def test_plain_transformers_gives_the_same_logits_for_pairs(tiny_pairs_run: TinyRun) -> None:
    folder = tiny_pairs_run.run.folder / "model"
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    long = [(f"{first} {second}", f"{second} {first} {first}") for first, second in PAIRS]
    for pairs in (PAIRS, long):
        firsts, seconds = map(list, zip(*pairs, strict=True))
        inputs = tokenizer(firsts, seconds, truncation=True, padding=True, return_tensors="pt")
        with torch.inference_mode():
            plain = model(**inputs).logits.numpy()
        np.testing.assert_allclose(load(folder).predict_logits(pairs), plain, atol=1e-5)


def test_the_card_shows_how_pairs_are_classified(tiny_pairs_run: TinyRun) -> None:
    folder = tiny_pairs_run.run.folder / "model"
    card = (folder / "README.md").read_text()
    assert "the longer text first" in card
    [code] = re.findall(r"```python\n(from transformers.*?)```", card, re.DOTALL)
    code = code.replace("path/to/this/folder", str(folder)).replace(
        "classify({", "answer = classify({"
    )
    shown: dict[str, Any] = {}
    exec(code, shown)  # noqa: S102
    shares = load(folder).predict_proba([("The text to classify.", "Its second text.")])
    assert shown["answer"]["score"] == pytest.approx(shares.max(), abs=1e-5)


def test_a_pair_can_be_a_list_as_json_has_it(tiny_pairs_run: TinyRun) -> None:
    classifier = load(tiny_pairs_run.run.folder)
    assert classifier.predict(json.loads(json.dumps(PAIRS))) == classifier.predict(PAIRS)


def test_single_texts_and_pairs_are_not_mixed_up(
    tiny_pairs_run: TinyRun, tiny_run: TinyRun, tmp_path: Path
) -> None:
    of_pairs, of_texts = load(tiny_pairs_run.run.folder), load(tiny_run.run.folder)
    with pytest.raises(DataError, match="reads pairs"):
        of_pairs.predict([PAIRS[0], "a film"])
    with pytest.raises(DataError, match="Only strings"):
        of_texts.predict(PAIRS)
    new = write_pairs(tmp_path / "new.csv", seed=3)
    for classifier, column, message in (
        (of_pairs, None, "second text is not named"),
        (of_texts, "reply", "trained on single texts"),
    ):
        with pytest.raises(UsageError, match=message):
            evaluate(classifier, new, pair_column=column)
        with pytest.raises(UsageError, match=message):
            predict_file(classifier, new, tmp_path / "out.csv", pair_column=column)


def test_new_pairs_are_scored_and_those_of_the_training_refused(
    tiny_pairs_run: TinyRun, tmp_path: Path
) -> None:
    classifier = load(tiny_pairs_run.run.folder)
    new = write_pairs(tmp_path / "new.csv", seed=3)
    assert evaluate(classifier, new, pair_column="reply").test.accuracy > 0.9
    # the same texts in other pairs were not trained on
    texts = [pair[0] for pair in make_pairs(600)]
    others = [(texts[at - 1], *pair[1:]) for at, pair in enumerate(make_pairs(600))]
    shuffled = write(tmp_path / "shuffled.csv", others)
    assert evaluate(classifier, shuffled, pair_column="reply").findings.error == 0
    with pytest.raises(AuditRefused, match="leakage"):
        evaluate(classifier, tiny_pairs_run.data, pair_column="reply")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_of_pairs_is_predicted_and_rows_without_one_of_them_stay_empty(
    tiny_pairs_run: TinyRun, tmp_path: Path, ending: str
) -> None:
    rows = [(*PAIRS[0], "x"), (PAIRS[1][0], " ", "x"), (*PAIRS[2], "x")]
    source = write(tmp_path / "in.csv", rows)
    out = tmp_path / f"out.{ending}"
    classifier = load(tiny_pairs_run.run.folder)
    done = predict_file(classifier, source, out, pair_column="reply")
    assert done.faults == ("row 2: a text is missing",)
    table = {
        "csv": lambda: pl.read_csv(out),
        "jsonl": lambda: pl.read_ndjson(out),
        "parquet": lambda: pl.read_parquet(out),
    }[ending]()
    assert table.columns[:4] == ["row", "text", "text_pair", "label"]
    expected = classifier.predict([PAIRS[0], PAIRS[2]])
    assert table["label"].to_list() == [expected[0], None, expected[1]]
    assert table["text_pair"][0] == PAIRS[0][1]


def test_columns_of_pairs_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "pairs.csv")
    with pytest.raises(UsageError, match="Text and second text cannot be the same column"):
        load_dataset(settings(path, text_column="reply"), seed=1)
    with pytest.raises(DataError, match="no such column") as refused:
        load_dataset(settings(path, pair_column="replies"), seed=1)
    assert refused.value.fix == "did you mean reply?"
    with pytest.raises(UsageError, match="not read in windows"):
        load_dataset(settings(path, truncation="windows"), seed=1)
    (tmp_path / "texts" / "neg").mkdir(parents=True)
    (tmp_path / "texts" / "neg" / "1.txt").write_text("a film")
    with pytest.raises(UsageError, match="folder of texts has no columns"):
        load_dataset(settings(tmp_path / "texts"), seed=1)


def test_a_row_that_misses_one_of_its_texts_is_dropped(tmp_path: Path) -> None:
    bad = [("", "the film", "neg"), ("the film", "  ", "pos"), ("a", "<br>", "neg")]
    path = write(tmp_path / "pairs.csv", [*make_pairs(60), *bad])
    dataset = load_dataset(settings(path), seed=1)
    assert dataset.dropped["row"].to_list() == [61, 62, 63]
    assert dataset.dropped["reason"].to_list()[1:] == ["empty-text", "markup-only"]
    assert sum(split.height for split in dataset.splits().values()) == 60


def test_pairs_are_copies_only_where_both_texts_are(tmp_path: Path) -> None:
    pairs = make_pairs(200)
    again = [(first.upper(), f"{second}!", label) for first, second, label in pairs]
    turned = [(first, pairs[at - 2][1], label) for at, (first, _, label) in enumerate(pairs)]
    path = write(tmp_path / "pairs.csv", [*pairs, *again, *turned])
    dataset = load_dataset(settings(path), seed=1)
    split_of = {
        row: name for name, rows in dataset.splits().items() for row in rows["row"].to_list()
    }
    assert all(split_of[row] == split_of[row + 200] for row in range(1, 201))
    assert any(split_of[row] != split_of[row + 400] for row in range(1, 201))
    mended = load_dataset(settings(path, fix=("duplicates",)), seed=1)
    copies = [row for row in dataset.train["row"] if 200 < row <= 400]
    assert mended.train.height == dataset.train.height - len(copies)


def test_pairs_are_reviewed_and_corrected_by_both_texts(tmp_path: Path) -> None:
    pairs = make_pairs(200)
    first, second, label = pairs[0]
    path = write(tmp_path / "pairs.csv", [*pairs, (first, second, "pos"), (first, "plot", "pos")])
    assert label == "neg"
    review = tmp_path / "review.csv"
    audit_data(path, pair_column="reply", review=review)
    table = pl.read_csv(review)
    conflicting = table.filter(pl.col("finding").str.contains("conflicting-labels"))
    assert conflicting["text"].to_list() == [f"{first}\n{second}"] * 2
    decision = pl.when(pl.col("row") == 201).then(pl.lit("drop")).otherwise("decision")
    table.with_columns(decision=decision).write_csv(review)
    corrected = load_dataset(settings(path, corrections=str(review)), seed=1)
    rows = pl.concat(corrected.splits().values())
    assert set(range(1, 203)) - set(rows["row"]) == {201}
    assert rows.filter(row=202)["text_pair"].item() == "plot"


def test_the_second_text_is_part_of_what_a_training_depends_on(tmp_path: Path) -> None:
    pairs = make_pairs(60)
    one = load_dataset(settings(write(tmp_path / "a.csv", pairs)), seed=1)
    pairs[4] = (pairs[4][0], "another reply", pairs[4][2])
    other = load_dataset(settings(write(tmp_path / "a.csv", pairs)), seed=1)
    assert one.content_hashes != other.content_hashes


def test_a_limit_without_room_for_two_texts_stops_before_training(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    path = write_pairs(tmp_path / "pairs.csv")
    wanted = QUICK | {"data.pair_column": "reply", "data.max_tokens": 4}
    with pytest.raises(ModelError, match="no room for two texts"):
        train(path, model=tiny_encoder, settings=wanted, out=tmp_path / "run")


def test_the_words_of_both_texts_are_explained(tiny_pairs_run: TinyRun) -> None:
    classifier = load(tiny_pairs_run.run.folder)
    (known,) = classifier.explain([("the film", "a superb plot")])
    assert known.text == "the film\na superb plot"
    assert [word.word for word in known.words] == ["the", "film", "a", "superb", "plot"]
    assert all(known.text[word.start : word.end] == word.word for word in known.words)
    assert all(word.effect for word in known.words)
