"""A glimpse of a text, for the evidence of a finding."""

from __future__ import annotations

import polars as pl

from newtrick.data.pairs import PAIR

_MOST_CHARACTERS = 80


def example(rows: pl.DataFrame) -> str:
    """The text of the first row: in one line, at most 80 characters; both of a pair."""
    between = " | " if PAIR in rows.columns else " "
    text = between.join(" ".join(part.split()) for part in rows["text"][0].splitlines())
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
