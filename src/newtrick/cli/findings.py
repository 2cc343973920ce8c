"""How the commands that audit end: findings on standard output, and the exit code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from newtrick.audit.finding import Finding


def show_findings(
    findings: Sequence[Finding], accept: Collection[str], *, as_json: bool, read: str | None = None
) -> None:
    """Print the findings and their counts, as lines or as one JSON document.

    Args:
        findings: All of them.
        accept: The codes to go on in spite of.
        as_json: Whether a program reads it.
        read: What was looked at, where that may not be what was meant.

    Raises:
        Exit: With code 3, if there is an error that was not accepted.
    """
    from rich.console import Console

    from newtrick.audit.outcome import (
        accepted_codes,
        count_findings,
        findings_json,
        refused_findings,
    )
    from newtrick.errors import AuditRefused
    from newtrick.report.table import finding_lines

    refused = refused_findings(findings, accept)
    accepted = accepted_codes(findings, accept)
    if as_json:
        more = {} if read is None else {"read": read}
        typer.echo(findings_json(findings, **more, accepted=accepted), nl=False)
    else:
        if read is not None:
            typer.echo(f"read: {read}")
        console = Console(highlight=False)
        for line in finding_lines(findings):
            console.print(line, soft_wrap=not console.is_terminal)
        counts = count_findings(findings)
        typer.echo(f"errors {counts.error}, warnings {counts.warning}, infos {counts.info}")
        if accepted:
            typer.echo(f"accepted: {', '.join(accepted)}")
        if final := [finding.code for finding in refused if finding.code in accept]:
            typer.echo(f"cannot be accepted, for nothing can be trained: {', '.join(final)}")
    if refused:
        raise typer.Exit(AuditRefused.exit_code)
