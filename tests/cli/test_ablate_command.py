"""`newtrick train --ablate` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.tiny import QUICK, write_reviews


@pytest.fixture
def given(tiny_encoder: Path, tmp_path: Path) -> list[object]:
    """What a command is given to train for a moment."""
    settings = QUICK | {"training.epochs": 0.5}
    data = write_reviews(tmp_path / "reviews.csv", rows=100)
    assignments = [
        part for name, value in settings.items() for part in ("--set", f"{name}={value}")
    ]
    return [data, "--model", tiny_encoder, *assignments, "--seeds", 2]


def test_an_ablation_prints_its_table_and_what_to_do_next(
    newtrick: Command, given: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    answer = newtrick("train", *given, "--ablate", "warm-up", "--out", out)
    assert answer.code == 0
    assert "Step" in answer.out
    assert "warm-up" in answer.out
    assert "no test row was scored" in " ".join(answer.out.split())
    assert f"newtrick train --resume {out / 'without-warm-up' / '42'}" in answer.out
    assert "Without warm-up, seed 43: Training" in answer.err

    again = newtrick("train", "--resume", out, "--json")
    assert json.loads(again.out) == json.loads((out / "ablation.json").read_text())
    assert [step["step"] for step in json.loads(again.out)["steps"]] == ["warm-up"]

    workers = newtrick("train", "--resume", out, "--backend", "torchrun", "--workers", 2)
    assert workers.code == 2
    assert "leave out --backend" in workers.err

    predicted = newtrick("predict", out, "a lovely film")
    assert predicted.code == 2
    assert "this is an ablation" in predicted.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ablate", "warmup"], "did you mean warm-up?"),
        (["--ablate", "head+tail"], "--set data.truncation=head+tail"),
        (["--ablate", "warm-up", "--dry-run"], "a dry run is of one training"),
        (["--ablate", "warm-up", "--resume", "run"], "goes on with --resume alone"),
        (["--ablate", "data.max_token=9"], "did you mean data.max_tokens?"),
    ],
)
def test_a_wrong_ablation_is_told_before_anything_is_read(
    newtrick: Command, arguments: list[str], told: str
) -> None:
    answer = newtrick("train", "no-such-data.csv", *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
