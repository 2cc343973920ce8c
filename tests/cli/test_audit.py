"""`newtrick audit` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.cli.conftest import Command
from tests.conftest import TinyRun
from tests.tiny import make_reviews, write_reviews

Row = tuple[str, str]


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(rows)
    return path


def test_sound_data_has_no_error(newtrick: Command, tmp_path: Path) -> None:
    answer = newtrick("audit", write_reviews(tmp_path / "reviews.csv", rows=1500))
    assert answer.code == 0
    assert answer.out.splitlines()[-1].startswith("errors 0, warnings 0")
    assert "near-duplicates together" in answer.err


def test_json_is_the_findings_and_nothing_else(newtrick: Command, reviews: Path) -> None:
    rows = make_reviews(240)
    data = write(reviews, [*rows, ("null", "pos"), ("  ", "neg"), ("<br />", "neg"), ("lost", "")])
    answer = newtrick("audit", data, "--json")
    document = json.loads(answer.out)
    assert document["format"] == 1
    findings = {finding["code"]: finding for finding in document["findings"]}
    assert findings["placeholder"]["rows"] == [f"{data}:241"]
    assert findings["empty-text"]["evidence"]["markup_only"] == 1
    assert findings["missing-values"]["rows"] == [f"{data}:244"]
    assert sum(document["counts"].values()) == len(document["findings"])


def test_leaked_test_rows_are_exit_code_3_unless_accepted(
    newtrick: Command, reviews: Path, tmp_path: Path
) -> None:
    test = write(tmp_path / "other.csv", make_reviews(100))
    answer = newtrick("audit", reviews, "--test", test)
    assert answer.code == 3
    assert "error   leakage: 100 test rows (100.0 %)" in answer.out
    accepted = newtrick("audit", reviews, "--test", test, "--accept", "imbalance,leakage")
    assert accepted.code == 0
    assert accepted.out.endswith("accepted: leakage\n")
    told = json.loads(newtrick("audit", reviews, "--test", test, "--accept=leakage", "--json").out)
    assert told["accepted"] == ["leakage"]
    assert newtrick("audit", reviews, "--accept", "leak").code == 2


def test_data_of_one_class_is_a_finding_beside_what_else_is_wrong(
    newtrick: Command, tmp_path: Path
) -> None:
    rows = [(text, "pos") for text, _ in make_reviews(60)]
    answer = newtrick("audit", write(tmp_path / "one.csv", [*rows, ("n/a", "pos")]))
    assert answer.code == 3
    assert "one-class: all 61 train rows are 'pos'" in answer.out
    assert "placeholder" in answer.out


def test_with_a_model_the_texts_that_it_cuts_are_counted_and_its_weights_stay_unread(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in tiny_encoder.iterdir():
        (folder / file.name).write_bytes(
            b"no weights" if file.suffix == ".safetensors" else file.read_bytes()
        )
    rows = [(f"{text} " * 20, label) for text, label in make_reviews(240)]
    data = write(tmp_path / "long.csv", rows)
    assert "truncation" in newtrick("audit", data, "--model", folder).out
    assert "is not at hand to count" in newtrick("audit", data).out


def test_rows_that_trained_the_model_before_are_leakage(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    data = write(tmp_path / "again.csv", make_reviews(600)[::-1])
    answer = newtrick("audit", data, "--model", tiny_run.run.folder / "model")
    assert answer.code == 3
    assert "error   leakage" in answer.out
    assert newtrick("audit", data).code == 0


def test_thousands_of_identical_rows_are_refused_in_words(
    newtrick: Command, tmp_path: Path
) -> None:
    rows = [("same text", "pos"), ("same text", "neg")] * 2000
    answer = newtrick("audit", write(tmp_path / "same.csv", rows))
    assert answer.code == 3
    assert "different texts" in answer.out
    assert "Traceback" not in answer.err


def test_what_cannot_be_trained_cannot_be_accepted(newtrick: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "tiny.csv", [*make_reviews(60), ("rare", "meh")])
    answer = newtrick("audit", data, "--accept", "too-few-rows")
    assert answer.code == 3
    assert "cannot be accepted, for nothing can be trained: too-few-rows" in answer.out


def test_with_test_data_given_no_remedy_names_it(newtrick: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "tiny.csv", [*make_reviews(60), ("rare", "meh")])
    test = write(tmp_path / "other.csv", make_reviews(40, seed=1))
    answer = newtrick("audit", data, "--test", test)
    assert "too few rows for training and validation:" in answer.out
    assert "a test set of its own" not in answer.out
    assert "or give a test set of its own with --test" in newtrick("audit", data).out
