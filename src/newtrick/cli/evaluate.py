"""`newtrick evaluate`: a trained classifier and labelled text ─► its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newtrick.cli.imports import quick_imports
from newtrick.cli.options import (
    Accept,
    AsJson,
    Blend,
    Fast,
    GroupColumn,
    LabelColumn,
    LabelSeparator,
    Model,
    PairColumn,
    Precision,
    Strict,
    TextColumn,
)
from newtrick.counted import counted

if TYPE_CHECKING:
    from newtrick.evaluation.scores import Scores


def evaluate_command(
    model: Model,
    data: Annotated[
        str, typer.Argument(help="Labelled rows; of data with splits, those of its test split.")
    ],
    text_column: TextColumn = None,
    pair_column: PairColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
    label_separator: LabelSeparator = None,
    strict: Strict = False,
    precision: Precision = "float32",
    blend: Blend = None,
    fast: Fast = False,
    accept: Accept = None,
    as_json: AsJson = False,
) -> None:
    """Score a classifier on labelled rows that it was not trained on."""
    with quick_imports():
        from newtrick.classifier import load
        from newtrick.cli.terminal import Terminal
        from newtrick.report.blended import answered_in_words
        from newtrick.report.decisions import decided_in_words
        from newtrick.report.without import told, without
        from newtrick.scoring import evaluate

    with Terminal() as terminal:
        result = evaluate(
            load(model, precision=precision, blend=blend, fast=fast),
            data,
            text_column=text_column,
            pair_column=pair_column,
            label_column=label_column,
            group_column=group_column,
            label_separator=label_separator,
            strict=strict,
            accept=accept or (),
            watcher=terminal,
        )
    if as_json:
        typer.echo(result.to_json())
        return
    scores = result.test
    if result.accepted:
        typer.echo(f"This score cannot be trusted: {', '.join(result.accepted)}.")
    speed = f"{result.rows_per_second:,.0f} rows a second"
    typer.echo(f"answers   of {answered_in_words(result)}; {speed}")
    low, high = scores.accuracy_interval
    grouped = "" if scores.groups is None else f" in {counted(scores.groups, 'group')}"
    typer.echo(f"rows      {scores.rows:,}{grouped}")
    typer.echo(f"accuracy  {scores.accuracy:.4f}  (95 % interval {low:.4f} to {high:.4f})")
    if scores.micro_f1 is not None:
        typer.echo("          (the share of rows with all labels right)")
        typer.echo(f"majority  {result.majority_accuracy:.4f}  (of naming what most rows have)")
        typer.echo(f"micro F1  {scores.micro_f1:.4f}{_interval(scores, 'micro_f1')}")
    else:
        typer.echo(
            f"majority  {result.majority_accuracy:.4f}  (accuracy of always naming one label)"
        )
    if scores.f1 is not None:
        typer.echo(f"F1        {scores.f1:.4f}")
    typer.echo(f"macro F1  {scores.macro_f1:.4f}")
    if scores.mean_absolute_error is not None:
        typer.echo(f"MAE       {scores.mean_absolute_error:.4f}  (on the scale of the labels)")
    if scores.quadratic_kappa is not None:
        typer.echo(f"kappa     {scores.quadratic_kappa:.4f}  (with quadratic weights)")
    typer.echo(f"loss      {scores.loss:.4f}")
    for effect in result.test_without or ():
        typer.echo(f"{without(effect)}: {told(effect)}")
    if sentences := decided_in_words(result):
        typer.echo("\n" + "\n".join(sentences))


def _interval(scores: Scores, name: str) -> str:
    if name not in scores.intervals:
        return ""
    low, high = scores.intervals[name]
    return f"  (95 % interval {low:.4f} to {high:.4f})"
