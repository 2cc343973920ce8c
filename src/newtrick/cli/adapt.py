"""`newtrick adapt`: texts without labels ─► an encoder that has read texts like these."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from newtrick.cli.imports import quick_imports
from newtrick.cli.options import AsJson, Assignments, RecipeName, RunOut, StartModel, TextColumn


def adapt_command(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts without labels: a catalogue name, a folder, a hub id (hf://owner/name), -"
            " for standard input, or one or more files, of which a .txt has a text on each line; by"
            " default what the recipe names.",
            show_default=False,
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(help="Data that a classifier is to be scored on: its texts are kept out."),
    ] = None,
    model: StartModel = None,
    recipe: RecipeName = "default",
    settings: Assignments = None,
    out: RunOut = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Go on with an interrupted adaptation, given no other option."
        ),
    ] = None,
    text_column: TextColumn = None,
    as_json: AsJson = False,
) -> None:
    """Adapt an encoder to texts of a domain, without labels; train takes it as its model."""
    from newtrick.assignments import parse_assignments
    from newtrick.recipe_files import load_recipe

    given = {} if text_column is None else {"data.text_column": text_column}
    wanted = load_recipe(recipe).with_settings({**given, **parse_assignments(settings or [])})

    with quick_imports():
        from newtrick.adaptation import adapt
        from newtrick.cli.terminal import Terminal

    with Terminal() as terminal:
        adaptation = adapt(
            texts[0] if texts and len(texts) == 1 else texts,
            test=test,
            model=model,
            recipe=wanted,
            out=out,
            resume=resume,
            watcher=terminal,
        )
    if as_json:
        typer.echo(adaptation.result.to_json())
        return

    from rich.console import Console

    from newtrick.report.adapted import adaptation_grid
    from newtrick.report.table import dress

    console = Console(highlight=False)
    console.print(dress(adaptation_grid(adaptation.result)))
    adapted = adaptation.folder / "model"
    typer.echo(f"Model   {adapted}")
    typer.echo(f"Next    {shlex.join(['newtrick', 'train', 'DATA', '--model', str(adapted)])}")
