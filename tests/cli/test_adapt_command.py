from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command
from tests.tiny import make_echoes, write_csv, write_echoes

QUICK = (
    *("--set", "data.max_tokens=32", "--set", "training.epochs=1"),
    *("--set", "training.learning_rate=0.01", "--set", "training.precision=float32"),
)


def test_it_shows_the_perplexity_before_and_after_and_where_the_model_is(
    newtrick: Command, tmp_path: Path, tiny_encoder: Path
) -> None:
    texts = write_echoes(tmp_path / "texts.csv")
    answer = newtrick("adapt", texts, "--model", tiny_encoder, "--out", "run", *QUICK)
    assert answer.code == 0
    for shown in ("Perplexity", "token frequencies", "before, with a new head", "adapted"):
        assert shown in answer.out
    assert answer.out.splitlines()[-2:] == [
        "Model   run/model",
        "Next    newtrick train DATA --model run/model",
    ]
    assert "perplexity" in answer.err


def test_json_is_the_result_and_nothing_else(
    newtrick: Command, tmp_path: Path, tiny_encoder: Path
) -> None:
    texts = write_echoes(tmp_path / "texts.csv")
    answer = newtrick("adapt", texts, "--model", tiny_encoder, "--out", "run", "--json", *QUICK)
    assert json.loads(answer.out) == json.loads(Path("run/result.json").read_text("utf-8"))


def test_bad_input_is_told_without_a_traceback_and_leaves_nothing_behind(
    newtrick: Command, tmp_path: Path, tiny_encoder: Path
) -> None:
    echoes = make_echoes(400)
    copies = write_csv(tmp_path / "copies.csv", [("text",), *([echoes[0]] for _ in range(90))])
    few = write_csv(tmp_path / "few.csv", [("text",), *([text] for text in echoes[:9])])
    foreign = write_csv(
        tmp_path / "foreign.csv", [("text",), *([f"κείμενο {'ω' * n}"] for n in range(1, 99))]
    )
    tests = write_csv(tmp_path / "all.csv", [("text",), *([text] for text in echoes)])
    given = {
        ("nowhere.csv",): "There is no such file",
        (copies,): "copies of each other",
        (few,): "too few texts",
        (foreign,): "100.0 % of the tokens are unknown",
        (tests, "--test", tests): "are to be scored, and were kept out",
        (tests, "--set", "adaptation.mask_share=2"): "adaptation.mask_share",
        (tests, "--resume", "run"): "resumed as it was begun",
    }
    for arguments, message in given.items():
        answer = newtrick("adapt", *arguments, "--model", tiny_encoder, "--out", "run")
        assert answer.code == 2, arguments
        assert message in answer.err
        assert "Traceback" not in answer.err
        assert answer.out == ""
        assert not Path("run").exists()


def test_a_training_refuses_bad_texts_to_adapt_to_and_leaves_nothing_behind(
    newtrick: Command, tmp_path: Path, tiny_encoder: Path, reviews: Path
) -> None:
    few = write_csv(tmp_path / "few.csv", [("text",), *([text] for text in make_echoes(9))])
    answer = newtrick(
        *("train", reviews, "--adapt", few, "--model", tiny_encoder, "--out", "run"), *QUICK
    )
    assert answer.code == 2
    assert "too few texts" in answer.err
    assert not Path("run").exists()


def test_texts_to_adapt_to_that_are_not_there_are_missed_before_any_data_is_read(
    newtrick: Command, tiny_encoder: Path
) -> None:
    answer = newtrick(
        *("train", "no-data.csv", "--adapt", "no-texts.txt", "--model", tiny_encoder), *QUICK
    )
    assert answer.code == 2
    assert "no-texts.txt" in answer.err
    assert "no-data.csv" not in answer.err
