"""The processors of a Ray cluster at work on independent jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic

import ray
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayError, RayTaskError

from newtrick.cluster.workers import Failure, Item, Result
from newtrick.errors import ClusterError, NewtrickError

logger = logging.getLogger("newtrick")

_TRIES = 4
_SECONDS_OF_SILENCE = 30.0
_SECONDS_TO_STOP = 30.0
_NOT_KNOWN = "The remote function failed to import on the worker"
_DEATHS: dict[type[RayError], str] = {
    NodeDiedError: "A machine of the cluster was lost",
    OutOfMemoryError: "A machine's memory was full, and Ray ended a worker",
}


@dataclass(frozen=True)
class _Job(Generic[Item]):
    """What is being done, and how many times it was begun."""

    item: Item
    tries: int = 1


class RayWorkers:
    """The processors of the cluster that this process has joined; each does one job at a time."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | Failure]]:
        """See `Workers.map`; a job whose worker dies is begun again up to three times."""
        # Ray would begin again, too, but in silence, and without end where the memory is too small.
        remote = ray.remote(num_cpus=1, max_retries=0)(function)
        waiting = iter(items)
        running: dict[ray.ObjectRef[Any], _Job[Item]] = {}
        try:
            while True:
                # Without a machine one job waits all the same: that may bring a machine up.
                for item in islice(waiting, max(0, max(1, processors()) - len(running))):
                    running[remote.remote(item)] = _Job(item)
                if not running:
                    return
                reference = _next_done(list(running))
                job = running.pop(reference)
                try:
                    outcome = ray.get(reference)
                except RayTaskError as error:
                    outcome = _failure(error)
                except RayError as error:
                    death = _DEATHS.get(type(error), "A worker died")
                    if job.tries < _TRIES:
                        logger.warning("%s; what it did is begun again.", death)
                        running[remote.remote(job.item)] = replace(job, tries=job.tries + 1)
                        continue
                    outcome = Failure(_given_up(death, error))
                yield job.item, outcome
        finally:
            _stop(list(running))


def processors() -> int:
    """How many there are now."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return int(resources.get("CPU", 0))


def _next_done(references: list[ray.ObjectRef[Any]]) -> ray.ObjectRef[Any]:
    is_told = False
    while True:
        done, _ = ray.wait(references, timeout=_SECONDS_OF_SILENCE)
        if done:
            return done[0]
        if not is_told and not processors():
            is_told = True
            logger.warning("No machine of the cluster is left to work; waiting for one.")


def _stop(references: list[ray.ObjectRef[Any]]) -> None:
    """Press Ctrl-C for what still runs, and end what does not stop."""
    for reference in references:
        ray.cancel(reference, force=False)
    if references:
        ray.wait(references, num_returns=len(references), timeout=_SECONDS_TO_STOP)
    for reference in references:
        ray.cancel(reference, force=True)


def _failure(error: RayTaskError) -> Failure:
    """What the job raised.

    Raises:
        ClusterError: The other machine does not know the job.
        RayTaskError: It is a defect; the text has the traceback of the other machine.
    """
    if isinstance(error.cause, NewtrickError):
        return Failure(error.cause)
    if _NOT_KNOWN in str(error):
        raise ClusterError(
            "A machine of the cluster has no newtrick, or another version of it.",
            found=str(error).strip().splitlines()[-1],
            fix="install newtrick[cluster] there, in the same versions as here",
        ) from error
    raise error


def _given_up(death: str, error: RayError) -> ClusterError:
    return ClusterError(
        f"{death}, {_TRIES} times with the same job.",
        found=str(error).partition("\n")[0],
        fix="look at the logs of Ray on that machine",
    )
