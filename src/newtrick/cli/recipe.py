"""`newtrick recipe`: every setting with its help, as TOML to start from."""

from __future__ import annotations

from typing import Annotated

import typer


def recipe_command(
    name: Annotated[
        str | None,
        typer.Argument(help="A shipped recipe or a TOML file; without it, the shipped ones."),
    ] = None,
) -> None:
    """Print a recipe with its settings explained, or all names."""
    from newtrick.recipe_files import load_recipe, shipped_recipes

    if name is None:
        typer.echo("\n".join(shipped_recipes()))
    else:
        typer.echo(load_recipe(name).to_toml(explain=True), nl=False)
