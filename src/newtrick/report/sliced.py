"""Groups of test rows where the model is worse than elsewhere, as a table."""

from __future__ import annotations

from newtrick.evaluation.slices.scores import SlicesFound
from newtrick.report.grid import Grid
from newtrick.report.wording import count, percent

_LEAST_SHOWN = 0.001


def slice_grid(slices: SlicesFound) -> Grid | None:
    """The worst groups; None where none is worse by more than chance."""
    if not slices.worst:
        return None
    return Grid(
        caption=f"Of {count(slices.looked_at)} groups of test rows those where the model is worse"
        " than on the others by more than chance. p is the chance that any group looked at would"
        " be as much worse if all were alike.",
        header=("Test rows", "Rows", "Accuracy", "95 % interval", "p"),
        rows=tuple(
            (
                found.what,
                count(found.rows),
                f"{percent(found.accuracy)} %",
                f"{percent(found.accuracy_interval[0])} – {percent(found.accuracy_interval[1])}",
                _told_chance(found.p_value),
            )
            for found in slices.worst
        ),
    )


def _told_chance(p_value: float) -> str:
    return f"< {_LEAST_SHOWN}" if p_value < _LEAST_SHOWN else f"{p_value:.3f}"
