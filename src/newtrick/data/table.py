"""A table of records that is read as it is asked for: what every file format turns into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from newtrick.data.dataset import Note
from newtrick.errors import DataError


class Fault(Exception):
    """What is wrong with one row; the message is half a sentence, to stand after its place.

    Args:
        what: The message, with the line number in formats that have lines.
        fix: What helps against it, where the message does not say so.
    """

    def __init__(self, what: str, fix: str | None = None) -> None:
        super().__init__(what)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Record:
    """One data row of a file.

    Attributes:
        row: Counts from 1, the first row after the header.
        fields: Value by column name; what could be read of it when there is a fault.
        fault: Why the row cannot be used.
    """

    row: int
    fields: Mapping[str, object]
    fault: Fault | None = None


@dataclass(frozen=True)
class Table:
    """A file with named columns. Its records can be read more than once, each time from the start.

    Attributes:
        name: The path as the user gave it, or `-` for standard input.
        columns: The names of the columns, without the unnamed ones.
        reader: Gives the records with the columns asked for.
        notes: What reading chose: encoding, delimiter, sheet.
        class_names: For a column that holds class ids, the name of each class.
    """

    name: str
    columns: tuple[str, ...]
    reader: Callable[[tuple[str, ...]], Iterator[Record]]
    notes: tuple[Note, ...] = ()
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def records(self, columns: Sequence[str] | None = None) -> Iterator[Record]:
        """The records in the order of the file, with all columns or only those named."""
        return self.reader(self.columns if columns is None else tuple(columns))


def named_columns(header: Sequence[str | None], where: str) -> dict[str, int]:
    """Position by name of the columns that have a name.

    Raises:
        DataError: Two columns have the same name, or none has one.
    """
    places: dict[str, list[int]] = {}
    for index, raw in enumerate(header):
        if name := (raw or "").strip():
            places.setdefault(name, []).append(index)
    twice = {name: indices for name, indices in places.items() if len(indices) > 1}
    if twice:
        raise DataError(
            "Two columns have the same name.",
            where=where,
            details=[
                f"{name}: columns {', '.join(str(index + 1) for index in indices)}"
                for name, indices in twice.items()
            ],
            fix="rename or remove one of each",
        )
    if not places:
        raise DataError(
            "The header names no column.", where=where, fix="put the column names in the first row"
        )
    return {name: indices[0] for name, indices in places.items()}
