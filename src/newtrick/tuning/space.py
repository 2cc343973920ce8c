"""What a study may change: settings of a recipe, each with its range or its choices; TOML in, out.

[training]
learning_rate = {low = 1e-5, high = 3e-4, log = true}
train_batch_size = [16, 32, 64]
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newtrick.errors import RecipeError, UsageError, did_you_mean
from newtrick.recipe import Recipe, all_settings
from newtrick.settings import Setting

Value = str | int | float | bool
Point = Mapping[str, Value]
"""A value for each setting of a space, by its dotted name."""

_READ_ONCE = {"max_tokens", "truncation", "max_windows"}
"""Of the settings of data, those that leave the rows as they are."""

_NOT_TRIED = {
    "seed": "all trials share it",
    "seeds": "a trial is one training",
    "best_by": "it is what trials are judged by",
    "max_minutes": "no two clocks agree",
    "keep_checkpoints": "it does not change the training",
    "checkpoint_every_steps": "it does not change the training",
    "eval_batch_size": "it does not change the training",
}
_RANGE = ("low", "high", "log")


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`.

    Attributes:
        low: The least.
        high: The most.
        log: Whether equal ratios count alike rather than equal differences.
        whole: Whether whole numbers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def nearest(self, value: object) -> Value:
        """The nearest of them to a value; the middle, where that is no number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            value = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        inside = min(max(value, self.low), self.high)
        return round(inside) if self.whole else float(inside)

    def to_toml(self) -> str:
        """As the file has it."""
        low, high = (int(end) if self.whole else end for end in (self.low, self.high))
        return f"{{low = {low!r}, high = {high!r}{', log = true' * self.log}}}"


@dataclass(frozen=True)
class Choices:
    """A few values."""

    values: tuple[Value, ...]

    def nearest(self, value: object) -> Value:
        """The value itself if it is one of them, else the nearest number, else the first."""
        for each in self.values:
            if each == value:
                return each
        numbers = [each for each in self.values if isinstance(each, int | float)]
        if isinstance(value, int | float) and len(numbers) == len(self.values):
            return min(numbers, key=lambda each: abs(each - value))
        return self.values[0]

    def to_toml(self) -> str:
        """As the file has it."""
        return f"[{', '.join(json.dumps(value, ensure_ascii=False) for value in self.values)}]"


@dataclass(frozen=True)
class Space:
    """The settings that a study may change, by their dotted names."""

    settings: Mapping[str, Range | Choices]

    def nearest(self, values: Mapping[str, object]) -> Point:
        """The point of the space that is nearest to a recipe's values, setting by setting."""
        return {key: domain.nearest(values.get(key)) for key, domain in self.settings.items()}

    def to_toml(self) -> str:
        """The file that it can be read from."""
        lines: list[str] = []
        for key, domain in sorted(self.settings.items()):
            section, _, name = key.partition(".")
            if f"[{section}]" not in lines:
                lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
            lines.append(f"{name} = {domain.to_toml()}")
        return "\n".join(lines) + "\n"


def settings_of(recipe: Recipe) -> dict[str, object]:
    """The values of a recipe by their dotted names."""
    return {
        f"{section}.{name}": value
        for section, group in recipe.model_dump().items()
        for name, value in group.items()
    }


def read_space(path: Path) -> Space:
    """Read a space from its file.

    Raises:
        UsageError: It cannot be read, or with all that is wrong with it.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The space cannot be read: {error}.", where=path) from error
    faults: list[str] = []
    settings: dict[str, Range | Choices] = {}
    for section, group in tree.items():
        if not isinstance(group, dict):
            faults.append(_unknown(section))
            continue
        for name, given in group.items():
            try:
                settings[f"{section}.{name}"] = _domain(f"{section}.{name}", given)
            except _Faults as found:
                faults += found.lines
    if not tree:
        faults.append("it names no setting")
    if faults:
        raise UsageError(
            "The space has a fault."
            if len(faults) == 1
            else f"The space has {len(faults)} faults.",
            where=path,
            details=faults,
            fix="a setting is given {low = 1e-5, high = 1e-4, log = true}, or a list of choices",
        )
    return Space(settings)


class _Faults(Exception):
    """What is wrong with a setting."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


def _domain(key: str, given: object) -> Range | Choices:
    setting = all_settings().get(key)
    if setting is None:
        raise _Faults(_unknown(key))
    if reason := _why_not(setting):
        raise _Faults(f"{key} cannot be tried: {reason}")
    if isinstance(given, dict):
        return _range(setting, given)
    if isinstance(given, list):
        return _choices(key, given)
    raise _Faults(f"{key} is neither a range nor a list; found {given!r}")


def _why_not(setting: Setting) -> str | None:
    if setting.section == "data" and setting.name not in _READ_ONCE:
        return "all trials share their rows"
    if setting.section not in ("data", "model", "training"):
        return "it is no part of a trial"
    return _NOT_TRIED.get(setting.name)


def _range(setting: Setting, given: Mapping[str, object]) -> Range:
    key = setting.key
    faults = [f"{key}: {name} is unknown; {did_you_mean(name, _RANGE)}"
              for name in given if name not in _RANGE]  # fmt: skip
    log = given.get("log", False)
    if not isinstance(log, bool):
        faults.append(f"{key}: log is true or false; found {log!r}")
    ends = [given.get(name) for name in ("low", "high")]
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(numbers) < len(ends):
        faults.append(f"{key}: a range has low and high, both numbers; found {dict(given)!r}")
        raise _Faults(*faults)
    low, high = numbers
    if not low < high:
        faults.append(f"{key}: the range from {low!r} to {high!r} is empty")
    elif log and low <= 0:
        faults.append(f"{key}: equal ratios (log) begin above 0; found {low!r}")
    faults += [fault for end in (low, high) for fault in _unfit(key, end)]
    if faults:
        raise _Faults(*faults)
    whole = all(isinstance(end, int) for end in (low, high))
    return Range(low, high, log is True, whole)


def _choices(key: str, given: list[object]) -> Choices:
    faults = [fault for value in given for fault in _unfit(key, value)]
    values = tuple(value for value in given if isinstance(value, str | int | float | bool))
    if len(values) < len(given):
        faults.append(f"{key}: choices are words or numbers; found {given!r}")
    if len(set(values)) < len(values):
        faults.append(f"{key}: a choice is there twice; found {given!r}")
    if len(given) < 2:  # noqa: PLR2004 (it takes two)
        faults.append(f"{key}: it takes two choices at least; --set is for one value")
    if faults:
        raise _Faults(*faults)
    return Choices(values)


def _unfit(key: str, value: object) -> Iterator[str]:
    """What a recipe has against a value."""
    try:
        Recipe().with_settings({key: value})
    except RecipeError as error:
        yield from error.details


def _unknown(key: str) -> str:
    hint = did_you_mean(key, all_settings()) if "." in key else "settings are in sections"
    return f"{key} is not a setting; {hint}"
