"""The pictures of a run: PNG files for anywhere, and SVG that takes on the colours of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

from newtrick.report.plots.certainty import plot_reliability, plot_risk
from newtrick.report.plots.confusion import plot_confusion
from newtrick.report.plots.course import plot_loss, plot_scores
from newtrick.report.plots.render import render_png, render_svg
from newtrick.report.plots.rivals import plot_rivals
from newtrick.report.plots.vector import Drawings, inline
from newtrick.report.record import RunRecord

Plot = Callable[[RunRecord, Figure], None]

_PLOTS: Mapping[str, Plot] = {
    "rivals": plot_rivals,
    "loss": plot_loss,
    "scores": plot_scores,
    "confusion": plot_confusion,
}
_DECISION_PLOTS: Mapping[str, Plot] = {"reliability": plot_reliability, "risk": plot_risk}


def draw(record: RunRecord) -> Mapping[str, bytes]:
    """Draw the pictures as PNG.

    Returns:
        `rivals.png`, `loss.png` and `scores.png`; `confusion.png` where a row has one label; and
        where there are decisions to abstain, `reliability.png` and `risk.png`; by their file names.
    """
    return {
        f"{name}.png": render_png(partial(plot, record)) for name, plot in _plots(record).items()
    }


def draw_svg(record: RunRecord) -> Drawings:
    """Draw the same pictures as SVG for a page of HTML, named like the files without ending."""
    return inline(
        {name: render_svg(partial(plot, record)) for name, plot in _plots(record).items()}
    )


def _plots(record: RunRecord) -> Mapping[str, Plot]:
    plots = _PLOTS if record.curves is None else {**_PLOTS, **_DECISION_PLOTS}
    without = {"confusion"} if record.confusion is None else set[str]()
    return {name: plot for name, plot in plots.items() if name not in without}
