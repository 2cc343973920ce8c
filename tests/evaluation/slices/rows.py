"""Rows of a made-up test set."""

from __future__ import annotations

import numpy as np
import polars as pl

from newtrick.data.dataset import SCHEMA, LabelSet

LABELS = LabelSet.of(("neg", "pos"))


def some_rows(rows: int, seed: int = 0, words: int = 60, **extra: list[str]) -> pl.DataFrame:
    """Texts of three to thirty words, of which some are frequent and most are rare."""
    chance = np.random.default_rng(seed)
    names = np.array([f"w{place}" for place in range(words)])
    shares = 1 / np.arange(1, words + 1)
    texts = [
        " ".join(chance.choice(names, chance.integers(3, 31), p=shares / shares.sum()))
        for _ in range(rows)
    ]
    frame = pl.DataFrame(
        {
            "file": ["a.csv"] * rows,
            "row": range(1, rows + 1),
            "text": texts,
            "label": chance.integers(0, 2, rows),
        },
        schema=SCHEMA,
    )
    return frame.with_columns(pl.Series(f"extra.{name}", values) for name, values in extra.items())
