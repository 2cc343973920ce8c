"""Numbers as people write them in model cards, with what rounding leaves open."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MAX_LENGTH = 60
"""Characters. A longer cell is no number."""

_FIGURE = re.compile(
    r"""(?P<sign>[-+−]?)
        (?P<digits>\d(?:[\d.,'’_\ ]*\d)?|[.,]\d+)
        (?:e(?P<exponent>[-+]?\d{1,3}))?
        \s*(?P<percent>%|٪|per\ ?cent\b|pct\b)?
        \s*(?:(?:±|\+/-|\(|\[).*)?""",
    re.IGNORECASE | re.VERBOSE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’_ ]\d{3})+")
_DICTIONARY = re.compile(r"\{\s*['\"]\w+['\"]\s*:\s*(.*?)\s*\}")  # {'accuracy': 0.94}
_DECORATION = re.compile(r"<[^<>]*>|[*`~★☆✓✔←→🏆]|^_+|_+$")
_SMALLEST_HALF = 1e-9  # below this the arithmetic of floats rounds more than the writer did
_LEAST_PER_CENT = 2.0


@dataclass(frozen=True)
class Figure:
    """A number that was rounded to the digits shown.

    Attributes:
        value: The number; per cents as a share of 1.
        half: Half a unit of its last digit: the number before rounding was at most that far away.
        shown: How it was written.
    """

    value: float
    half: float
    shown: str

    @property
    def low(self) -> float:
        """The least that it can have been before rounding."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """The most that it can have been before rounding."""
        return self.value + self.half

    def agrees(self, other: Figure) -> bool:
        """Whether both can be the same number, rounded: 0.3 and 0.4 can not, 0.3 and 0.34 can."""
        slack = min(_SMALLEST_HALF, self.half)
        return self.low < other.high - slack and other.low < self.high - slack

    def is_over(self, other: Figure) -> bool:
        """Whether it was larger before rounding, too."""
        return self.value > other.value and self.low >= other.high - _SMALLEST_HALF


def plain(text: str) -> str:
    """A cell without emphasis, stars and tags, in one form of Unicode."""
    return unicodedata.normalize("NFKC", _DECORATION.sub("", text)).strip()


def read_figure(text: str) -> Figure | None:
    """Read a real number.

    A single comma or point is a decimal mark. What follows ±, ( or [ is left out.

    Returns:
        None when it is no number.

    >>> read_figure("**93,88 %**")
    Figure(value=0.9388, half=5e-05, shown='93,88 %')
    """
    return _read(text, grouped=False)


def read_count(text: str) -> int | None:
    """Read a whole number, whose commas, points or spaces before three digits are separators.

    >>> read_count("1,000"), read_count("2.5"), read_count("10 500")
    (1000, None, 10500)
    """
    figure = _read(text, grouped=True)
    return None if figure is None or not figure.value.is_integer() else int(figure.value)


def as_shares(figures: Sequence[Figure | None]) -> list[Figure | None]:
    """Figures of one measure as shares of 1, where most of them are per cents without the sign."""
    values = [figure.value for figure in figures if figure is not None]
    if not values or not _LEAST_PER_CENT <= median(values) <= 100:  # noqa: PLR2004 (per cent)
        return list(figures)
    return [
        figure and Figure(figure.value / 100, figure.half / 100, figure.shown) for figure in figures
    ]


def _read(text: str, *, grouped: bool) -> Figure | None:
    if len(text) > MAX_LENGTH:
        return None
    shown = plain(text)
    inner = _DICTIONARY.fullmatch(shown)
    match = _FIGURE.fullmatch(inner[1] if inner else shown)
    digits = match and _decimal(match["digits"], grouped=grouped)
    if match is None or digits is None:
        return None
    exponent = int(match["exponent"] or 0) - (2 if match["percent"] else 0)
    value = float(f"{digits}e{exponent}")
    if not math.isfinite(value):
        return None
    places = len(digits.partition(".")[2])
    half = max(0.5 * 10.0 ** (exponent - places), _SMALLEST_HALF)
    return Figure(-value if match["sign"] in {"-", "−"} else value, half, shown)


def _decimal(digits: str, *, grouped: bool) -> str | None:
    """Digits with a point as the only mark, or None when the marks make no sense."""
    marks = sorted({mark for mark in digits if not mark.isdecimal()}, key=digits.rfind)
    if not marks:
        return digits
    last = marks[-1]
    is_decimal = last in {".", ","} and digits.count(last) == 1
    if is_decimal and grouped and len(marks) == 1 and _GROUPED.fullmatch(digits):
        is_decimal = False
    whole, fraction = digits.rsplit(last, 1) if is_decimal else (digits, "")
    separators = {mark for mark in whole if not mark.isdecimal()}
    if len(separators) > 1 or (separators and not _GROUPED.fullmatch(whole)):
        return None
    whole = "".join(char for char in whole if char.isdecimal()) or "0"
    return f"{whole}.{fraction}" if fraction else whole
