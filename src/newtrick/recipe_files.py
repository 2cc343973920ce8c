"""Recipes by their names and from TOML files."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from newtrick.errors import RecipeError, did_you_mean
from newtrick.recipe import Recipe
from newtrick.settings import validated


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with newtrick."""
    folder = resources.files("newtrick") / "recipes"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def load_recipe(name: str | Path) -> Recipe:
    """A shipped recipe by its name, or one from a TOML file.

    Raises:
        RecipeError: No such recipe, no valid TOML, unknown settings or wrong values.
    """
    shipped = shipped_recipes()
    name = str(name)
    if name in shipped:
        text = (resources.files("newtrick") / "recipes" / f"{name}.toml").read_text("utf-8")
    elif Path(name).is_file():
        text = _read_text(Path(name))
    else:
        raise RecipeError("There is no such recipe.", found=name, fix=did_you_mean(name, shipped))
    return parse_recipe(text, origin=name)


def parse_recipe(text: str, *, origin: str = "recipe") -> Recipe:
    """A recipe from TOML; settings that it does not name have their defaults.

    Raises:
        RecipeError: No valid TOML, unknown settings or wrong values, all of them at once.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"The recipe is not valid TOML: {error}.", where=origin) from error
    return validated(Recipe, tree, origin=origin)


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe cannot be read: {error}.", where=path) from error
