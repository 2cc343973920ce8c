"""`newtrick train` by several processes: started here, or by a torchrun around it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from newtrick.errors import Interrupted, Stopped, UsageError, WorkerLost

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

    from newtrick.training.ranks import Ranks
    from newtrick.training.team import Team

_COMMAND = "import sys; from newtrick.cli import main; sys.argv[0] = 'newtrick'; main()"
_SECONDS_TO_SAVE = 600
_SECONDS_BETWEEN_LOOKS = 1.0


def is_worker() -> bool:
    """Whether this process is one of several, as the variables that torchrun sets say."""
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys()


def check_workers(backend: str | None, workers: int | None) -> None:
    """Refuse one without the other.

    Args:
        backend: What starts the processes; where that was a torchrun, it knows how many.
        workers: How many.

    Raises:
        UsageError: One of them is missing.
    """
    if backend is None and workers is not None:
        raise UsageError("Workers need a backend.", fix="add --backend torchrun, or ray")
    if backend is not None and workers is None and not is_worker():
        raise UsageError("A backend needs to know how many workers.", fix="add --workers N")


def launch(workers: int, run: Path | None) -> int:
    """Run this very command in so many processes of this machine, and wait for them.

    None outlives this one: each gets the signals that this one gets, all end when one dies, and the
    leader looks now and then whether this one is there.

    Args:
        workers: How many processes.
        run: The run folder, if it was named.

    Returns:
        The exit code of the one that failed, which has said why; 0 if none has.

    Raises:
        WorkerLost: One was killed.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    from newtrick.machine.cores import allowed_cores
    from newtrick.training.ranks import MEETING, speak_on_this_machine

    if workers > (allowed_cores() or workers):
        typer.echo(f"  There are {workers} workers for {allowed_cores()} cores.", err=True)
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[MEETING] = f"{folder}/workers"
        speak_on_this_machine()
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=workers,
            run_id="newtrick",
            rdzv_backend="c10d",
            rdzv_endpoint=f"{folder}/launcher",
            rdzv_configs={"store_type": "file"},
            local_addr="127.0.0.1",
            max_restarts=0,
            signals_to_handle="SIGTERM,SIGINT",
            shutdown_timeout=_SECONDS_TO_SAVE,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        try:
            elastic_launch(config, sys.executable)("-P", "-c", _COMMAND, *sys.argv[1:])
        except SignalException as error:
            is_ctrl_c = error.sigval is signal.SIGINT
            return Stopped.exit_code if is_ctrl_c else Interrupted.exit_code
        except ChildFailedError as error:
            return _exit_code(error.failures, workers, run)
    return 0


def _exit_code(failures: Mapping[int, ProcessFailure], workers: int, run: Path | None) -> int:
    """That of the one that failed, rather than of those that lost it."""
    for rank, failure in failures.items():
        if failure.exitcode < 0 and failure.exitcode != -signal.SIGTERM:  # which all got after that
            team = f"--backend torchrun --workers {workers}"
            raise WorkerLost(
                f"Worker {rank} was killed by {signal.Signals(-failure.exitcode).name}.",
                fix="see whether the memory is full; to go on: newtrick train --resume"
                f" {run or 'RUN'} {team}",
            )
    codes = [failure.exitcode for failure in failures.values() if failure.exitcode > 0]
    return next((code for code in codes if code != WorkerLost.exit_code), WorkerLost.exit_code)


@contextlib.contextmanager
def crew(backend: str | None, workers: int | None, address: str | None) -> Iterator[Team]:
    """Those that train together, for the process that leads them.

    Any other process that torchrun started helps for as long as it is needed, and exits.

    Args:
        backend: What starts or has started the processes; None for one alone.
        workers: How many they are, for Ray.
        address: Of a Ray cluster.

    Raises:
        WorkerLost: Not all of them can be reached.
        UsageError: There is no such cluster, or it has too few processors.
    """
    from newtrick.training.team import ALONE

    if backend is None:
        yield ALONE
        return
    if backend == "ray":
        with _followed(workers or 1, address) as team:
            yield team
        return

    from newtrick.training.ranks import Place, Ranks

    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    place = Place.of_environment()
    team = Ranks(place, ("--backend", backend, "--workers", str(place.size)))
    try:
        if team.rank > 0:
            _help(team)
        yield team
    finally:
        team.leave()


@contextlib.contextmanager
def _followed(workers: int, address: str | None) -> Iterator[Team]:
    """This process, followed by processors of a Ray cluster."""
    from newtrick.cluster.connect import connect

    options: tuple[str, ...] = ("--backend", "ray", "--workers", str(workers))
    if address is not None:
        options += ("--address", address)
    with connect(address):
        from newtrick.training.on_ray import lead

        with lead(
            workers, options if address is None else (*options, "--address", address)
        ) as team:
            yield team


def _help(team: Ranks) -> None:
    """Do what the leader says, whatever signals come: it gets them, too."""
    from newtrick.training.follow import follow

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger("newtrick").addHandler(logging.NullHandler())  # the leader says the same
    try:
        follow(team)
    except WorkerLost:
        raise typer.Exit(WorkerLost.exit_code) from None
    raise typer.Exit


def _end_with(parent: int) -> None:
    """End this process, as by SIGTERM, when the one that started it is gone."""
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
