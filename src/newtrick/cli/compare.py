"""`newtrick compare`: predictions of several models for the same rows ─► which is better."""

from __future__ import annotations

from typing import Annotated

import typer

from newtrick.cli.options import AsJson


def compare_command(
    predictions: Annotated[
        list[str],
        typer.Argument(
            help="Run folders that are done, or files with the columns id, label (the true one),"
            " and predicted or probability_LABEL for each label."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell which of several models is better on the same test rows, all against the first."""
    from newtrick.evaluation.compare import compare
    from newtrick.evaluation.saved import read_predictions

    comparison = compare([read_predictions(name) for name in predictions])
    if as_json:
        typer.echo(comparison.to_json())
        return
    from rich.console import Console
    from rich.text import Text

    from newtrick.report.comparison import comparison_parts

    console = Console(highlight=False)
    for part in comparison_parts(comparison):
        console.print(part, markup=False, soft_wrap=isinstance(part, Text))
