"""Ctrl-C on the command line, wherever it comes."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from tests.cli.conftest import Command

from newtrick import auditing


@pytest.fixture(autouse=True)
def usual_ctrl_c() -> Iterator[None]:
    """What a process in the foreground does at Ctrl-C; one in the background may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class InterruptedAtItsEnd:
    """In its finalizer Ctrl-C is pressed."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def press_in_a_finalizer() -> None:
    InterruptedAtItsEnd()
    gc.collect()
    time.sleep(2)


@pytest.mark.parametrize("pressed", [press, press_in_a_finalizer])
def test_ctrl_c_ends_an_audit_and_says_so(
    pressed: Callable[[], None], newtrick: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "find_inputs", lambda _: pressed())
    answer = newtrick("audit", "films.csv")
    assert answer.code == 130
    assert answer.out == ""
    assert answer.err.endswith("newtrick: Stopped by Ctrl-C.\n")
    assert "ignored" not in answer.err
