"""`newtrick doctor`: this machine ─► what stands in the way of a training on it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from newtrick.cli.options import AsJson

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from newtrick.doctor.examine import Examination, Line

_STYLES = {"ok": "green", "-": "dim", "info": "blue", "warning": "yellow", "error": "bold red"}


def doctor_command(
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no source of data and models whether it answers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at this machine, and train a tiny model on it; an error is exit code 3."""
    from rich.console import Console

    from newtrick.doctor.examine import examine
    from newtrick.errors import AuditRefused

    messages = Console(stderr=True)
    waiting = messages.status("Looking at this machine, some seconds ...")
    with waiting if messages.is_terminal else contextlib.nullcontext():
        examination = examine(offline=offline)
    if as_json:
        typer.echo(examination.to_json(), nl=False)
    else:
        _show(examination, Console(highlight=False))
    if examination.counts["error"]:
        raise typer.Exit(AuditRefused.exit_code)


def _show(examination: Examination, console: Console) -> None:
    """A line for each thing that was looked at; on a terminal, wrapped beside its topic."""
    from rich.table import Table

    machine = examination.machine
    console.print(f"newtrick {machine.newtrick} on {machine.system}", markup=False)
    table = Table.grid(padding=(0, 2))
    for line in examination.lines:
        status, text = _status(line), _text(line, console.encoding)
        if console.is_terminal:
            table.add_row(f"[{_STYLES[status]}]{status}", f"[bold]{line.topic}", text)
        else:
            console.print(f"{status:<7}  {line.topic:<9}  ", text, sep="", soft_wrap=True)
    if console.is_terminal:
        console.print(table)
    console.print(", ".join(f"{name}s {count}" for name, count in examination.counts.items()))


def _status(line: Line) -> str:
    from newtrick.audit.machine.check import Seen

    if isinstance(line.sight, Seen):
        return "ok" if line.sight.known else "-"
    return str(line.sight.severity)


def _text(line: Line, encoding: str) -> Text:
    """What there is to say, and what to do about it, in letters that the terminal has."""
    from rich.text import Text

    from newtrick.audit.machine.check import Seen
    from newtrick.report.wording import one_line

    def printable(text: str) -> str:
        return one_line(text).encode(encoding, "replace").decode(encoding)

    if isinstance(line.sight, Seen):
        return Text(printable(line.sight.text))
    return Text.assemble(printable(line.sight.title), " -> ", (printable(line.sight.fix), "italic"))
