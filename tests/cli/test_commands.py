"""Each command as a user calls it: arguments in; output, messages and exit code out."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Command
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews, write_reviews

from newtrick.evaluation.result import EvaluationResult, Result


def quick() -> list[str]:
    return [part for name, value in QUICK.items() for part in ("--set", f"{name}={value}")]


def test_train_prints_scores_and_verdict_and_where_things_are(
    newtrick: Command, tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    answer = newtrick(
        "train", reviews, "--model", tiny_encoder, "--out", tmp_path / "run", *quick()
    )
    assert answer.code == 0
    assert "tfidf-logistic" in answer.out
    assert "word count" in answer.out
    assert str(tmp_path / "run" / "model") in answer.out.replace("\n", "")
    assert "the text is in column 'text'" in answer.err
    header = "Training Loss   Epoch    Step  Validation Loss  Accuracy      F1"
    assert header in answer.err
    assert answer.err.count(" *\n") >= 1


def test_train_json_is_the_result_and_nothing_else(
    newtrick: Command, tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    answer = newtrick(
        "train", reviews, "--model", tiny_encoder, "--out", tmp_path / "run", *quick(), "--json"
    )
    assert answer.code == 0
    saved = (tmp_path / "run" / "result.json").read_text()
    assert Result.model_validate_json(answer.out) == Result.model_validate_json(saved)


def test_without_data_train_says_what_to_give(newtrick: Command) -> None:
    answer = newtrick("train")
    assert answer.code == 2
    assert "no data to train on" in answer.err


def test_all_wrong_settings_are_told_at_once(newtrick: Command, reviews: Path) -> None:
    answer = newtrick("train", reviews, "--set", "training.epoch=1", "--set", "training.seed=x")
    assert answer.code == 2
    assert "2 settings are wrong" in answer.err
    assert "did you mean training.epochs?" in answer.err
    assert "Traceback" not in answer.err


def test_a_refusal_of_the_audit_is_exit_code_3(
    newtrick: Command, tiny_encoder: Path, reviews: Path, tmp_path: Path
) -> None:
    test = tmp_path / "test.csv"
    rows = [row for row in make_reviews(60, seed=4) if row[1] == "neg"]
    with test.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    answer = newtrick("train", reviews, "--test", test, "--model", tiny_encoder)
    assert answer.code == 3
    assert "one-class: all 30 test rows are 'neg'" in answer.err
    assert "--accept one-class" in answer.err


def test_predict_classifies_texts(newtrick: Command, tiny_run: TinyRun) -> None:
    answer = newtrick("predict", tiny_run.run.folder, "a lovely superb film", "a dull flat plot")
    assert answer.code == 0
    labels = [line.split("\t")[0] for line in answer.out.splitlines()]
    assert labels == ["pos", "neg"]


def test_predict_refuses_an_empty_text(newtrick: Command, tiny_run: TinyRun) -> None:
    answer = newtrick("predict", tiny_run.run.folder, "a film", " ")
    assert answer.code == 2
    assert "text 2" in answer.err


def test_predict_json_has_all_probabilities(newtrick: Command, tiny_run: TinyRun) -> None:
    answer = newtrick("predict", tiny_run.run.folder / "model", "a lovely film", "--json")
    (row,) = json.loads(answer.out)
    assert row["label"] == "pos"
    assert row["score"] == pytest.approx(row["probabilities"]["pos"])
    assert sum(row["probabilities"].values()) == pytest.approx(1)


def test_predict_explains_with_the_words_that_moved_the_decision(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    options = ("a lovely superb film", "awful", "--explain")
    lines = newtrick("predict", tiny_run.run.folder, *options).out.splitlines()
    assert [line.split("\t")[0] for line in lines[::2]] == ["pos", "neg"]
    assert {"lovely", "superb"} <= set(lines[1].split())
    assert all(sign[0] in "+-" for sign in lines[1].split()[::2])
    assert lines[3].split()[1:] == ["awful"]
    (row, _) = json.loads(newtrick("predict", tiny_run.run.folder, *options, "--json").out)
    assert [word["word"] for word in row["words"]] == ["a", "lovely", "superb", "film"]
    assert row["text"][row["words"][1]["start"] : row["words"][1]["end"]] == "lovely"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_predict_writes_the_words_of_each_row_to_a_file(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path, ending: str
) -> None:
    source, output = tmp_path / "in.csv", tmp_path / f"out.{ending}"
    source.write_text('text\na superb film\n""\nawful\n', encoding="utf-8")
    answer = newtrick(
        "predict", tiny_run.run.folder, "--input", source, "--output", output, "--explain"
    )
    assert answer.code == 0
    if ending == "parquet":
        rows = pl.read_parquet(output)["words"].to_list()
    elif ending == "jsonl":
        rows = [json.loads(line)["words"] for line in output.read_text().splitlines()]
    else:
        cells = pl.read_csv(output)["words"].to_list()
        rows = [None if cell is None else json.loads(cell) for cell in cells]
    assert rows[1] is None
    assert [word["word"] for word in rows[0]] == ["a", "superb", "film"]
    assert rows[2][0].keys() == {"start", "end", "word", "effect"}


def test_predict_withholds_answers_that_are_not_sure_enough(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    texts = ("a lovely superb film", "the film is a film")
    sure, unsure = json.loads(newtrick("predict", tiny_run.run.folder, *texts, "--json").out)
    assert (sure["answer"], sure["set"]) == ("pos", ["pos"])
    assert unsure["answer"] is None
    assert unsure["confidence"] < sure["confidence"] < 1
    assert {"flagged", "cheapest"}.isdisjoint(sure)
    plain = newtrick("predict", tiny_run.run.folder, *texts).out.splitlines()
    assert [line.split("\t")[2:] for line in plain] == [[texts[0]], [texts[1], "unsure"]]


def test_predict_computes_in_another_format_when_asked(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    def score(*options: str) -> float:
        answer = newtrick("predict", tiny_run.run.folder, "a lovely film", "--json", *options)
        return float(json.loads(answer.out)[0]["score"])

    rounded = score("--precision", "bfloat16")
    assert rounded != score()
    assert rounded == pytest.approx(score(), abs=0.01)
    assert score("--precision", "auto") in (rounded, score())
    refused = newtrick("predict", tiny_run.run.folder, "a film", "--precision", "int4")
    assert refused.code == 2
    assert "'bfloat16'" in refused.err


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_predict_writes_a_row_for_each_row_of_a_file_and_keeps_bad_ones_empty(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path, ending: str
) -> None:
    source = tmp_path / "new.csv"
    source.write_text('id,text\n1,a lovely superb film\n2,\n3,"a dull, flat plot"\n4,a,b,c\n')
    output = tmp_path / f"out.{ending}"
    answer = newtrick("predict", tiny_run.run.folder, "--input", source, "--output", output)
    assert answer.code == 0
    assert "4 rows written" in answer.out
    assert "2 rows have no prediction" in answer.err
    assert "row 2: no text" in answer.err
    assert "row 4:" in answer.err
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        "csv": pl.read_csv,
        "jsonl": pl.read_ndjson,
        "parquet": pl.read_parquet,
    }
    frame = readers[ending](output)
    assert frame.columns == [
        *("row", "text", "label", "score", "probability_neg", "probability_pos"),
        *("answer", "confidence", "set"),
    ]
    assert frame["row"].to_list() == [1, 2, 3, 4]
    assert frame["label"].to_list() == ["pos", None, "neg", None]
    assert frame["score"].is_null().to_list() == [False, True, False, True]
    sets = frame["set"].to_list()
    assert [json.loads(cell) if isinstance(cell, str) else cell for cell in sets] == [
        *(["pos"], None, ["neg"], None)
    ]


def test_predict_keeps_what_is_no_text_without_a_prediction(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = tmp_path / "new.jsonl"
    values = ("a lovely film", ["a", "b"], None, float("nan"), {"a": 1}, "<br>")
    source.write_text("\n".join(json.dumps({"text": value}) for value in values))
    output = tmp_path / "out.jsonl"
    answer = newtrick("predict", tiny_run.run.folder, "--input", source, "--output", output)
    labels = pl.read_ndjson(output)["label"].to_list()
    assert labels == ["pos", None, None, None, None, None]
    assert "row 2: the text is a list" in answer.err
    assert "row 6: no text" in answer.err


def test_predict_says_what_does_not_go_together(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path, reviews: Path
) -> None:
    folder = tiny_run.run.folder
    assert newtrick("predict", folder).code == 2
    assert newtrick("predict", folder, "--input", reviews).code == 2
    assert newtrick("predict", folder, "x", "--input", reviews, "--output", "o.csv").code == 2
    onto_itself = newtrick("predict", folder, "--input", reviews, "--output", reviews)
    assert onto_itself.code == 2
    assert "replace the input" in onto_itself.err
    other = newtrick("predict", folder, "--input", reviews, "--output", tmp_path / "o.xlsx")
    assert ".parquet" in other.err


def test_evaluate_scores_new_rows(newtrick: Command, tiny_run: TinyRun, tmp_path: Path) -> None:
    data = write_reviews(tmp_path / "new.csv", rows=200, seed=5)
    answer = newtrick("evaluate", tiny_run.run.folder, data, "--json")
    result = EvaluationResult.model_validate_json(answer.out)
    assert answer.code == 0
    assert result.test.rows == 200
    assert result.test.accuracy > 0.9
    plain = newtrick("evaluate", tiny_run.run.folder, data)
    assert "95 % interval" in plain.out
    assert "always naming one label" in plain.out


def test_evaluate_refuses_rows_that_the_model_was_trained_on(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    refused = newtrick("evaluate", tiny_run.run.folder, tiny_run.data)
    assert refused.code == 3
    assert "leakage" in refused.err
    accepted = newtrick("evaluate", tiny_run.run.folder, tiny_run.data, "--accept", "leakage")
    assert accepted.code == 0
    assert "cannot be trusted: leakage" in accepted.out


def test_evaluate_refuses_one_class_and_unknown_labels(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    one_class = tmp_path / "one.csv"
    one_class.write_text("text,label\n" + "a film,pos\n" * 30)
    refused = newtrick("evaluate", tiny_run.run.folder, one_class)
    assert refused.code == 3
    assert "one-class" in refused.err
    accepted = newtrick("evaluate", tiny_run.run.folder, one_class, "--accept", "one-class")
    assert accepted.code == 0
    unknown = tmp_path / "unknown.csv"
    unknown.write_text("text,label\n" + "a film,pos\na plot,meh\n" * 9)
    answer = newtrick("evaluate", tiny_run.run.folder, unknown)
    assert answer.code == 2
    assert "meh" in answer.err


def test_recipe_prints_every_setting_with_its_help(newtrick: Command) -> None:
    assert newtrick("recipe").out.split() == [
        "default",
        "imdb-best",
        "imdb-fast",
        "imdb-small-mlm-tweet",
    ]
    text = newtrick("recipe", "default").out
    assert "# Peak learning rate." in text
    assert "learning_rate = 0.0001" in text
    assert newtrick("recipe", "defaul").code == 2


def test_text_that_no_terminal_can_show_is_printed_all_the_same(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    for options in ([], ["--json"]):
        answer = newtrick("predict", tiny_run.run.folder, "a caf\udce9\nlovely film", *options)
        assert answer.code == 0
    assert len(newtrick("predict", tiny_run.run.folder, "two\nlines").out.splitlines()) == 1


def test_the_version_is_told(newtrick: Command) -> None:
    assert newtrick("--version").out.startswith("newtrick 0.")


def test_a_wrong_option_is_exit_code_2(newtrick: Command) -> None:
    assert newtrick("train", "--epochs", "3").code == 2
    assert newtrick("tarin").code == 2


@pytest.mark.parametrize("ending", [(signal.SIGINT, 130), (signal.SIGTERM, 75)])
def test_a_signal_ends_a_real_process_with_its_exit_code_and_a_way_to_go_on(
    tiny_encoder: Path,
    reviews: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: tuple[signal.Signals, int],
) -> None:
    number, code = ending
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    run = tmp_path / "run"
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from newtrick.cli import main; main()", "train"),
            *(str(reviews), "--model", str(tiny_encoder), "--out", str(run)),
            *quick(),
            *("--set", "training.epochs=100000"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = run / "journal.jsonl"
    while process.poll() is None and not (
        journal.exists() and '"evaluation"' in journal.read_text()
    ):
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert f"newtrick train --resume {run}" in err
    assert "Traceback" not in err
    assert list(run.glob("checkpoints/step-*/manifest.json"))


def test_a_run_is_resumed_by_its_folder_alone(newtrick: Command, tiny_run: TinyRun) -> None:
    again = newtrick("train", "--resume", tiny_run.run.folder)
    assert again.code == 0
    assert "done already" in again.err
    assert str(tiny_run.run.folder / "report.html") in again.out
    refused = newtrick("train", tiny_run.data, "--resume", tiny_run.run.folder)
    assert refused.code == 2
    assert "nothing of it can be changed" in refused.err


def test_a_run_that_was_broken_off_is_said_to_go_on_with(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    run = tmp_path / "broken off"
    run.mkdir()
    shutil.copy(tiny_run.run.folder / "recipe.toml", run)
    for command in (("predict", run, "a film"), ("evaluate", run, tiny_run.data)):
        answer = newtrick(*command)
        assert answer.code == 2
        assert f"not finished: newtrick train --resume '{run}'" in answer.err
    assert "not finished: newtrick train --resume" in newtrick("audit-card", run).err


def test_rows_that_chose_the_checkpoint_are_told_from_those_that_trained(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    answer = newtrick("evaluate", tiny_run.run.folder, tiny_run.data)
    assert answer.code == 3
    assert re.search(r"were trained on, \d+ of them to choose the checkpoint", answer.err)
