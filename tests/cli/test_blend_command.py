"""`--blend` and `--fast` of `predict` and `evaluate`."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Command
from tests.conftest import TinyRun

TEXT = "a lovely superb film"


def test_predict_blends_or_not_as_it_is_told(newtrick: Command, tiny_run: TinyRun) -> None:
    by_default, alone, blended = (
        json.loads(newtrick("predict", tiny_run.run.folder, TEXT, "--json", *options).out)[0]
        for options in ((), ("--no-blend",), ("--blend",))
    )
    assert alone["label"] == blended["label"] == "pos"
    assert alone["probabilities"] != blended["probabilities"]
    assert by_default == alone  # the blend was not shown to be better


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fast"], "may not answer alone"),  # sixty validation rows assure nothing
        (["--fast", "--blend"], "give --fast, or --blend or --no-blend"),
    ],
)
def test_what_cannot_be_had_is_refused_with_what_to_do(
    newtrick: Command, tiny_run: TinyRun, options: list[str], told: str
) -> None:
    refused = newtrick("predict", tiny_run.run.folder, TEXT, *options)
    assert (refused.code, refused.out) == (2, "")
    assert told in refused.err


def test_evaluate_says_who_answered_and_how_quickly(newtrick: Command, tiny_run: TinyRun) -> None:
    folder = tiny_run.run.folder
    answer = newtrick("evaluate", folder, tiny_run.data, "--blend", "--accept", "leakage")
    assert "answers   of the encoder blended with a word count; " in answer.out
    assert "rows a second" in answer.out
