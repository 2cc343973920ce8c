"""Text that a spreadsheet would take for a formula, made harmless so that it can be taken back.

Formulas in a table can call programs and send its cells away. An apostrophe before them makes them
text for every spreadsheet. Text that has the apostrophe already gets another one, so that taking
one away gives back what was there. Plain numbers such as -1 stay as they are.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+@\t\r\n＝＋－＠-]")
_NUMBER = re.compile(r"'*[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)


def defused(text: str) -> str:
    """The text of a cell, with an apostrophe before what begins like a formula.

    >>> defused("=1+1"), defused("-1"), defused("good")
    ("'=1+1", '-1', 'good')
    """
    return f"'{text}" if _begins_like_a_formula(text) else text


def restored(text: str) -> str:
    """What `defused` was given.

    >>> restored("'=1+1"), restored("'tis good")
    ('=1+1', "'tis good")
    """
    has_apostrophe = text.startswith("'")
    return text[1:] if has_apostrophe and _begins_like_a_formula(text) else text


def _begins_like_a_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None
