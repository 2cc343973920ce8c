"""What a comparison says in the terminal: figures, rows that one alone gets right, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import RenderableType
from rich.text import Text

from newtrick.evaluation.compare import Comparison, Difference, Example, Versus
from newtrick.report.grid import Grid
from newtrick.report.table import dress
from newtrick.report.wording import count, decimals, one_line

_EXAMPLES = 5
_WIDEST_TEXT = 200


def comparison_parts(comparison: Comparison) -> Iterator[RenderableType]:
    """What is printed, in order."""
    for versus in comparison.against_first:
        yield dress(comparison_grid(comparison, versus))
        yield from _example_lines(versus.other, versus.only_other, versus.wins)
        yield from _example_lines(versus.first, versus.only_first, versus.losses)
        yield Text(one_line(versus.verdict), style="bold")


def comparison_grid(comparison: Comparison, versus: Versus) -> Grid:
    """The figures of two models, one above the other."""
    there = {
        "Accuracy": versus.accuracy,
        "Micro F1": versus.micro_f1,
        "Macro F1": versus.macro_f1,
        "Loss": versus.loss,
    }
    figures = {name: figure for name, figure in there.items() if figure is not None}
    lines: dict[str, Callable[[Difference], str]] = {
        versus.first: lambda figure: decimals(figure.first),
        versus.other: lambda figure: decimals(figure.other),
        "difference": lambda figure: f"{figure.difference:+.4f}",
        "95 % interval": lambda figure: "{:+.4f} – {:+.4f}".format(*figure.interval),
    }
    return Grid(
        caption="Both models on the same rows.",
        header=(f"{count(comparison.rows)} rows", *figures),
        rows=tuple((name, *map(cell, figures.values())) for name, cell in lines.items()),
    )


def _example_lines(name: str, number: int, examples: tuple[Example, ...]) -> Iterator[Text]:
    if not number:
        return
    rows = "1 row" if number == 1 else f"{count(number)} rows"
    yield Text(one_line(f"{rows} that only {name} gets right:"))
    for example in examples[:_EXAMPLES]:
        text = one_line(example.text or "")
        shown = text if len(text) <= _WIDEST_TEXT else f"{text[:_WIDEST_TEXT]}…"
        yield Text(f"  {one_line(example.id)}  {one_line(example.label)}  {shown}".rstrip())
    if number > _EXAMPLES:
        yield Text(f"  … and {count(number - _EXAMPLES)} more")
    yield Text("")
