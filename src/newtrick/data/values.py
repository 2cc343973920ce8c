"""One value of a row ─► its text, or the name of its class."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from newtrick.data.encoding import MAX_LINE
from newtrick.data.table import Fault

_WHOLE = re.compile(r"[+-]?\d+\.0+")
_TRUTH = ("true", "false")
_NESTED: dict[type, str] = {list: "a list", tuple: "a list", dict: "an object", bytes: "bytes"}


def text_of(value: object) -> str | None:
    """The text that a value stands for; None when it is missing.

    Args:
        value: A string, or a number, truth value or date, which is written out. Null and NaN are
            missing.

    Raises:
        Fault: The value is a list, an object or bytes, or longer than a text can be.
    """
    if _is_missing(value):
        return None
    _refuse_nested(value, "text", "a string")
    text = str(value)
    if len(text) > MAX_LINE:
        raise Fault(f"a text of {len(text):,} characters; at most {MAX_LINE:,} are read")
    return text


def label_name(value: object, class_names: Sequence[str] = ()) -> str | None:
    """The class that a value of a label column names; None when it names none.

    Formats write the same truth value and the same number in different ways: `True`, `TRUE` and
    `true` are one class, as are `1` and `1.0`.

    Args:
        value: A string, a number or a truth value. Null, NaN, and text of white space are no label.
        class_names: For a column of class ids, the names; an id below 0 is no label.

    Raises:
        Fault: The value is a list, an object or bytes.
    """
    if _is_missing(value):
        return None
    _refuse_nested(value, "label", "one value")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _class_name(value, class_names)
    text = str(value).strip()
    if text.casefold() in _TRUTH:
        return text.casefold()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text or None


def group_name(value: object) -> str | None:
    """The group that a value names, written alike as labels are; None when it names none.

    Raises:
        Fault: The value is a list, an object or bytes.
    """
    _refuse_nested(value, "group", "one value")
    return label_name(value)


def is_nested(value: object) -> bool:
    """Whether a value is a list, an object or bytes, rather than one plain value."""
    return isinstance(value, tuple(_NESTED))


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _refuse_nested(value: object, what: str, needed: str) -> None:
    if is_nested(value):
        raise Fault(f"the {what} is {_NESTED[type(value)]}, where {needed} is needed")


def _class_name(number: int, class_names: Sequence[str]) -> str | None:
    if not class_names:
        return str(number)
    if number < 0:
        return None
    return class_names[number] if number < len(class_names) else str(number)
