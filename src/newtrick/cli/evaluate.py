"""`newtrick evaluate`: a trained classifier and labelled text ─► its scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newtrick.cli.options import Accept, AsJson, LabelColumn, TextColumn


def evaluate_command(
    model: Annotated[Path, typer.Argument(help="A model folder, or the run folder around it.")],
    data: Annotated[
        str, typer.Argument(help="Labelled rows; of data with splits, those of its test split.")
    ],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    accept: Accept = None,
    as_json: AsJson = False,
) -> None:
    """Score a classifier on labelled rows."""
    from newtrick.classifier import load
    from newtrick.cli.terminal import Terminal
    from newtrick.evaluate import evaluate
    from newtrick.recipe import DataSettings

    settings = DataSettings(text_column=text_column, label_column=label_column)
    with Terminal() as terminal:
        result = evaluate(
            load(model), data, settings=settings, accept=accept or (), watcher=terminal
        )
    if as_json:
        typer.echo(result.to_json())
        return
    scores = result.test
    low, high = scores.accuracy_interval
    typer.echo(f"rows      {scores.rows:,}")
    typer.echo(f"accuracy  {scores.accuracy:.4f}  (95 % interval {low:.4f} to {high:.4f})")
    if scores.f1 is not None:
        typer.echo(f"F1        {scores.f1:.4f}")
    typer.echo(f"macro F1  {scores.macro_f1:.4f}")
    typer.echo(f"loss      {scores.loss:.4f}")
