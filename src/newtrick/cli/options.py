"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from typing import Annotated

import typer

TextColumn = Annotated[
    str | None, typer.Option(help="The column with the text; detected when not given.")
]
LabelColumn = Annotated[
    str | None, typer.Option(help="The column with the label; detected when not given.")
]
Accept = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Go on in spite of this finding; may be repeated."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON document, nothing else.")
]
