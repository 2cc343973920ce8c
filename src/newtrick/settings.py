"""What settings are made of: sections, names, help; and what is wrong with the values given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from newtrick.errors import RecipeError, did_you_mean


class Section(BaseModel):
    """A group of settings, frozen; unknown names are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


Tree = TypeVar("Tree", bound=Section)
"""A section of sections."""


@dataclass(frozen=True)
class Setting:
    """What is known of a setting.

    Attributes:
        section: The name of its section.
        name: Its name there.
        help: Its docstring.
        kinds: The types that its value may have.
    """

    section: str
    name: str
    help: str
    kinds: tuple[object, ...]

    @property
    def key(self) -> str:
        """Its dotted name."""
        return f"{self.section}.{self.name}"


def settings_of(tree: type[Section]) -> Mapping[str, Setting]:
    """Every setting by its dotted name, in order."""
    settings = [
        Setting(
            section,
            name,
            field.description or "",
            get_args(field.annotation) or (field.annotation,),
        )
        for section, group in tree.model_fields.items()
        if isinstance(group.annotation, type) and issubclass(group.annotation, Section)
        for name, field in group.annotation.model_fields.items()
    ]
    return {setting.key: setting for setting in settings}


def toml_value(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, float):
        return repr(value)
    # What JSON writes is TOML as well, but for the one control character that JSON lets stand.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def changed(tree: Tree, settings: Mapping[str, object]) -> Tree:
    """A copy with some settings changed; a value of None unsets.

    Args:
        tree: All settings.
        settings: Values by dotted name.

    Raises:
        RecipeError: Unknown names or wrong values, all of them at once.
    """
    values: dict[str, dict[str, object]] = tree.model_dump()
    faults = []
    for key, value in settings.items():
        section, _, name = key.partition(".")
        if name in values.get(section, ()):
            values[section][name] = value
        else:
            faults.append(_unknown(type(tree), key))
    return validated(type(tree), values, faults)


def validated(
    kind: type[Tree],
    values: Mapping[str, object],
    faults: Iterable[str] = (),
    origin: str | None = None,
) -> Tree:
    """All settings, of values by section and name.

    Args:
        kind: What they make.
        values: Those that are not given have their defaults.
        faults: What is known to be wrong already.
        origin: Where the values are from.

    Raises:
        RecipeError: With all faults at once.
    """
    found = list(faults)
    try:
        tree = kind.model_validate(values)
    except ValidationError as error:
        found += _faults(kind, error.errors())
    if found:
        count = "One setting is" if len(found) == 1 else f"{len(found)} settings are"
        raise RecipeError(f"{count} wrong.", where=origin, details=found)
    return tree


def _faults(kind: type[Section], details: Iterable[ErrorDetails]) -> list[str]:
    """One line a setting; a setting that may be one of two types has a complaint from each."""
    complaints: dict[str, list[str]] = {}
    found: dict[str, object] = {}
    for detail in details:
        key = ".".join(str(part) for part in detail["loc"][:2])
        message = detail["msg"]
        complaints.setdefault(key, []).append(message[0].lower() + message[1:])
        found[key] = _UNKNOWN if detail["type"] == "extra_forbidden" else detail["input"]
    return [
        _unknown(kind, key)
        if found[key] is _UNKNOWN
        else f"{key}: {', or '.join(messages)}; found {found[key]!r}"
        for key, messages in complaints.items()
    ]


_UNKNOWN = object()


def _unknown(kind: type[Section], key: str) -> str:
    known = settings_of(kind)
    whole = [name for name in known if name.endswith(f".{key}")]
    return f"{key} is not a setting; {did_you_mean(key, whole or known)}"
