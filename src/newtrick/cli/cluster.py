"""Options of the commands whose jobs a Ray cluster can do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newtrick.cli.imports import quick_imports
from newtrick.errors import UsageError

if TYPE_CHECKING:
    from newtrick.cluster.workers import Workers

Backend = Literal["local", "ray"]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="ADDR",
        help="The Ray cluster's: HOST:PORT, or auto; by default RAY_ADDRESS, or else a cluster"
        " of this machine's processors.",
    ),
]


def check_address(backend: str | None, address: str | None) -> None:
    """Refuse an address where nobody goes.

    Raises:
        UsageError: The backend is not Ray.
    """
    if address is not None and backend != "ray":
        raise UsageError("--address is that of a Ray cluster.", fix="add --backend ray")


def workers_of(backend: Backend, address: str | None) -> contextlib.AbstractContextManager[Workers]:
    """Who does the jobs inside the block: this process, or the processors of a cluster."""
    with quick_imports():
        from newtrick.cluster.connect import connect
        from newtrick.cluster.workers import ThisProcess

    return connect(address) if backend == "ray" else contextlib.nullcontext(ThisProcess())
