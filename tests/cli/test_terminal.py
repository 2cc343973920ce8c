from __future__ import annotations

import logging

import pytest
from tests.events import evaluation, plan, step

from newtrick.cli import terminal
from newtrick.cli.terminal import Terminal
from newtrick.journal import End


@pytest.fixture(autouse=True)
def every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_SECONDS_PER_LINE", 0.0)


def test_in_a_pipe_training_writes_lines_with_a_forecast(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Terminal() as shown:
        shown.stage("Training")
        shown.event(plan(steps=40, max_seconds=60.0))
        shown.event(step(10, seconds=30.0))
        shown.event(evaluation(20))
        shown.event(End(20, 20, "max_minutes", 60.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["Training", "Training: 10 of 40, about 30.0 s left"]
    assert lines[2].split()[:2] == ["Training", "Loss"]
    assert lines[3].endswith("*")
    assert lines[4] == "  Training ended after step 20 (max minutes); best is step 20."


def test_work_that_cannot_be_counted_has_no_forecast(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal() as shown:
        shown.stage("Predicting")
        shown.advance(4096)
    assert capsys.readouterr().err.splitlines() == ["Predicting", "Predicting: 4,096"]


def test_a_later_stage_does_not_inherit_the_limit_of_training(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Terminal() as shown:
        shown.event(plan(steps=40, max_seconds=0.0))
        shown.stage("Scoring", total=10**9)
        shown.advance(1)
    assert "about 0" not in capsys.readouterr().err


def test_what_the_stages_log_is_shown_and_afterwards_no_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("newtrick")
    with Terminal():
        logger.info("Fetching [something]")
    assert capsys.readouterr().err == "  Fetching [something]\n"
    logger.info("Fetching again")
    assert capsys.readouterr().err == ""
