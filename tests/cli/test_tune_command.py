from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command

TINY = (
    *("--set", "data.max_tokens=32", "--set", "training.learning_rate=0.005"),
    *("--set", "training.train_batch_size=64", "--set", "training.epochs=1"),
    *("--set", "training.precision=float32"),
)


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """Learning rates near the recipe's."""
    path = tmp_path / "space.toml"
    path.write_text("[training]\nlearning_rate = {low = 0.001, high = 0.01, log = true}\n")
    return path


def test_a_study_is_begun_shown_and_shown_again(
    newtrick: Command, reviews: Path, tiny_encoder: Path, space: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    given = ("--model", tiny_encoder, "--space", space, *TINY)
    begun = newtrick("tune", reviews, *given, "--trials", 1, "--out", out)
    assert begun.code == 0
    assert "plan: 1 trial, about" in begun.err
    assert "search-000: as it is" in begun.out
    assert "No trial did better than the recipe to start from: keep that." in begun.out
    assert f"Report  {out / 'study.html'}" in begun.out
    again = newtrick("tune", "--resume", out, "--json")
    assert [trial["name"] for trial in json.loads(again.out)["trials"]] == ["search-000"]
    assert newtrick("tune", reviews, *given, "--resume", out).code == 0
    other = newtrick("tune", reviews, *given, "--set", "training.epochs=2", "--resume", out)
    assert other.code == 2
    assert "training.epochs was 1.0, is 2.0" in other.err


@pytest.mark.parametrize("section", ["adaptation", "distillation"])
def test_texts_without_labels_are_no_part_of_a_study(
    newtrick: Command, reviews: Path, section: str
) -> None:
    ran = newtrick("tune", reviews, "--trials", 2, "--set", f"{section}.source={reviews}")
    assert ran.code == 2
    assert "labelled rows alone" in ran.err
    assert f"{section}.source" in ran.err


def test_standard_input_and_a_folder_in_use_are_refused(
    newtrick: Command, reviews: Path, tmp_path: Path
) -> None:
    piped = newtrick("tune", "-", "--trials", 1)
    assert piped.code == 2
    assert "standard input can be read once" in piped.err
    taken = newtrick("tune", reviews, "--trials", 1, "--out", tmp_path)
    assert taken.code == 2
    assert "exists already" in taken.err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "A study needs a budget"),
        (("--minutes", "-1"), "Minutes are a number above 0"),
        (("--minutes", "nan"), "Minutes are a number above 0"),
        (("--trials", "3", "--resume", "study"), "gone on with as it was begun"),
        (("--resume", "nowhere"), "no study to go on with"),
        (("--trials", "3", "--space", "none.toml"), "The space cannot be read"),
        (("--trials", "3", "--set", "training.learnig_rate=1"), "did you mean"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_read(
    given: tuple[str, ...], told: str, newtrick: Command
) -> None:
    answer = newtrick("tune", "reviews.csv", *given)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
