"""A file of predictions, of a run or of another tool ─► what one model answered to labelled rows.

Columns: `id`, `label` (the true one), then `predicted`, or `probability_<label>` for every label,
or both; `group` and `text` if there are any. Others are not looked at. Where a row may have several
labels, `label` and `predicted` are lists, or are written as lists in JSON; each is one text here,
as `labelcells.py` writes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from newtrick.data.labelcells import ListCells, as_list, as_text, from_text
from newtrick.data.pairs import PAIR
from newtrick.data.read import Record, Table, open_table
from newtrick.data.table import Fault
from newtrick.data.values import label_name
from newtrick.errors import SHOWN_DETAILS, DataError, RecipeError, UsageError
from newtrick.evaluation.arrays import Floats
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.run import RunFolder

PROBABILITY = "probability_"
_IN_A_RUN = Path("predictions") / "test.parquet"
_AT_ONCE = 8192
_WRITTEN = (int, float, Decimal, str)
_ROUNDING = 0.01  # probabilities that were written with few decimals are still probabilities
_LEAST = float(np.finfo(np.float64).eps)  # a probability of 0 has no loss that is a number


@dataclass(frozen=True)
class SavedPredictions:
    """What one model answered to labelled rows.

    Attributes:
        name: What the user called it.
        table: Where it was read from.
        answers: A row for each, with the columns `id`, `label`, `predicted`, `group` (null without
            one) and `loss` (the log loss in nats; null without probabilities).
        labels: The labels that have a probability; none where there are no probabilities.
        multi_label: Whether a row may have several labels.
        recipe: That of the run, but for its seed; None of a file, or where it is not to be had.
    """

    name: str
    table: Table
    answers: pl.DataFrame
    labels: tuple[str, ...]
    multi_label: bool = False
    recipe: Recipe | None = None

    @property
    def has_texts(self) -> bool:
        """Whether the file has them."""
        return "text" in self.table.columns

    def texts(self, rows: Collection[int]) -> dict[int, str]:
        """The texts of rows, both of a pair, by the number from 0 on, as far as they are known."""
        if not self.has_texts or not rows:
            return {}
        wanted, last = set(rows), max(rows)
        names = [name for name in ("text", PAIR) if name in self.table.columns]
        records = islice(self.table.records(names), last + 1)
        found = ((place, record.fields) for place, record in enumerate(records) if place in wanted)
        return {
            place: " | ".join(str(fields[name] or "") for name in names) for place, fields in found
        }


def read_predictions(name: str) -> SavedPredictions:
    """Read the predictions of a run's test rows, or a file that another tool wrote.

    Args:
        name: A run folder, or a csv, tsv, jsonl, json, parquet or xlsx file.

    Raises:
        UsageError: The folder has no predictions.
        DataError: The file or a row of it cannot be read, columns are missing, an id is missing or
            there twice, a label is missing or unknown, or probabilities are none.
    """
    table = open_table(_file_of(Path(name)), name=name)
    columns = _Columns.of(table, multi_label=_has_lists(table))
    faults = _Faults()
    parts = [
        columns.read(records, faults)
        for records in _chunks(table.records((*columns.named, *columns.probabilities)))
    ]
    if not parts:
        raise DataError("There are no rows.", where=name)
    answers = pl.concat(parts)
    faults.add(
        (f"row {row:,}: the id {key!r} is there before", None) for row, key in _repeated(answers)
    )
    faults.refuse(name)
    answers = answers.drop("row")
    recipe = _recipe_of(Path(name))
    return SavedPredictions(name, table, answers, columns.labels, columns.multi_label, recipe)


def _recipe_of(path: Path) -> Recipe | None:
    file = RunFolder(path).recipe
    if not file.is_file():
        return None
    unseeded = {"training.seed": Recipe().training.seed, "training.seeds": 1}
    with contextlib.suppress(RecipeError):  # of another version, it may be unknown here
        return load_recipe(file).with_settings(unseeded)
    return None


def _has_lists(table: Table) -> bool:
    """Whether the label of the first row is a list."""
    record = next(table.records(), None)
    return record is not None and as_list(record.fields.get("label")) is not None


def _file_of(path: Path) -> Path:
    if not path.is_dir():
        return path
    if not (path / _IN_A_RUN).is_file():
        raise UsageError(
            "The folder has no predictions of test rows.",
            where=path,
            fix="name the folder of a run that is done, or a file of predictions",
        )
    return path / _IN_A_RUN


@dataclass
class _Faults:
    """What is wrong with rows: how many are, and the first of them in words."""

    count: int = 0
    lines: list[str] = field(default_factory=list)
    fixes: dict[str, None] = field(default_factory=dict)  # each once, in order

    def add(self, found: Iterable[tuple[str, str | None]]) -> None:
        for line, fix in found:
            self.count += 1
            if len(self.lines) < SHOWN_DETAILS:
                self.lines.append(line)
                self.fixes |= {fix: None} if fix else {}

    def refuse(self, where: str) -> None:
        if self.count:
            raise DataError(
                "The predictions cannot be used.",
                where=where,
                found="1 fault" if self.count == 1 else f"{self.count:,} faults",
                details=self.lines,
                fix="; ".join(("correct what is listed", *self.fixes)),
            )


@dataclass(frozen=True)
class _Columns:
    """Which columns of a file there are."""

    named: tuple[str, ...]
    probabilities: tuple[str, ...]
    multi_label: bool = False

    @classmethod
    def of(cls, table: Table, *, multi_label: bool) -> _Columns:
        """Choose among those of a file.

        Raises:
            DataError: One that is needed is not there.
        """
        probabilities = tuple(name for name in table.columns if name.startswith(PROBABILITY))
        named = tuple(
            name for name in ("id", "label", "predicted", "group") if name in table.columns
        )
        missing = [name for name in ("id", "label") if name not in named]
        if "predicted" not in named and not probabilities:
            missing.append("predicted")
        if missing:
            raise DataError(
                f"A file of predictions needs the column {missing[0]!r}.",
                where=table.name,
                found=", ".join(table.columns),
                fix="columns: id, label (the true one), and predicted or a probability_LABEL for"
                " each label",
            )
        return cls(named, probabilities, multi_label)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(
            label_name(name.removeprefix(PROBABILITY)) or "" for name in self.probabilities
        )

    def read(self, records: Sequence[Record], faults: _Faults) -> pl.DataFrame:
        """Some rows: what is wrong with them goes to the faults."""
        rows = [record.row for record in records]
        values: dict[str, list[str | None]] = {name: [] for name in self.named}
        for record in records:
            try:
                if record.fault is not None:
                    raise record.fault
                cells = {name: self._cell(name, record) for name in self.named}
            except Fault as fault:
                faults.add([(f"row {record.row:,}: {fault}", fault.fix)])
                cells = {}
            else:
                missing = [name for name in self.named if cells[name] is None]
                faults.add((f"row {record.row:,}: there is no {name}", None) for name in missing)
            for name in self.named:
                values[name].append(cells.get(name))
        frame = pl.DataFrame({"row": rows, **values}).cast(dict.fromkeys(self.named, pl.String))
        if self.probabilities:
            frame = self._with_losses(frame, records, faults)
        else:
            frame = frame.with_columns(loss=pl.lit(None, pl.Float64))
        if "group" not in self.named:
            frame = frame.with_columns(group=pl.lit(None, pl.String))
        return frame.select("row", "id", "label", "predicted", "group", "loss")

    def _cell(self, name: str, record: Record) -> str | None:
        if self.multi_label and name in ("label", "predicted"):
            return ListCells(name).read(record.fields)
        return label_name(record.fields[name])

    def _with_losses(
        self, frame: pl.DataFrame, records: Sequence[Record], faults: _Faults
    ) -> pl.DataFrame:
        columns = ([record.fields.get(name) for record in records] for name in self.probabilities)
        shares = np.stack([_numbers(values) for values in columns], axis=1)
        whole = [record.fault is None for record in records]
        rows = frame["row"].filter(whole)
        faults.add(_improbable(rows, shares[whole], sum_to_one=not self.multi_label))
        if self.multi_label:
            return _with_label_losses(frame, shares, self.labels)
        labels = pl.Series(self.labels)
        if "predicted" not in self.named:
            best = np.nan_to_num(shares, nan=-1.0).argmax(axis=1)
            frame = frame.with_columns(predicted=labels.gather(best))
        faults.add(_unknown(frame, set(self.labels)))
        ids = {label: index for index, label in enumerate(self.labels)}
        own = frame["label"].replace_strict(ids, default=0, return_dtype=pl.Int64).to_numpy()
        losses = -np.log(np.maximum(shares[np.arange(len(own)), own], _LEAST))
        return frame.with_columns(loss=pl.Series(losses, dtype=pl.Float64))


def _numbers(values: Iterable[object]) -> Floats:
    """Numbers, or texts that are; what is none is NaN."""
    plain = [v if isinstance(v, _WRITTEN) and not isinstance(v, bool) else None for v in values]
    column = pl.Series(plain, strict=False).cast(pl.Float64, strict=False)
    return column.fill_null(float("nan")).to_numpy()


def _with_label_losses(frame: pl.DataFrame, shares: Floats, labels: Sequence[str]) -> pl.DataFrame:
    """The mean log loss of the labels of each row; those predicted are the more probable ones."""
    if "predicted" not in frame.columns:
        names = np.array(labels, dtype=object)
        frame = frame.with_columns(
            predicted=pl.Series([as_text(names[row > 0.5]) for row in shares])  # noqa: PLR2004
        )
    given = [set(from_text(text)) if text else set() for text in frame["label"]]
    truth = np.array([[label in row for label in labels] for row in given])
    losses = -np.log(np.maximum(np.where(truth, shares, 1 - shares), _LEAST)).mean(axis=1)
    return frame.with_columns(loss=pl.Series(losses, dtype=pl.Float64))


_ONE = "give every label a column probability_LABEL; in a row they sum to 1"


def _improbable(
    rows: pl.Series, shares: Floats, *, sum_to_one: bool
) -> Iterator[tuple[str, str | None]]:
    """Rows whose probabilities are no numbers between 0 and 1, or do not sum to 1."""
    totals = shares.sum(axis=1)
    inside = np.all((shares >= 0) & (shares <= 1), axis=1)
    astray = (np.abs(totals - 1) > _ROUNDING) & sum_to_one
    for place in np.flatnonzero(~inside | astray).tolist():
        if not inside[place]:
            worst = next(share for share in shares[place] if not 0 <= share <= 1)
            said = "is no number" if np.isnan(worst) else f"is {worst:g}"
            yield f"row {rows[place]:,}: a probability {said}", "write numbers from 0 to 1"
        else:
            yield f"row {rows[place]:,}: the probabilities sum to {totals[place]:.4g}", _ONE


def _unknown(frame: pl.DataFrame, known: set[str | None]) -> Iterator[tuple[str, str | None]]:
    """Labels and predictions that are not among the labels known."""
    for name in ("label", "predicted"):
        column = frame[name]
        for row, value in frame.filter(column.is_not_null() & ~column.is_in(list(known)))[
            ["row", name]
        ].iter_rows():
            names = ", ".join(sorted(map(str, known - {None}))[:SHOWN_DETAILS])
            yield f"row {row:,}: the {name} {value!r} is unknown", f"the labels known are {names}"


def _repeated(answers: pl.DataFrame) -> Iterator[tuple[int, str]]:
    again = ~answers["id"].is_first_distinct() & answers["id"].is_not_null()
    yield from answers.filter(again)[["row", "id"]].iter_rows()


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _AT_ONCE)):
        yield chunk
