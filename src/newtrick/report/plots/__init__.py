"""The pictures of a run: PNG files for anywhere, and SVG that takes on the colours of its page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from typing import TypeVar

from matplotlib import style
from matplotlib.figure import Figure

from newtrick.report.plots.certainty import plot_reliability, plot_risk
from newtrick.report.plots.confusion import plot_confusion
from newtrick.report.plots.course import plot_loss, plot_scores
from newtrick.report.plots.look import HEIGHT, STYLE, WIDTH
from newtrick.report.plots.rivals import plot_rivals
from newtrick.report.plots.vector import Drawings, inline
from newtrick.report.record import RunRecord

Plot = Callable[[RunRecord, Figure], None]
_Content = TypeVar("_Content", bytes, str)

_DOTS_PER_INCH = 240
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
    return {f"{name}.png": _render(record, plot, _png) for name, plot in _plots(record).items()}


def draw_svg(record: RunRecord) -> Drawings:
    """Draw the same pictures as SVG for a page of HTML, named like the files without ending."""
    return inline({name: _render(record, plot, _svg) for name, plot in _plots(record).items()})


def _plots(record: RunRecord) -> Mapping[str, Plot]:
    plots = _PLOTS if record.curves is None else {**_PLOTS, **_DECISION_PLOTS}
    without = {"confusion"} if record.confusion is None else set[str]()
    return {name: plot for name, plot in plots.items() if name not in without}


def _render(record: RunRecord, plot: Plot, write: Callable[[Figure], _Content]) -> _Content:
    # What the user set for matplotlib is not ours to show, and what we set is not theirs to keep.
    with style.context(["default", dict(STYLE)]), warnings.catch_warnings():
        # A label in a script that the font lacks is drawn as boxes; that is no news to the user.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        plot(record, figure)
        return write(figure)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return file.getvalue()


def _svg(figure: Figure) -> str:
    file = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return file.getvalue().decode()
