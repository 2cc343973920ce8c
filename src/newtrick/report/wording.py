"""How the reports write numbers, and text that came from data."""

from __future__ import annotations

import re
import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}


def percent(share: float) -> str:
    """A share in per cent with one decimal; only all of it is called 100.0 and only none 0.0.

    >>> percent(0.8414), percent(0.9999), percent(1)
    ('84.1', '99.9', '100.0')
    """
    tenths = round(share * 1000)
    if 0 < share < 1:
        tenths = min(max(tenths, 1), 999)
    return f"{tenths / 10:.1f}"


def decimals(value: float) -> str:
    """A score or a loss with four decimals, as tables of the field have it."""
    return f"{value:.4f}"


def count(number: int) -> str:
    """A count with thousands separators."""
    return f"{number:,}"


def size(number: int) -> str:
    """A number of bytes in the unit that suits it.

    >>> size(300_000_000), size(5_000_000_000)
    ('286 MiB', '4.7 GiB')
    """
    return f"{number / 2**30:.1f} GiB" if number >= 2**30 else f"{number / 2**20:.0f} MiB"


def duration(seconds: float) -> str:
    """A time span in the unit that suits it.

    >>> duration(8.25), duration(187), duration(7260)
    ('8.2 s', '3 min 7 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 (seconds of a minute)
        return f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def sentence(text: str) -> str:
    """A text with its full stop, whether or not its writer set one."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def one_line(text: str) -> str:
    """Text from data on one line, unable to steer a terminal or to break an encoding.

    White space is collapsed; control characters and lone surrogates become U+FFFD.
    """
    return "".join(
        _REPLACEMENT if unicodedata.category(char) in {"Cc", "Cs"} else char
        for char in " ".join(text.split())
    )


class Markdown(str):
    """Text that is Markdown already, so that the card does not escape it again."""

    __slots__ = ()


def markdown(text: str) -> Markdown:
    """Text from data for one line of Markdown or one cell of its tables: it shows as it is.

    Markup characters of HTML and the cell separator become entities, which every renderer takes;
    the others get a backslash.
    """
    if isinstance(text, Markdown):
        return text
    escaped = re.sub(r"([\\`*_\[\]#$~])", r"\\\1", one_line(text))
    return Markdown(re.sub(r"[&<>|]", lambda found: _ENTITIES[found[0]], escaped))
