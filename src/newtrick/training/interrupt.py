"""Ctrl-C and SIGTERM as requests: the step is finished and saved. A second one stops at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from newtrick.errors import Interrupted, Stopped


class StopRequest:
    """Whether someone has asked to stop.

    `made` is the signal, or None. While `is_awaited`, whoever works looks at it in good time; at
    other times a signal breaks off the work at once.
    """

    def __init__(self) -> None:
        self.made: signal.Signals | None = None
        self.is_awaited = False

    @contextlib.contextmanager
    def awaited(self) -> Iterator[None]:
        """Inside the block, the first signal is a request; at its end, at the latest, it is met."""
        self.is_awaited = True
        try:
            yield
        finally:
            self.is_awaited = False
        self.raise_if_made()

    def raise_if_made(self) -> None:
        """Do what was asked, in a moment in which nothing is lost.

        Raises:
            Interrupted: SIGTERM was sent.
            Stopped: Ctrl-C was pressed.
        """
        if self.made is not None:
            raise self.error()

    def error(self) -> Interrupted:
        """What ends the run."""
        if self.made is signal.SIGTERM:
            return Interrupted("Interrupted by SIGTERM.")
        return Stopped("Stopped by Ctrl-C.")

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        is_first = self.made is None
        self.made = signal.Signals(number)
        if not (is_first and self.is_awaited):
            raise KeyboardInterrupt


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Take SIGINT and SIGTERM inside the block; only the main thread can.

    Raises:
        Interrupted: A signal broke off the work at once.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    handlers = {
        number: signal.signal(number, request.receive) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield request
    except KeyboardInterrupt:
        raise request.error() from None
    finally:
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
