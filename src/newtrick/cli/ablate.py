"""`newtrick train --ablate`: what each step of a recipe is worth, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from newtrick.cli.imports import quick_imports

if TYPE_CHECKING:
    from newtrick.ablation.ablate import Ablated
    from newtrick.recipe import Recipe


def show_ablation(
    recipe: Recipe,
    steps: Sequence[str],
    *,
    out: Path | None,
    accept: Collection[str],
    as_json: bool,
) -> None:
    """Ablate, and print what came of it."""
    with quick_imports():
        from newtrick.ablation.ablate import ablate
        from newtrick.cli.terminal import Terminal

    with Terminal() as terminal:
        ablated = ablate(recipe, steps, out=out, accept=accept, watcher=terminal)
    _show(ablated, as_json=as_json)


def show_resumed(path: Path, *, accept: Collection[str], as_json: bool) -> None:
    """Go on with an ablation, and print what came of it."""
    with quick_imports():
        from newtrick.ablation.ablate import resume_ablation
        from newtrick.cli.terminal import Terminal

    with Terminal() as terminal:
        ablated = resume_ablation(path, accept=accept, watcher=terminal)
    _show(ablated, as_json=as_json)


def _show(ablated: Ablated, *, as_json: bool) -> None:
    from newtrick.report.ablation import ablation_grid, ablation_in_words, next_commands
    from newtrick.report.table import dress

    ablation = ablated.ablation
    if as_json:
        typer.echo(ablation.to_json())
        return
    from rich.console import Console

    console = Console(highlight=False)
    grid = ablation_grid(ablation)
    table = dress(grid)
    table.caption, table.caption_justify = grid.caption, "left"
    console.print(table)
    for line in ablation_in_words(ablation):
        console.print(line, markup=False, soft_wrap=not console.is_terminal)
    typer.echo("\nThe test rows are scored once, by the recipe that you choose:")
    for command in next_commands(ablation, ablated.folder):
        typer.echo(f"  {command}")
    typer.echo(f"\nTable   {ablated.folder / 'ablation.md'}")
