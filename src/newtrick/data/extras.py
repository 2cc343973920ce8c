"""Further columns of the user's files that have few values: kept beside the rows, to slice them by.

A model never sees them. A column whose values mostly differ, such as an id, makes no slices.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

import polars as pl

from newtrick.data.dataset import extra_columns
from newtrick.data.table import Table
from newtrick.data.values import is_nested, label_name

MOST_VALUES = 50
_SAMPLE_ROWS = 1000


def likely_extras(table: Table, besides: Collection[str | None]) -> tuple[str, ...]:
    """The columns of a table whose first rows have few values; `besides` serve for another end."""
    sample = [record.fields for record in islice(table.records(), _SAMPLE_ROWS)]
    others = [name for name in table.columns if name not in besides]
    return tuple(name for name in others if _are_few([fields.get(name) for fields in sample]))


def extra_value(value: object, class_names: Sequence[str] = ()) -> str | None:
    """A value as a string, equal ones written alike; None for a list or an object."""
    return None if is_nested(value) else label_name(value, class_names)


def with_few_values(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without those extra columns that have fewer than 2 values, or too many."""
    most = min(MOST_VALUES, frame.height // 2)
    counts = {name: frame[name].drop_nulls().n_unique() for name in extra_columns(frame)}
    return frame.drop(name for name, count in counts.items() if not 1 < count <= most)


def _are_few(values: Sequence[object]) -> bool:
    if any(map(is_nested, values)):
        return False
    return len({label_name(value) for value in values} - {None}) <= MOST_VALUES
