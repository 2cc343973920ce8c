"""The points of curves as tables, for who cannot see or does not trust a picture."""

from __future__ import annotations

import numpy as np

from newtrick.evaluation.calibration import Reliability
from newtrick.evaluation.decisions.abstention import RiskCoverage
from newtrick.report.grid import ABSENT, Grid
from newtrick.report.wording import count, percent

_COVERAGES = np.linspace(0.1, 1, 10)


def reliability_grid(before: Reliability, after: Reliability) -> Grid:
    """How many answers are right, by their probability before and after calibration."""
    edges = np.linspace(0, 1, len(after.rows) + 1)
    full = np.flatnonzero(before.rows + after.rows)
    return Grid(
        caption="Test rows by the probability of their answer, and the share that is right.",
        header=("Probability", "Rows before", "Right", "Rows calibrated", "Right"),
        rows=tuple(
            (
                f"{edges[place] * 100:.0f} to {edges[place + 1] * 100:.0f} %",
                *_bin_cells(before, place),
                *_bin_cells(after, place),
            )
            for place in full.tolist()
        ),
    )


def risk_grid(risk: RiskCoverage) -> Grid:
    """How many answers are wrong when so many of the surest are given."""
    places = np.minimum(np.searchsorted(risk.coverage, _COVERAGES - 1e-9), len(risk.risk) - 1)
    return Grid(
        caption="Wrong answers when only the surest are given.",
        header=("Answered", "Wrong"),
        rows=tuple(
            (f"{percent(risk.coverage[place])} %", f"{percent(risk.risk[place])} %")
            for place in np.unique(places).tolist()
        ),
    )


def _bin_cells(bins: Reliability, place: int) -> tuple[str, str]:
    rows = int(bins.rows[place])
    return count(rows), f"{percent(float(bins.accuracy[place]))} %" if rows else ABSENT
