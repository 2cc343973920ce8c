"""Who does independent jobs, and what comes of each; this process is the simplest such worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from newtrick.errors import NewtrickError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """A job that came to nothing.

    Attributes:
        error: What the job raised; or a ClusterError, if whoever worked on it died each time.
    """

    error: NewtrickError


class Workers(Protocol):
    """Does jobs that need nothing of each other."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | Failure]]:
        """Do a job for each item; each comes back once, as soon as it is done.

        An item is asked for when a worker is free for it, so that a generator can decide by the
        results that it was told so far. A job may be begun again when its worker dies, so what it
        leaves behind has to be whole or not there at all.

        Args:
            function: The job. It is a function of a module, and its item and result are plain
                values, for they may go to another machine. A NewtrickError that it raises is the
                job's failure; any other error is a defect, and ends the whole.
            items: What to do it for.
        """


class ThisProcess:
    """Does one job after the other, here."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | Failure]]:
        """See `Workers.map`."""
        for item in items:
            try:
                yield item, function(item)
            except NewtrickError as error:
                yield item, Failure(error)
