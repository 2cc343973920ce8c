"""`newtrick audit`: labelled text ─► what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newtrick.cli.findings import show_findings
from newtrick.cli.imports import quick_imports
from newtrick.cli.options import (
    Accept,
    AsJson,
    Corrections,
    GroupColumn,
    LabelColumn,
    LabelSeparator,
    PairColumn,
    TextColumn,
)


def audit_command(
    data: Annotated[
        list[str],
        typer.Argument(
            help="A catalogue name, a folder, a hub id (hf://owner/name), - for standard input, or"
            " one or more files."
        ),
    ],
    test: Annotated[
        str | None, typer.Option(help="Separate test data; else a test split or a cut.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model to be trained: how much of the texts it would read.")
    ] = None,
    text_column: TextColumn = None,
    pair_column: PairColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
    label_separator: LabelSeparator = None,
    corrections: Corrections = None,
    write_review: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A new .csv or .xlsx with the suspected rows, to decide on each of them.",
        ),
    ] = None,
    accept: Accept = None,
    as_json: AsJson = False,
) -> None:
    """Look for what would make a score worthless; exit code 3 if there is such a thing."""
    with quick_imports():
        from newtrick.audit.outcome import check_codes
        from newtrick.audit.registry import DATA_CHECKS
        from newtrick.auditing import audit_data
        from newtrick.cli.terminal import Terminal

    check_codes(accept or (), DATA_CHECKS)
    with Terminal() as terminal:
        findings = audit_data(
            data[0] if len(data) == 1 else data,
            test=test,
            model=model,
            text_column=text_column,
            pair_column=pair_column,
            label_column=label_column,
            group_column=group_column,
            label_separator=label_separator,
            corrections=corrections,
            review=write_review,
            watcher=terminal,
        )
    show_findings(findings, accept or (), as_json=as_json)
