"""Numbers of things in sentences."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """A number with what it counts.

    >>> counted(1, "test row"), counted(1200, "test row")
    ('1 test row', '1,200 test rows')
    """
    return f"{number:,} {thing}" + "s" * (number != 1)


def one_or_many(number: int, one: str, many: str) -> str:
    """The word that goes with a number of things.

    >>> one_or_many(1, "was", "were"), one_or_many(2, "was", "were")
    ('was', 'were')
    """
    return one if number == 1 else many
