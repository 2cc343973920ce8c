"""`--set KEY=VALUE` ─► settings by their dotted names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from newtrick.errors import RecipeError
from newtrick.recipe import Paths, all_settings


def parse_assignments(assignments: Iterable[str]) -> dict[str, object]:
    """`key=value` pairs as given to `--set`; a value is TOML, or else a plain word.

    What a setting of text is given stays text: `data.positive_label=1` is the label "1"; only where
    it may be several paths, a list is one. `none` unsets a setting that need not be set.

    Raises:
        RecipeError: A pair without `=`.
    """
    settings: dict[str, object] = {}
    faults = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if equals:
            settings[key.strip()] = _parse_value(key.strip(), value.strip())
        else:
            faults.append(f"{assignment!r} has no =")
    if faults:
        raise RecipeError(
            "A setting is written key=value.",
            details=faults,
            fix="for example --set training.learning_rate=3e-5",
        )
    return settings


def _parse_value(key: str, text: str) -> object:
    kinds = all_settings()[key].kinds if key in all_settings() else ()
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if isinstance(value, list) and Paths in kinds:
        return value
    if text == "none" and type(None) in kinds and str not in kinds:
        return None
    return text if str in kinds and not isinstance(value, str) else value
