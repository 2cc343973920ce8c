"""`newtrick tune`: labelled text and a budget ─► a better recipe, and what it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newtrick.cli.cluster import Address, Backend, check_address, workers_of
from newtrick.cli.imports import quick_imports
from newtrick.cli.options import Accept, AsJson, StartModel, TestData
from newtrick.errors import UsageError

if TYPE_CHECKING:
    from newtrick.tuning.outcome import StudyOutcome
    from newtrick.tuning.study import Study


def tune_command(
    data: Annotated[
        str | None,
        typer.Argument(
            help="A catalogue name, a file, a folder or a hub id (hf://owner/name); by default what"
            " the recipe names.",
            show_default=False,
        ),
    ] = None,
    test: TestData = None,
    model: StartModel = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            help="Of work for all trials together; the comparison at the end comes on top.",
        ),
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, metavar="N", help="Trials at most.")] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="TOML: settings, each with {low, high, log} or a list of choices."
        ),
    ] = None,
    recipe: Annotated[
        str, typer.Option(help="The recipe to start from: a shipped one's name or a TOML file.")
    ] = "default",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set a setting, which then stays as it is; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder; by default a new one under runs/.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="STUDY", help="Go on with a study, or help another process that works on it."
        ),
    ] = None,
    accept: Accept = None,
    backend: Annotated[
        Backend,
        typer.Option(
            help="Who runs the trials: this process, or the machines of a Ray cluster, a trial for"
            " each of their processors at a time."
        ),
    ] = "local",
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Search for a better recipe within a budget, and compare it with the one to start from."""
    from newtrick.assignments import parse_assignments
    from newtrick.recipe import input_settings
    from newtrick.recipe_files import load_recipe

    assigned = parse_assignments(settings or [])
    changes = {**input_settings(data, test, model), **assigned}
    wanted = load_recipe(recipe).with_settings(changes)
    is_named = bool(changes) or recipe != "default"
    _require_budget(minutes, trials, out, resume)
    check_address(backend, address)
    with quick_imports():
        _require_optuna()
        from newtrick.cli.terminal import Terminal
        from newtrick.tuning.plan import Budget
        from newtrick.tuning.space import read_space
        from newtrick.tuning.study import begin_study, reopen_study
        from newtrick.tuning.work import work

    domain = None if space is None else read_space(space)
    with workers_of(backend, address) as workers, Terminal() as terminal:
        if resume is not None:
            same = wanted if is_named else None
            study = reopen_study(resume, same, domain, accept=accept or (), watcher=terminal)
        else:
            budget = Budget(minutes=minutes, trials=trials)
            study = begin_study(
                wanted,
                domain,
                budget,
                out=out,
                accept=accept or (),
                watcher=terminal,
                fixed=assigned,
            )
        outcome = work(study, terminal, workers if backend == "ray" else None)
    _show(study, outcome, as_json=as_json)


def _require_budget(
    minutes: float | None, trials: int | None, out: Path | None, resume: Path | None
) -> None:
    if resume is not None:
        if minutes is not None or trials is not None or out is not None:
            raise UsageError(
                "A study is gone on with as it was begun: its budget and folder stay.",
                where="--resume",
                fix=f"newtrick tune --resume {resume}, or begin another",
            )
        return
    if minutes is None and trials is None:
        raise UsageError(
            "A study needs a budget.", fix="newtrick tune DATA --minutes 60, or --trials 30"
        )
    if minutes is not None and not 0 < minutes < float("inf"):
        raise UsageError("Minutes are a number above 0.", where="--minutes", found=minutes)


def _require_optuna() -> None:
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "A study needs Optuna, which is not installed.", fix="pip install 'newtrick[tune]'"
        ) from error


def _show(study: Study, outcome: StudyOutcome | None, *, as_json: bool) -> None:
    folder = study.begun.folder
    if outcome is None:
        typer.echo(
            "Another process still works on a trial; it brings the study to its end.", err=True
        )
        return
    if as_json:
        typer.echo(outcome.to_json())
        return
    from rich.console import Console

    from newtrick.report.table import dress
    from newtrick.tuning.words import best_grid, seeds_pair_grid, sentences

    console = Console(highlight=False)
    console.print(dress(best_grid(outcome)))
    if outcome.comparison is not None:
        console.print(dress(seeds_pair_grid(outcome.comparison)))
    for sentence in sentences(outcome):
        console.print(sentence, markup=False, soft_wrap=not console.is_terminal)
    typer.echo(f"\nRecipe  {folder.best}")
    typer.echo(f"Report  {folder.report}")
