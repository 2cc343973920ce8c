"""What a run says in the terminal: the growing table of evaluations, the scores, the findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from newtrick.audit.finding import Finding, Severity, worst_first
from newtrick.evaluation.result import Result
from newtrick.journal import Evaluation
from newtrick.report.grid import (
    Grid,
    best_index,
    evaluation_cells,
    evaluation_grid,
    evaluation_header,
    score_grid,
)
from newtrick.report.without import without_grid
from newtrick.report.wording import one_line

HEAD, TAIL = 5, 22
"""Rows shown of a long run; with the best one and two gaps, the table has at most thirty."""

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_GAP = "⋮"


def evaluation_table(evaluations: Sequence[Evaluation]) -> Table:
    """The evaluations so far, the best one with a star; a long run shows its ends and its best."""
    grid = evaluation_grid(evaluations)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", width=1)
    for name in grid.header:
        table.add_column(name, justify="right")
    previous = -1
    for index in _shown(evaluations):
        if index > previous + 1:
            table.add_row("", *[_GAP] * len(grid.header), style="dim")
        best = index in grid.marked
        table.add_row("★" if best else "", *grid.rows[index], style="bold" if best else None)
        previous = index
    return table


def _shown(evaluations: Sequence[Evaluation]) -> list[int]:
    everything = range(len(evaluations))
    if len(everything) <= HEAD + TAIL + 3:
        return list(everything)
    best = best_index(evaluations)
    ends = {*everything[:HEAD], *everything[-TAIL:]}
    return sorted(ends if best is None else ends | {best})


def evaluation_lines_header(evaluation: Evaluation) -> str:
    """The line above those of `evaluation_line`, for the same kind of task."""
    header = evaluation_header(evaluation)
    return "  ".join(name.rjust(_width(name)) for name in header)


def evaluation_line(evaluation: Evaluation) -> str:
    """One evaluation as a line of plain text; the best so far ends with a star that is ASCII."""
    header = evaluation_header(evaluation)
    cells = zip(header, evaluation_cells(evaluation), strict=True)
    line = "  ".join(cell.rjust(_width(name)) for name, cell in cells)
    return f"{line} *" if evaluation.best else line


def _width(name: str) -> int:
    return max(len(name), len("10,000"))


def result_table(result: Result) -> Table:
    """The baseline and the encoder on the same test rows."""
    return dress(score_grid(result))


def without_table(result: Result) -> Table | None:
    """The scores without rows that findings name, under those of all test rows; None if none."""
    grid = without_grid(result)
    if grid is None:
        return None
    table = dress(grid)
    table.caption, table.caption_justify = grid.caption, "left"
    return table


def dress(grid: Grid) -> Table:
    """A grid for the terminal: figures to the right, marked rows bold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for index, name in enumerate(grid.header):
        table.add_column(name, justify="right" if index else "left", no_wrap=bool(index))
    for index, row in enumerate(grid.rows):
        style = "bold" if index in grid.marked else None
        table.add_row(*(Text(one_line(cell)) for cell in row), style=style)
    return table


def finding_lines(findings: Iterable[Finding]) -> list[Text]:
    """Each finding in two lines, its fix below its title; the worst first."""
    return [
        Text.assemble(
            (f"{finding.severity:<8}", _STYLES[finding.severity]),
            (one_line(finding.code), "bold"),
            f": {one_line(finding.title)}\n",
            (f"{'':8}{one_line(finding.fix)}", "dim"),
        )
        for finding in worst_first(findings)
    ]
