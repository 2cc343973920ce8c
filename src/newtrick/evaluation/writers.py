"""Predictions, written a chunk at a time: csv, jsonl or parquet."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from newtrick.data.dataset import LabelSet
from newtrick.data.formulas import defused
from newtrick.errors import UsageError
from newtrick.evaluation.decisions.decide import Decision
from newtrick.evaluation.decisions.labels import LabelDecision
from newtrick.evaluation.explain.explanation import WordEffect


@dataclass(frozen=True)
class PredictedRow:
    """What is written of one row; for a row that could not be read, only its number and text.

    Attributes:
        row: Counts from 1, the first data row of the input.
        text: As it stands in the input.
        text_pair: The second text of a pair, likewise.
        label: The most probable class; or the labels that are more probable than not.
        score: The probability of the most probable class; None where a text may have several.
        probabilities: Of all classes, in the model's order.
        decision: What to do with the text; None of a model that has nothing to decide by.
        words: What each word did to the log-odds of the label; None unless asked for.
    """

    row: int
    text: str | None
    text_pair: str | None = None
    label: str | tuple[str, ...] | None = None
    score: float | None = None
    probabilities: tuple[float, ...] = ()
    decision: Decision | LabelDecision | None = None
    words: tuple[WordEffect, ...] | None = None


class Writer(ABC):
    """An open file of predictions; leaving its context closes it.

    Its columns are `row`, `text`, `text_pair` for pairs, `label`, `score`, a `probability_<label>`
    for each class, those of the decisions, and `words`, a list with `start`, `end`, `word` and
    `effect` of each; a row without a prediction has them empty. Where a text may have several
    labels, `labels` is a list of them, and there is no `label` and no `score`.

    Args:
        path: The file to make.
        labels: The labels in the model's order.
        decided: The names of the columns of decisions, if any.
        pairs: Whether there are second texts.
        explained: Whether there are words.
    """

    def __init__(
        self,
        path: Path,
        labels: LabelSet,
        decided: Sequence[str] = (),
        *,
        pairs: bool = False,
        explained: bool = False,
    ) -> None:
        self.pairs, self.explained = pairs, explained
        self.path = path
        self.labels = labels
        self.decided = tuple(decided)
        self._open()

    @abstractmethod
    def _open(self) -> None:
        """Make the file."""

    @abstractmethod
    def write(self, rows: Sequence[PredictedRow]) -> None:
        """Add rows."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def columns(self, row: PredictedRow) -> dict[str, object]:
        """A row by column name."""
        shares = row.probabilities or (None,) * len(self.labels)
        named = {
            f"probability_{name}": share for name, share in zip(self.labels, shares, strict=True)
        }
        several = self.labels.multi_label
        answer = {"labels": row.label} if several else {"label": row.label, "score": row.score}
        return {
            "row": row.row,
            "text": row.text,
            **({"text_pair": row.text_pair} if self.pairs else {}),
            **answer,
            **named,
            **{
                name: None if row.decision is None else getattr(row.decision, name)
                for name in self.decided
            },
            **({"words": _plain(row.words)} if self.explained else {}),
        }


def _plain(words: Sequence[WordEffect] | None) -> list[dict[str, object]] | None:
    return None if words is None else [asdict(word) for word in words]


class CsvWriter(Writer):
    """Comma-separated, UTF-8, with a header; a list is one in JSON, in one cell.

    Text that a spreadsheet would run as a formula is defused: see `newtrick.data.formulas`.
    """

    def _open(self) -> None:
        self._file = self.path.open("w", encoding="utf-8", newline="")
        names = list(self.columns(PredictedRow(0, None)))
        self._writer = csv.DictWriter(self._file, names, lineterminator="\n")
        self._writer.writeheader()

    def write(self, rows: Sequence[PredictedRow]) -> None:
        """Add rows."""
        for row in rows:
            self._writer.writerow({name: _cell(value) for name, value in self.columns(row).items()})

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _cell(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return json.dumps(value, ensure_ascii=False)
    return defused(value) if isinstance(value, str) else value


class JsonLinesWriter(Writer):
    """One JSON object a line, UTF-8."""

    def _open(self) -> None:
        self._file = self.path.open("w", encoding="utf-8")

    def write(self, rows: Sequence[PredictedRow]) -> None:
        """Add rows."""
        for row in rows:
            self._file.write(json.dumps(self.columns(row), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


_WORD = {"start": pa.int64(), "end": pa.int64(), "word": pa.string(), "effect": pa.float64()}


class ParquetWriter(Writer):
    """Parquet, a row group a chunk."""

    def _open(self) -> None:
        kinds = {
            "row": pa.uint64(),
            **dict.fromkeys(("text", "text_pair", "label", "answer", "cheapest"), pa.string()),
            **dict.fromkeys(("labels", "set", "flagged"), pa.list_(pa.string())),
            "words": pa.list_(pa.struct(_WORD)),
        }
        names = list(self.columns(PredictedRow(0, None)))
        self._schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
        self._writer = pq.ParquetWriter(self.path, self._schema)

    def write(self, rows: Sequence[PredictedRow]) -> None:
        """Add rows."""
        records = [self.columns(row) for row in rows]
        self._writer.write_table(pa.Table.from_pylist(records, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


_WRITERS: dict[str, type[Writer]] = {
    ".csv": CsvWriter,
    ".jsonl": JsonLinesWriter,
    ".parquet": ParquetWriter,
}


def writer_for(path: Path) -> type[Writer]:
    """The writer that the ending of a file asks for.

    Raises:
        UsageError: No writer has that ending.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise UsageError(
            "Predictions are not written in that format.",
            where="--output",
            found=path.name,
            fix=f"use one of {', '.join(_WRITERS)}",
        )
    return _WRITERS[ending]
