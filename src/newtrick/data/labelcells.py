"""The cells of a row ─► its label, or its labels as one text.

Rows that have any number of labels are written in three ways: a column of 0 and 1 for each label, a
column of lists, or a column of texts with a separator in them. Until the labels are numbered, all
of them are one text, a list in JSON: `["plot", "music"]`, sorted. A row that has none of the labels
says so, by zeros or an empty list (or, with a separator, by nothing but that); an empty cell is a
label that is missing, as it is everywhere.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from newtrick.data.dataset import Note
from newtrick.data.table import Fault, Table
from newtrick.data.values import label_name
from newtrick.errors import DataError, UsageError, did_you_mean

_SAMPLE_ROWS = 200
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_UNKNOWN_FLAGS = {None, "-1"}
_LISTS = (list, tuple)


class LabelReader(Protocol):
    """Reads the label of a row, or all of them.

    Attributes:
        columns: Where it looks.
        multi_label: Whether rows may have several labels.
        class_names: The labels in their order, where the columns name them.
    """

    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def multi_label(self) -> bool: ...  # noqa: D102
    @property
    def class_names(self) -> tuple[str, ...]: ...  # noqa: D102

    def read(self, fields: Mapping[str, object]) -> str | None:
        """The label as a text, or the labels as a list in JSON; None when missing.

        Raises:
            Fault: The cells hold something else.
        """


@dataclass(frozen=True)
class OneLabel:
    """One label in one cell."""

    column: str
    class_names: tuple[str, ...] = ()
    multi_label = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The one."""
        return (self.column,)

    def read(self, fields: Mapping[str, object]) -> str | None:
        """Its name."""
        return label_name(fields[self.column], self.class_names)


@dataclass(frozen=True)
class FlagCells:
    """A cell of 0 or 1 for each label, whose name is that of the column."""

    columns: tuple[str, ...]
    multi_label = True

    @property
    def class_names(self) -> tuple[str, ...]:
        """As the labels are called elsewhere."""
        return tuple(label_name(name) or name for name in self.columns)

    def read(self, fields: Mapping[str, object]) -> str | None:
        """The labels with a 1; none known where any cell is empty or -1."""
        names = []
        for column, label in zip(self.columns, self.class_names, strict=True):
            value = label_name(fields[column])
            if value in _UNKNOWN_FLAGS:
                return None
            flag = _FLAGS.get(str(value).casefold())
            if flag is None:
                raise Fault(
                    f"the column {column!r} holds {value!r}, where 0 or 1 is needed",
                    "name only columns of 0 and 1 (or true and false, yes and no), or one column of"
                    " labels",
                )
            if flag:
                names.append(label)
        return as_text(names)


@dataclass(frozen=True)
class ListCells:
    """One cell with a list, or a text that is one in JSON, or has a separator in it."""

    column: str
    class_names: tuple[str, ...] = ()
    separator: str | None = None
    multi_label = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The one."""
        return (self.column,)

    def read(self, fields: Mapping[str, object]) -> str | None:
        """The labels in the cell, each once; without a list or separator, the one that it is."""
        value = fields[self.column]
        listed = as_list(value)
        if listed is None:
            if (text := label_name(value, self.class_names)) is None:
                return None
            parts = text.split(self.separator) if self.separator else [text]
            return as_text(name for part in parts if (name := label_name(part)))
        names = [label_name(label, self.class_names) for label in listed]
        if None in names:
            raise Fault("a label in the list is missing", "write [] for none of the labels")
        return as_text(name for name in names if name)


def label_reader(
    table: Table,
    column: str,
    *,
    flags: tuple[str, ...],
    separator: str | None,
    multi_label: bool | None,
) -> LabelReader:
    """Choose how the labels of a table are read.

    Args:
        table: The table.
        column: The column of the label.
        flags: Several columns of 0 and 1 in its place, if there are any.
        separator: What stands between labels in a text.
        multi_label: Whether rows may have several labels; None if the first cells are to tell.
    """
    if flags:
        return FlagCells(flags)
    class_names = table.class_names.get(column, ())
    if multi_label is None:
        multi_label = separator is not None or _holds_lists(table, column)
    return (
        ListCells(column, class_names, separator) if multi_label else OneLabel(column, class_names)
    )


def flag_columns(table: Table, label: str | None, separator: str | None) -> tuple[str, ...]:
    """The columns that a label column is the names of, with commas between; none if it is one.

    Raises:
        DataError: There is no such column.
        UsageError: There are several, and a separator.
    """
    if label is None or label in table.columns or "," not in label:
        return ()
    names = tuple(dict.fromkeys(name.strip() for name in label.split(",") if name.strip()))
    if missing := [name for name in names if name not in table.columns]:
        raise DataError(
            "There is no such column.",
            where=f"{table.name}, --label-column",
            found=", ".join(missing),
            fix=did_you_mean(missing[0], table.columns),
        )
    if separator is not None:
        raise UsageError(
            "Columns of 0 and 1 have nothing to separate.",
            where="--label-separator",
            fix="leave it out, or name one column of labels",
        )
    return names


def several_note(table: str, text: str, labels: LabelReader) -> Note:
    """Says where the text is, where its labels, and how none of them is told from one missing."""
    message = f"In {table} the text is in column {text!r}, any number of labels "
    if len(labels.columns) > 1:
        message += f"by a 1 in the {len(labels.columns)} columns {', '.join(labels.columns)}"
    else:
        message += f"in {labels.columns[0]!r}: [] is none of them, an empty cell a missing label"
    return Note("columns", f"{message}.")


def as_text(names: Iterable[str]) -> str:
    """Labels as one text: each once, sorted, as a list in JSON."""
    return json.dumps(sorted(set(names)), ensure_ascii=False)


def from_text(text: str) -> list[str]:
    """The labels that `as_text` wrote."""
    names: list[str] = json.loads(text)
    return names


def as_list(value: object) -> Sequence[object] | None:
    """The list that a cell holds, or writes as JSON or as Python does; None if it is no list."""
    if isinstance(value, _LISTS):
        return value
    if not isinstance(value, str) or not (text := value.strip()).startswith("["):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            parsed = parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return parsed if isinstance(parsed, list) else None
    return None


def _holds_lists(table: Table, column: str) -> bool:
    """Whether all of the first cells that hold anything hold lists."""
    records = islice(table.records([column]), _SAMPLE_ROWS)
    cells = [record.fields.get(column) for record in records]
    known = [cell for cell in cells if cell is not None and str(cell).strip()]
    return bool(known) and all(as_list(cell) is not None for cell in known)
