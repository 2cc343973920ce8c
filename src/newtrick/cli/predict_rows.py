"""`newtrick predict --input`: a file or a folder of shards ─► predictions on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from newtrick.cli.cluster import Backend, workers_of
from newtrick.cli.imports import quick_imports
from newtrick.cli.options import ChosenPrecision
from newtrick.counted import counted, one_or_many

if TYPE_CHECKING:
    from newtrick.classifier import Classifier
    from newtrick.predict_file import FilePredictions


@dataclass(frozen=True)
class Asked:
    """The model that is to answer, and how; see `newtrick.load`."""

    model: str
    precision: ChosenPrecision
    blend: bool | None
    fast: bool

    def load(self) -> Classifier:
        """The classifier itself."""
        with quick_imports():
            from newtrick.classifier import load

        return load(self.model, precision=self.precision, blend=self.blend, fast=self.fast)


@dataclass(frozen=True)
class Written:
    """What was written: its rows, in words where, and what a program wants to know besides."""

    rows: FilePredictions
    place: str
    besides: dict[str, object]


def predict_rows_of_file(
    asked: Asked,
    source: str,
    output: Path,
    *,
    text_column: str | None,
    pair_column: str | None,
    explain: bool,
) -> Written:
    """Classify every row of a file."""
    with quick_imports():
        from newtrick.cli.terminal import Terminal
        from newtrick.predict_file import predict_file

    with Terminal() as terminal:
        rows = predict_file(
            asked.load(),
            source,
            output,
            text_column=text_column,
            pair_column=pair_column,
            explain=explain,
            watcher=terminal,
        )
    return Written(rows, f"to {output}", {"file": str(output)})


def predict_rows_of_folder(
    asked: Asked,
    source: Path,
    output: Path,
    *,
    backend: Backend,
    address: str | None,
    text_column: str | None,
    pair_column: str | None,
    explain: bool,
) -> Written:
    """Classify every row of a folder of shards, here or on a cluster."""
    with quick_imports():
        from newtrick.cli.terminal import Terminal
        from newtrick.predict_folder import predict_folder
        from newtrick.shards import Answering

    with Terminal() as terminal, workers_of(backend, address) as workers:
        done = predict_folder(
            asked.model,
            source,
            output,
            workers,
            Answering(precision=asked.precision, blend=asked.blend, fast=asked.fast),
            text_column=text_column,
            pair_column=pair_column,
            explain=explain,
            watcher=terminal,
        )
    place = f"to {counted(done.shards, 'shard')} in {output}"
    if done.kept:
        place += f", {done.kept:,} of which {one_or_many(done.kept, 'was', 'were')} there already"
    besides = {"shards": done.shards, "kept": done.kept, "folder": str(output)}
    return Written(done.rows, place, besides)


def tell(done: Written, *, as_json: bool) -> None:
    """Say how many rows were written where, and which have no prediction."""
    import json

    rows = done.rows
    if count := rows.without_prediction:
        has = one_or_many(count, "has", "have")
        typer.echo(f"newtrick: {counted(count, 'row')} {has} no prediction:", err=True)
        for fault in rows.faults:
            typer.echo(f"  - {fault}", err=True)
        if count > len(rows.faults):
            typer.echo(f"  - and {count - len(rows.faults):,} more", err=True)
    if as_json:
        document = {
            "rows": rows.rows,
            "without_prediction": rows.without_prediction,
            **done.besides,
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        typer.echo(f"{counted(rows.rows, 'row')} written {done.place}")
