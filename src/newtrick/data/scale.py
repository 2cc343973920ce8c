"""Whether classes are a scale, such as one to five stars, and what each counts on it.

Numbers alone do not tell: they may be stars, or the codes of topics. By themselves those are taken
for a scale that are a number with its unit (`1 star`, `2 stars`), that stand in a column with the
name of a rating, or that no code would be: negative or broken numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from newtrick.data.dataset import LabelSet, Note
from newtrick.errors import RecipeError, did_you_mean
from newtrick.recipe import DataSettings

Scale = tuple[float, ...]

_FEWEST_STEPS = 3  # on a scale of two, how far off an answer is says nothing new
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[\s_-]*([^\W\d_]+))?")
_RATINGS = re.compile(
    r"(.*_)?(grade|intensity|level|overall|points|rating|score|severity|stars?)s?", re.IGNORECASE
)
_SETTING = "data.ordinal"


def with_scale(
    labels: LabelSet, settings: DataSettings, column: str | None
) -> tuple[LabelSet, list[Note]]:
    """The labels as the setting `data.ordinal` has them, and a note of what they are taken for.

    Args:
        labels: In their order.
        settings: `ordinal` is used.
        column: The name of the label's column, if it has one.

    Raises:
        RecipeError: The labels cannot be a scale, or are not those that were named.
    """
    if settings.ordinal is False:
        return labels, []
    if settings.ordinal == "auto":
        scale = told_scale(labels.names, column)
    else:
        _require_steps(labels)
        order = settings.ordinal
        scale = _by_numbers(labels) if order is True else _in_order(labels, order)
    if scale is not None:
        return replace(labels, scale=scale), [_note(labels, scale)]
    if _values(labels.names) is None or len(labels) < _FEWEST_STEPS:
        return labels, []
    message = (
        "The labels are numbers, and are taken for names: how far off an answer is does not count."
        f" If they are a scale: --set {_SETTING}=true"
    )
    return labels, [Note("labels", f"{message}.")]


def told_scale(names: Sequence[str], column: str | None = None) -> Scale | None:
    """The value of each label, where the labels or their column tell that they are a scale."""
    values = _values(names)
    if values is None or len(names) < _FEWEST_STEPS:
        return None
    has_unit = _unit(names[0]) is not None
    is_no_code = any(value < 0 or value != round(value) for value in values)
    is_rating = column is not None and _RATINGS.fullmatch(re.sub(r"[\s.-]", "_", column))
    return values if has_unit or is_no_code or is_rating else None


def number_of(name: str) -> float | None:
    """The number that a name is, or that it begins with before its unit: 2 of `2 stars`."""
    found = _NUMBER.fullmatch(name.strip())
    return None if found is None else float(found[1])


def _values(names: Sequence[str]) -> Scale | None:
    """The numbers of names, if all have one, each another, and all the same unit or none."""
    numbers = [number_of(name) for name in names]
    values = tuple(number for number in numbers if number is not None)
    is_scale = len(set(values)) == len(names) and len(set(map(_unit, names))) == 1
    return values if is_scale else None


def _unit(name: str) -> str | None:
    """`star` of `2 Stars`."""
    found = _NUMBER.fullmatch(name.strip())
    return found[2].casefold().removesuffix("s") if found and found[2] else None


def _require_steps(labels: LabelSet) -> None:
    if len(labels) < _FEWEST_STEPS:
        raise RecipeError(
            "A scale has three labels or more: of two, it says no more than the accuracy.",
            where=_SETTING,
            found=", ".join(labels),
            fix="leave it out",
        )


def _by_numbers(labels: LabelSet) -> Scale:
    if values := _values(labels.names):
        return values
    raise RecipeError(
        "The labels are no numbers, and their order is not known.",
        where=_SETTING,
        found=", ".join(labels),
        fix=f'name them from the lowest to the highest: --set \'{_SETTING}=["bad", "fair",'
        ' "good"]\'',
    )


def _in_order(labels: LabelSet, order: Sequence[str]) -> Scale:
    faults = [f"{name!r} is not in the order" for name in labels if name not in order]
    faults += [
        f"{name!r} is no label; {did_you_mean(name, labels)}"
        for name in order
        if name not in labels.names
    ]
    if len(set(order)) < len(order):
        faults.append("a label is named twice")
    if faults:
        raise RecipeError("The order is not that of the labels.", where=_SETTING, details=faults)
    return tuple(float(order.index(name)) for name in labels)


def _note(labels: LabelSet, scale: Scale) -> Note:
    ordered = [name for _, name in sorted(zip(scale, labels, strict=True))]
    return Note(
        "labels",
        f"The labels are taken for a scale, from {ordered[0]} to {ordered[-1]}: the mean absolute"
        f" error and quadratic kappa tell how far off the answers are (--set {_SETTING}=false if"
        " they are only names).",
    )


def known_order(settings: DataSettings, class_names: Sequence[str]) -> Sequence[str]:
    """The order of the classes that the user gives, or else that of the data."""
    return settings.ordinal if isinstance(settings.ordinal, tuple) else class_names
