from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from newtrick.training.interrupt import stop_on_ctrl_c


@pytest.fixture(autouse=True)
def usual_ctrl_c() -> Iterator[None]:
    """What a process in the foreground does at Ctrl-C; one in the background may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_ctrl_c_is_a_request_and_the_second_stops_at_once() -> None:
    with stop_on_ctrl_c() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.made
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_ctrl_c():
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_other_than_the_main_one_is_never_asked() -> None:
    made = []

    def work() -> None:
        with stop_on_ctrl_c() as stop:
            made.append(stop.made)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert made == [False]
