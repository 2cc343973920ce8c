"""Where the model was wrong: the share of the rows of each true label by the predicted one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newtrick.report.plots.look import CELL, INK, PAPER
from newtrick.report.record import RunRecord
from newtrick.report.wording import one_line

FEW = 4
"""The most classes whose confusion fits a small picture."""

_NUMBERED, _NAMED = 12, 20
"""The most classes whose cells hold their numbers, and whose labels stand at the axes."""

_LARGE = (6.0, 5.2)

_LONGEST, _LEVEL = 18, 30
"""The characters that a label has room for at an axis, and all of them side by side."""


def plot_confusion(record: RunRecord, figure: Figure) -> None:
    """Draw a cell for each pair of labels, the darker the larger the share."""
    if record.confusion is None:  # no label is named in place of another
        return
    labels = [_short(label) for label in record.result.labels]
    if len(labels) > FEW:
        figure.set_size_inches(_LARGE)
    axes = figure.subplots()
    axes.set_title("Test rows of each true label, %")
    axes.grid(visible=False)
    rows = np.maximum(record.confusion.sum(axis=1, keepdims=True), 1)
    _draw_cells(axes, record.confusion / rows)
    ends = (-0.5, len(labels) - 0.5)
    axes.set(xlim=ends, ylim=ends[::-1], xlabel="predicted label", ylabel="true label")
    axes.set_aspect("equal")
    named = len(labels) <= _NAMED
    size = 8.5 if len(labels) <= _NUMBERED else 7
    for axis, turn in (
        (axes.xaxis, 90 if len(labels) * max(map(len, labels)) > _LEVEL else 0),
        (axes.yaxis, 0),
    ):
        axis.set_ticks(range(len(labels)) if named else [])
        axis.set_ticklabels(labels if named else [], size=size, rotation=turn, parse_math=False)
        axis.set_tick_params(length=0)


def _draw_cells(axes: Axes, shares: npt.NDArray[np.float64]) -> None:
    """Colour each cell by its share, and write the share into it where there is room."""
    gap, faintest = (1, 0.06) if len(shares) <= _NAMED else (0, 0.3)
    for true, predicted in np.argwhere(shares):
        share = shares[true, predicted]
        corner = (predicted - 0.5, true - 0.5)
        colour = (CELL, faintest + (1 - faintest) * share)
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, edgecolor=PAPER, linewidth=gap))
        if len(shares) <= _NUMBERED:
            number = f"{share * 100:.0f}"
            axes.text(predicted, true, number, color=INK, ha="center", va="center")


def _short(label: str) -> str:
    """A label as far as an axis has room for it; one that is longer ends in an ellipsis."""
    text = one_line(label)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
