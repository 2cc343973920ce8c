"""`newtrick train`: labelled text ─► a classifier and its score."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newtrick.cli.ablate import show_ablation, show_resumed
from newtrick.cli.cluster import Address, check_address
from newtrick.cli.imports import quick_imports
from newtrick.cli.options import (
    Accept,
    AsJson,
    Assignments,
    Corrections,
    GroupColumn,
    LabelColumn,
    LabelSeparator,
    PairColumn,
    RecipeName,
    RunOut,
    StartModel,
    Strict,
    TestData,
    TextColumn,
)
from newtrick.cli.workers import check_workers, crew, is_worker, launch
from newtrick.errors import UsageError

if TYPE_CHECKING:
    from newtrick.pipeline import Run
    from newtrick.recipe import Recipe


def train_command(
    data: Annotated[
        list[str] | None,
        typer.Argument(
            help="A catalogue name, a folder, a hub id (hf://owner/name), - for standard input, or"
            " one or more files; by default what the recipe names.",
            show_default=False,
        ),
    ] = None,
    test: TestData = None,
    model: StartModel = None,
    adapt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXTS",
            help="Adapt the encoder first to texts without labels, as newtrick adapt does, in"
            " RUN/adaptation; may be repeated for several files.",
        ),
    ] = None,
    recipe: RecipeName = "default",
    settings: Assignments = None,
    out: RunOut = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with an interrupted run, given no other option."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="N",
            help="Train N models with as many seeds, for the spread; the first is kept.",
        ),
    ] = None,
    ablate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="Train with and without a step of the recipe (3 seeds unless --seeds says more),"
            " and tell what it is worth on the validation rows; several with commas, or repeated."
            " KEY=VALUE compares a setting with another value of it.",
        ),
    ] = None,
    text_column: TextColumn = None,
    pair_column: PairColumn = None,
    label_column: LabelColumn = None,
    group_column: GroupColumn = None,
    label_separator: LabelSeparator = None,
    strict: Strict = False,
    corrections: Corrections = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="Drop training rows: duplicates, leakage, near-duplicates (of validation or test"
            " rows); several with commas, or repeated.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Audit the data, say what a run will take, stop."),
    ] = False,
    accept: Accept = None,
    backend: Annotated[
        Literal["torchrun", "ray"] | None,
        typer.Option(
            help="Train by several processes: of this machine (torchrun), or of the machines of a"
            " Ray cluster."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="How many processes; those of a machine share its cores."
        ),
    ] = None,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Fine-tune an encoder on labelled text, beside a word count."""
    from newtrick.assignments import parse_assignments
    from newtrick.recipe import Recipe, input_settings
    from newtrick.recipe_files import load_recipe

    options = {
        "training.seeds": seeds,
        "adaptation.source": None if not adapt else adapt[0] if len(adapt) == 1 else tuple(adapt),
        "data.text_column": text_column,
        "data.pair_column": pair_column,
        "data.label_column": label_column,
        "data.group_column": group_column,
        "data.label_separator": label_separator,
        "data.strict": strict or None,
        "data.corrections": None if corrections is None else str(corrections),
        "data.fix": ",".join(fix) if fix else None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    settings_given = {**given, **parse_assignments(settings or [])}
    wanted = load_recipe(recipe).with_settings(settings_given)  # wrong ones are told at once

    check_workers(backend, workers)
    check_address(backend, address)
    _refuse_together(dry_run=dry_run, backend=backend, ablate=ablate, resume=resume)
    with quick_imports():
        from newtrick.unfinished import is_ablation

    resumes_ablation = resume is not None and is_ablation(resume)
    if backend is not None and resumes_ablation:
        raise _made_by_one("--resume of an ablation")
    if backend == "torchrun" and workers is not None and not is_worker():
        raise typer.Exit(launch(workers, resume or out))

    with quick_imports():
        from newtrick.cli.terminal import Terminal
        from newtrick.pipeline import train

    source = data[0] if data and len(data) == 1 else data
    planned = wanted.with_settings(input_settings(source, test, model))
    if ablate:
        show_ablation(planned, ablate, out=out, accept=accept or (), as_json=as_json)
        return
    if resume is not None and resumes_ablation and planned == Recipe() and out is None:
        show_resumed(resume, accept=accept or (), as_json=as_json)
        return
    if dry_run:
        _show_plan(planned, accept or (), as_json=as_json)
        return
    with crew(backend, workers, address) as team, Terminal() as terminal:
        run = train(
            source,
            test=test,
            model=model,
            recipe=wanted,
            out=out,
            resume=resume,
            accept=accept or (),
            watcher=terminal,
            team=team,
        )
    if as_json:
        typer.echo(run.result.to_json())
    else:
        _show(run)


def _refuse_together(
    *, dry_run: bool, backend: str | None, ablate: Collection[str] | None, resume: Path | None
) -> None:
    """Refuse options that mean nothing together."""
    if backend is not None and (dry_run or ablate):
        raise _made_by_one("--dry-run" if dry_run else "--ablate")
    if ablate and (dry_run or resume is not None):
        raise UsageError(
            "An ablation is begun by itself.",
            where="--ablate",
            found="--dry-run" if dry_run else "--resume",
            fix="one that was begun goes on with --resume alone; a dry run is of one training",
        )


def _made_by_one(found: str) -> UsageError:
    return UsageError(
        "A plan and an ablation are made by one process.",
        where="--backend",
        found=found,
        fix="leave out --backend and --workers",
    )


def _show(run: Run) -> None:
    """The table of a run that is done, and what it means."""
    from rich.console import Console

    from newtrick.report.blended import blend_in_words
    from newtrick.report.decisions import decided_in_words
    from newtrick.report.seeds import seeds_in_words
    from newtrick.report.table import result_table, without_table
    from newtrick.report.verdict import verdict

    console = Console(highlight=False)
    console.print(result_table(run.result))
    if table := without_table(run.result):
        console.print(table)
    console.print(
        verdict(run.result, run.findings), markup=False, soft_wrap=not console.is_terminal
    )
    if run.result.seeds:
        console.print()
        words = seeds_in_words(run.result.seeds, run.result.task)
        console.print(words, soft_wrap=not console.is_terminal)
    if sentences := (*blend_in_words(run.result), *decided_in_words(run.result)):
        for sentence in ("", *sentences):
            console.print(sentence, markup=False, soft_wrap=not console.is_terminal)
    typer.echo(f"\nModel   {run.folder / 'model'}")
    typer.echo(f"Report  {run.folder / 'report.html'}")


def _show_plan(recipe: Recipe, accept: Collection[str], *, as_json: bool) -> None:
    with quick_imports():
        from newtrick.cli.terminal import Terminal
        from newtrick.planning import plan
        from newtrick.report.plan import told

    with Terminal() as terminal:
        forecast = plan(recipe, accept, terminal)
    typer.echo(json.dumps(asdict(forecast), indent=2) if as_json else told(forecast))
