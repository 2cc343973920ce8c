from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from newtrick.errors import Interrupted, Stopped
from newtrick.training.interrupt import StopRequest, stop_on_signals

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 75)]


@pytest.fixture(autouse=True)
def usual_ctrl_c() -> Iterator[None]:
    """What a process in the foreground does at Ctrl-C; one in the background may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def send(stop: StopRequest, *numbers: signal.Signals) -> None:
    """Send signals where they are awaited, then ask whether there were any."""
    with stop.awaited():
        for number in numbers:
            signal.raise_signal(number)
        stop.reached = True  # type: ignore[attr-defined]
        stop.raise_if_made()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_where_it_is_awaited_the_first_signal_is_a_request(
    number: signal.Signals, code: int
) -> None:
    with pytest.raises(Interrupted) as caught, stop_on_signals() as stop:
        send(stop, number)
    assert hasattr(stop, "reached")
    assert caught.value.exit_code == code


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_the_second_signal_stops_at_once(number: signal.Signals, code: int) -> None:
    with pytest.raises(Interrupted) as caught, stop_on_signals() as stop:
        send(stop, signal.SIGINT, number)
    assert not hasattr(stop, "reached")
    assert caught.value.exit_code == code


def test_where_nobody_waits_for_it_the_first_signal_stops_at_once() -> None:
    with pytest.raises(Stopped), stop_on_signals():
        signal.raise_signal(signal.SIGINT)


def test_a_request_of_the_last_moment_is_met_at_the_end() -> None:
    request = StopRequest()
    with pytest.raises(Interrupted), request.awaited():
        request.made = signal.SIGTERM


def test_afterwards_signals_do_what_they_did() -> None:
    before = [signal.getsignal(number) for number, _ in SIGNALS]
    with stop_on_signals():
        assert [signal.getsignal(number) for number, _ in SIGNALS] != before
    assert [signal.getsignal(number) for number, _ in SIGNALS] == before


def test_a_thread_other_than_the_main_one_is_never_asked() -> None:
    made = []

    def work() -> None:
        with stop_on_signals() as stop:
            made.append(stop.made)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert made == [None]
