"""`newtrick fetch`: a data set or a model into the local cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from newtrick.cli.options import AsJson

if TYPE_CHECKING:
    from newtrick.data.fetch import Fetched


def fetch_command(
    name: Annotated[
        str, typer.Argument(help="A name of the catalogue, or a hub id (hf://owner/name).")
    ],
    model: Annotated[
        bool, typer.Option("--model", help="A hub id is that of a model, not of a data set.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a data set or a model into the local cache."""
    from newtrick.cli.terminal import Terminal
    from newtrick.data.catalogue import ModelEntry, catalogue
    from newtrick.data.fetch import fetch_data, fetch_entry, fetch_model
    from newtrick.data.sources.repository import HUB_SCHEME

    with Terminal():
        if name.startswith(HUB_SCHEME):
            facts = _facts(fetch_model(name) if model else fetch_data(name))
        else:
            entry = catalogue().entry(name)
            facts = _facts(fetch_entry(entry))
            if isinstance(entry, ModelEntry):
                facts["parameters"] = entry.parameters
            else:
                facts["rows"] = dict(entry.splits)
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _text(facts))


def _facts(fetched: Fetched) -> dict[str, object]:
    facts: dict[str, object] = {
        "folder": str(fetched.folder),
        "name": fetched.name,
        "source": fetched.source,
        "licence": fetched.licence,
        "labels": fetched.labels,
        "notes": [note.message for note in fetched.notes],
    }
    return {key: value for key, value in facts.items() if value}


def _text(facts: dict[str, object]) -> str:
    """The folder alone on the first line, then one line a fact."""
    lines = [str(facts["folder"])]
    for key, value in facts.items():
        match value:
            case _ if key == "folder":
                continue
            case int():
                told = f"{value:,}"
            case dict():
                told = ", ".join(f"{count:,} {split}" for split, count in value.items())
            case list() | tuple():
                told = ", ".join(map(str, value))
            case _:
                told = str(value)
        lines.append(f"  {key:<11} {told}")
    return "\n".join(lines)
