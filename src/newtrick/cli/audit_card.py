"""`newtrick audit-card`: a model card ─► what is wrong with its figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from newtrick.cli.findings import show_findings
from newtrick.cli.options import Accept, AsJson


def audit_card_command(
    card: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A README.md, a run folder, a text file with a table, or - for standard input.",
        ),
    ],
    accept: Accept = None,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong with the figures of a model card; an error is exit code 3."""
    from newtrick.audit.card.parse import MAX_SIZE, parse_card, read_card
    from newtrick.audit.check import audit
    from newtrick.audit.outcome import check_codes
    from newtrick.audit.registry import CARD_CHECKS

    check_codes(accept or (), CARD_CHECKS)
    if card == "-":
        subject = parse_card(sys.stdin.buffer.read(MAX_SIZE + 1), "standard input")
    else:
        subject = read_card(Path(card))
    findings = audit(subject, CARD_CHECKS)
    show_findings(findings, accept or (), as_json=as_json, read=subject.told)
