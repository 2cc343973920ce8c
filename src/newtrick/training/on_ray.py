"""Processors of a Ray cluster that take the steps of a training with the process that leads it."""

from __future__ import annotations

import contextlib
import platform
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import ray
import torch
from ray.exceptions import GetTimeoutError, RayError

from newtrick.cluster.ray_workers import processors
from newtrick.errors import ClusterError, UsageError, WorkerLost
from newtrick.machine.cores import allowed_cores
from newtrick.training.follow import follow
from newtrick.training.ranks import Place, Ranks, speak_on_this_machine

_SECONDS_TO_START = 120


@ray.remote(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD")
class _Follower:
    """A process somewhere on the cluster."""

    def host(self) -> str:
        """The machine that it is on."""
        return platform.node()

    def follow(self, place: Place, *, is_all_here: bool) -> None:
        """Take part until the leader has no more, or is gone."""
        if is_all_here:
            speak_on_this_machine()
        torch.set_num_threads(allowed_cores() or 1)  # Ray gives one; a machine's are shared out
        with contextlib.suppress(WorkerLost):
            team = Ranks(place)
            try:
                follow(team)
            finally:
                team.leave()


@contextlib.contextmanager
def lead(size: int, options: tuple[str, ...]) -> Iterator[Ranks]:
    """Inside the block, processors of the cluster that was joined follow this process.

    Args:
        size: How many processes train together, this one among them.
        options: Of the command line, that start as many again.

    Raises:
        UsageError: The cluster has not so many processors, or they are not free.
        ClusterError: A machine has no newtrick, or another version of it.
    """
    _refuse_too_many(size)
    followers = [_Follower.remote() for _ in range(size - 1)]  # type: ignore[attr-defined]
    hosts = _hosts(followers)
    is_all_here = {*hosts} <= {platform.node()}
    with tempfile.TemporaryDirectory() as folder:
        leader = Place(0, size, f"file://{folder}/meeting" if is_all_here else _url())
        if is_all_here:
            speak_on_this_machine()
        for rank, follower in enumerate(followers, start=1):
            follower.follow.remote(replace(leader, rank=rank), is_all_here=is_all_here)
        team = Ranks(leader, options)
        try:
            yield team
        finally:
            team.leave()


def _refuse_too_many(size: int) -> None:
    if processors() < size - 1:
        raise UsageError(
            "The cluster has too few processors: each worker but the first takes one.",
            where="--workers",
            found=f"{size} workers, {processors()} processors",
            fix="ask for fewer, or add machines",
        )


def _hosts(followers: list[object]) -> list[str]:
    """The machines of the followers, once all have started."""
    try:
        hosts: list[str] = ray.get(
            [follower.host.remote() for follower in followers],  # type: ignore[attr-defined]
            timeout=_SECONDS_TO_START,
        )
    except GetTimeoutError as error:
        raise UsageError(
            "The workers did not start: the processors of the cluster are in use.",
            found=f"{_SECONDS_TO_START} seconds without all of {len(followers)}",
            fix="see `ray status`; ask for fewer workers, or wait",
        ) from error
    except RayError as error:
        raise ClusterError(
            "A worker did not start.",
            found=str(error).strip().splitlines()[-1],
            fix="install newtrick[cluster] on all machines, in the same versions as here",
        ) from error
    return hosts


def _url() -> str:
    """A port of this machine that is free; the leader listens there until all have come."""
    address = ray.util.get_node_ip_address()  # type: ignore[no-untyped-call]
    with socket.socket() as free:
        free.bind((address, 0))
        return f"tcp://{address}:{free.getsockname()[1]}"
