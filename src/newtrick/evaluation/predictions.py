"""Predictions as a file: one row each, with the probability of every class."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.data.dataset import GROUP, LabelSet, Targets, row_ids, targets
from newtrick.data.pairs import text_columns
from newtrick.evaluation.arrays import Logits
from newtrick.evaluation.task import task_of


def predictions_file(split: pl.DataFrame, logits: Logits, labels: LabelSet) -> bytes:
    """A parquet file with the columns of `newtrick.evaluation.saved`; an `id` is `file:row`.

    Where a row may have several labels, `label` and `predicted` are lists.

    Args:
        split: The rows that were scored.
        logits: Shape (rows, classes).
        labels: The classes in the order of the logits.
    """
    task = task_of(labels)
    frame = pl.DataFrame(
        {
            "id": row_ids(split),
            "label": _named(targets(split, labels), labels),
            "predicted": _named(task.decide(logits), labels),
        }
    ).with_columns(*_probability_columns(task.probabilities(logits), labels), *_as_they_are(split))
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _as_they_are(split: pl.DataFrame) -> list[pl.Series]:
    """The texts, and the group if rows share one."""
    return [split[name] for name in (*text_columns(split), GROUP) if name in split.columns]


def _named(decided: Targets, labels: LabelSet) -> pl.Series:
    names = np.array(labels.names, dtype=object)
    if labels.multi_label:
        return pl.Series([names[flags].tolist() for flags in decided], dtype=pl.List(pl.String))
    return pl.Series(names[decided], dtype=pl.String)


def _probability_columns(shares: npt.NDArray[np.float32], labels: LabelSet) -> list[pl.Series]:
    """One column for each class, in the classes' order."""
    return [pl.Series(f"probability_{name}", shares[:, index]) for index, name in enumerate(labels)]
