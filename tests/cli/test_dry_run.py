from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import Command
from tests.tiny import write_reviews

QUICK = ("--set", "data.max_tokens=32", "--set", "training.epochs=2")


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")
    out = tmp_path / "run"
    answer = newtrick("train", data, "--model", tiny_encoder, "--out", out, *QUICK, "--dry-run")
    assert answer.code == 0
    assert "12 steps (2 epochs of about" in answer.out
    assert "2 evaluations of about" in answer.out
    assert not out.exists()


def test_a_dry_run_says_that_an_adaptation_is_not_in_its_forecast(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")
    given = ("train", data, "--adapt", data, "--model", tiny_encoder, *QUICK, "--dry-run")
    assert "not in the forecast" in newtrick(*given).err


def test_a_dry_run_says_what_each_way_to_read_long_texts_costs(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")

    def told(*settings: str) -> str:
        given = [part for setting in settings for part in ("--set", setting)]
        return newtrick("train", data, "--model", tiny_encoder, "--dry-run", *given).out

    assert "Truncation (head, 64 tokens) cuts no text\n" in told("data.max_tokens=64")
    short = told("data.max_tokens=9", "data.truncation=tail")
    assert re.search(
        r"\(tail, 9 tokens\) cuts [\d.]+ % of the training texts: an epoch reads 1,\d+ of"
        r" (1,\d+) tokens, with windows \1",
        short,
    )
    windows = told("data.max_tokens=9", "data.truncation=windows")
    assert re.search(
        r"\(windows, 8 of 9 tokens\) cuts no text: an epoch reads (1,\d+) of \1 tokens,"
        r" without windows 1,\d+",
        windows,
    )


def test_a_dry_run_has_its_figures_as_json(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")
    answer = newtrick("train", data, "--model", tiny_encoder, *QUICK, "--dry-run", "--json")
    told = json.loads(answer.out)
    assert (told["steps"], told["evaluations"]) == (12, 2)
    assert told["seconds"] > 0
    assert told["disk_bytes"] > 0
    assert told["texts"]["truncation"]["keep"] == "head"
    assert told["texts"]["tokens_read"] == told["texts"]["tokens"]


def test_a_run_says_what_it_will_take_before_it_trains(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")
    answer = newtrick("train", data, "--model", tiny_encoder, "--out", tmp_path / "run", *QUICK)
    assert answer.err.index("plan: 12 steps") < answer.err.index("Validation Loss")


def test_a_dry_run_is_refused_where_the_run_would_be(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    data = write_reviews(tmp_path / "reviews.csv")
    test = write_reviews(tmp_path / "same.csv", rows=40)
    planned = ("train", data, "--test", test, "--model", tiny_encoder, *QUICK, "--dry-run")
    answer = newtrick(*planned)
    assert answer.code == 3
    assert "leakage" in answer.err
    assert newtrick(*planned, "--accept", "leakage").code == 0
