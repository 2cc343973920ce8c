from __future__ import annotations

import json

import typer
from typer.testing import CliRunner

from newtrick.cli.catalogue import catalogue_command

app = typer.Typer()
app.command()(catalogue_command)


def test_each_entry_says_what_it_is_how_large_and_whether_it_is_cached() -> None:
    result = CliRunner().invoke(app, ["--json"])

    listed = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert listed["imdb"]["size"] == 50_000
    assert listed["imdb"]["cached"] is False
    assert listed["all-MiniLM-L6-v2"]["unit"] == "parameters"
    assert all(entry["licence"] and entry["citation"] for entry in listed.values())


def test_the_table_fits_a_narrow_terminal() -> None:
    lines = CliRunner().invoke(app, []).stdout.splitlines()

    assert max(len(line) for line in lines) <= 88
    assert any(line.startswith("movie-snippets") and "10,568 rows" in line for line in lines)
