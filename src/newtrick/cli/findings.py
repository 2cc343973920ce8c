"""How the commands that audit end: findings on standard output, and the exit code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from newtrick.audit.finding import Finding


def show_findings(findings: Sequence[Finding], accepted: Collection[str], *, as_json: bool) -> None:
    """Print the findings and their counts, as lines or as one JSON document.

    Raises:
        Exit: With code 3, if there is an error that was not accepted.
    """
    from rich.console import Console

    from newtrick.audit.outcome import count_findings, findings_json, refused_findings
    from newtrick.errors import AuditRefused
    from newtrick.report.table import finding_lines

    if as_json:
        typer.echo(findings_json(findings), nl=False)
    else:
        console = Console(highlight=False)
        for line in finding_lines(findings):
            console.print(line, soft_wrap=not console.is_terminal)
        counts = count_findings(findings)
        typer.echo(f"errors {counts.error}, warnings {counts.warning}, infos {counts.info}")
    if refused_findings(findings, accepted):
        raise typer.Exit(AuditRefused.exit_code)
