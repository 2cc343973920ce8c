"""What `newtrick train` refuses of several processes, before any is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "2"], "add --backend torchrun"),
        (["--backend", "torchrun"], "add --workers N"),
        (["--backend", "torchrun", "--workers", "2", "--dry-run"], "leave out --backend"),
        (["--backend", "torchrun", "--workers", "0"], "'--workers'"),
        (["--backend", "horovod", "--workers", "2"], "'--backend'"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    newtrick: Command, reviews: Path, options: list[str], words: str
) -> None:
    answer = newtrick("train", reviews, *options)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""


def test_a_wrong_setting_is_told_before_workers_are_started(
    newtrick: Command, reviews: Path
) -> None:
    wrong = ("--set", "training.epoch=2")
    answer = newtrick("train", reviews, *wrong, "--backend", "torchrun", "--workers", "2")
    assert answer.code == 2
    assert "training.epochs" in answer.err
