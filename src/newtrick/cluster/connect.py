"""The way to a Ray cluster: one that runs already, or one of this machine's processors."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from newtrick.cluster.workers import Workers
from newtrick.errors import UsageError

_LOCAL = "local"
_SECONDS_TO_LISTEN = 10.0
_SECONDS_TO_ANSWER = 60.0
"""Of Ray, where something listens: a machine at the end of its strength is slow to answer."""
_STORE_BYTES = 128 * 2**20
"""Of shared memory for what goes between machines, which is little here; Ray would take a third."""


@contextlib.contextmanager
def connect(address: str | None = None) -> Iterator[Workers]:
    """Have jobs done by a Ray cluster inside the block, one at a time on each of its processors.

    Standard output is closed inside the block, for Ray writes to it when a machine is lost.

    Args:
        address: HOST:PORT of a cluster to which this machine belongs, or `auto` to find it. By
            default that of the environment variable RAY_ADDRESS; without one, a cluster of this
            machine's processors is started, and stopped at the end.

    Raises:
        UsageError: Ray is not installed; or the cluster does not answer, or not to this version.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray  # noqa: PLC0415 (an extra, and large)

        from newtrick.cluster.ray_workers import RayWorkers  # noqa: PLC0415 (likewise)
    except ImportError as error:
        raise UsageError(
            "A cluster needs Ray, which is not installed.", fix="pip install 'newtrick[cluster]'"
        ) from error
    address = address or os.environ.get("RAY_ADDRESS") or _LOCAL
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        if address == _LOCAL:
            with _own_signals():
                ray.init(
                    _LOCAL,
                    include_dashboard=False,
                    object_store_memory=_STORE_BYTES,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
        else:
            _require_answer(address)
            with _own_signals():
                ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        try:
            yield RayWorkers()
        finally:
            ray.shutdown()


def _require_answer(address: str) -> None:
    """Try the address before `ray.init` does: where nobody answers, that waits for minutes.

    Raises:
        UsageError: There is no cluster of this Ray and Python at the address.
    """
    if "://" in address:
        raise UsageError(
            "A cluster is joined from inside, by the address HOST:PORT.",
            where="--address",
            found=address,
            fix="run newtrick on a machine of the cluster, with --address auto",
        )
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_LISTEN).close()
        except OSError as error:
            raise _no_cluster(address, error.strerror or str(error)) from error
    try:
        answer = subprocess.run(  # noqa: S603 (this Python, and an address)
            [sys.executable, "-m", "newtrick.cluster.probe", address],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        seconds = f"{_SECONDS_TO_ANSWER:.0f} seconds"
        raise _no_cluster(address, f"no answer of Ray in {seconds}") from error
    if answer.returncode != 0:
        raise _no_cluster(address, answer.stdout)


def _no_cluster(address: str, reason: str) -> UsageError:
    return UsageError(
        "There is no Ray cluster to be used at this address.",
        where="--address",
        found=f"{address}: {reason}",
        fix="see `ray status` on a machine of the cluster; without --address, this machine's"
        " processors do the work",
    )


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keep the handler of SIGTERM, for which `ray.init` puts one of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
