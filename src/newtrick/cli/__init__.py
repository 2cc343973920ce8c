"""The command line. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import sys

import typer

from newtrick import __version__
from newtrick.cli import (
    adapt,
    audit,
    audit_card,
    catalogue,
    compare,
    doctor,
    evaluate,
    fetch,
    predict,
    recipe,
    train,
    tune,
)
from newtrick.cli.interrupt import ctrl_c_comes_again
from newtrick.errors import NewtrickError, Stopped

app = typer.Typer(
    name="newtrick",
    help="Fine-tune transformer encoders for text classification, and know that it worked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("train")(train.train_command)
app.command("adapt")(adapt.adapt_command)
app.command("tune")(tune.tune_command)
app.command("predict")(predict.predict_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("compare")(compare.compare_command)
app.command("audit")(audit.audit_command)
app.command("fetch")(fetch.fetch_command)
app.command("catalogue")(catalogue.catalogue_command)
app.command("recipe")(recipe.recipe_command)
app.command("audit-card")(audit_card.audit_card_command)
app.command("doctor")(doctor.doctor_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newtrick {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Fine-tune transformer encoders for text classification, and know that it worked."""


def main() -> None:
    """Run the command line; a user's mistake ends in a message and an exit code."""
    try:
        with ctrl_c_comes_again():
            app()
    except NewtrickError as error:
        typer.echo(f"newtrick: {error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == Stopped.exit_code:  # typer says nothing of a Ctrl-C
            typer.echo("newtrick: Stopped by Ctrl-C.", err=True)
        raise
