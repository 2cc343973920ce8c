"""`newtrick catalogue`: the data sets and models known by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from newtrick.cli.options import AsJson

if TYPE_CHECKING:
    from newtrick.data.catalogue import DataEntry, ModelEntry


def catalogue_command(
    as_json: AsJson = False,
) -> None:
    """List the data sets and models known by name."""
    from newtrick.data.catalogue import catalogue

    lines = [_line(entry) for entry in catalogue().entries().values()]
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(_table(lines)))


@dataclass(frozen=True)
class _Line:
    """One entry, as it is shown."""

    name: str
    kind: str
    size: int
    """Labelled rows, or parameters."""
    unit: str
    licence: str
    cached: bool
    description: str
    citation: str
    homepage: str


def _line(entry: DataEntry | ModelEntry) -> _Line:
    from newtrick.data.catalogue import ModelEntry
    from newtrick.data.fetch import is_cached

    is_model = isinstance(entry, ModelEntry)
    return _Line(
        name=entry.name,
        kind="model" if is_model else "data",
        size=entry.parameters if isinstance(entry, ModelEntry) else entry.rows,
        unit="parameters" if is_model else "rows",
        licence=entry.licence,
        cached=is_cached(entry),
        description=entry.description,
        citation=entry.citation,
        homepage=entry.homepage,
    )


def _table(lines: list[_Line]) -> Iterator[str]:
    """Two lines an entry, so that descriptions have room on a narrow terminal."""
    layout = "{:<17} {:<6} {:>17}  {:<22} {}"
    yield layout.format("name", "kind", "size", "licence", "cached").rstrip()
    for line in lines:
        size = f"{line.size:,}" if line.unit == "rows" else f"{line.size / 1e6:.1f} M"
        cached = "yes" if line.cached else "no"
        yield layout.format(line.name, line.kind, f"{size} {line.unit}", line.licence, cached)
        yield f"    {line.description}"
