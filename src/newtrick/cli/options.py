"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def _at_commas(values: list[str] | None) -> list[str]:
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


TextColumn = Annotated[
    str | None, typer.Option(help="The column with the text; detected when not given.")
]
PairColumn = Annotated[
    str | None,
    typer.Option(help="The column with a second text, to be read together with the first."),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        help="The column with the label; detected when not given. Or columns of 0 and 1, one for"
        " each label of a text: a,b,c."
    ),
]
LabelSeparator = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", help="What stands between the labels of a text in one cell, such as |."
    ),
]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        help="The column of what rows share, such as a film or an author: no group is split, and"
        " intervals are by group."
    ),
]
Corrections = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A review file; its decisions are followed."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse rows without text or label; else they are dropped.")
]
Model = Annotated[
    str, typer.Argument(help="A model folder, the run folder around it, or a hub id.")
]
ChosenPrecision = Literal["float32", "bfloat16", "auto"]
Precision = Annotated[
    ChosenPrecision,
    typer.Option(
        help="Format to compute in: bfloat16 is quicker where the processor has it, and moves a"
        " probability in its third decimal; auto takes it there."
    ),
]
Blend = Annotated[
    bool | None,
    typer.Option(
        "--blend/--no-blend",
        help="Let a count of words help the encoder, or not; by default as the training found it to"
        " be better.",
        show_default=False,
    ),
]
Fast = Annotated[
    bool,
    typer.Option(
        "--fast",
        help="Let the count of words answer alone where it is sure: several times as quick.",
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE",
        callback=_at_commas,
        help="Go on in spite of this finding; several with commas, or repeated.",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON document, nothing else.")
]
StartModel = Annotated[
    str | None, typer.Option("--model", help="A catalogue name, a folder or a hub id.")
]
TestData = Annotated[
    str | None, typer.Option(help="Separate test data; else a test split or a cut.")
]
RecipeName = Annotated[
    str, typer.Option(help="A shipped recipe's name or a TOML file; see `newtrick recipe`.")
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
]
RunOut = Annotated[
    Path | None, typer.Option("--out", help="The run folder; by default a new one under runs/.")
]
