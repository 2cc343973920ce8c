"""The pictures of a run: PNG files for anywhere, and SVG that takes on the colours of its page.

Colours are of the palette that Okabe and Ito made for every kind of colour vision; lines differ in
their dash and marks too.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from newtrick.journal import Step
from newtrick.report.grid import best_index
from newtrick.report.record import RunRecord
from newtrick.report.wording import one_line

Plot = Callable[[RunRecord, Figure], None]

INK, MUTED, RULE, PAPER = "#1c2733", "#667380", "#d9dfe4", "#ffffff"
BLUE, ORANGE = "#0072b2", "#d55e00"
CELL, ON_CELL = "#00568a", "#fefefe"
_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PAPER: "paper",
    BLUE: "blue",
    ORANGE: "orange",
}
"""The CSS variables of a page that take the place of our colours; a full cell stays as it is."""

_STYLE: dict[str, object] = {
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": RULE,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "newtrick",
}
_FEW, _NUMBERED, _NAMED = 4, 12, 20
"""The most classes whose confusion fits a small picture, whose cells hold their numbers, and whose
labels stand at the axes."""

_SMOOTH = 40
"""The training loss of single steps jumps about; its line is the mean of this part of them all."""

_DARK = 0.65
"""The share from which a cell's number is better read in white."""

_LONGEST, _LEVEL = 18, 40
"""The characters that a label has room for at an axis, and all of them side by side."""


def draw(record: RunRecord) -> Mapping[str, bytes]:
    """Draw the pictures as PNG.

    Returns:
        `loss.png`, `scores.png` and `confusion.png`, and where there are decisions
        `reliability.png` and `risk.png`, by their file names.
    """
    return {f"{name}.png": _render(record, plot, _png) for name, plot in _plots(record).items()}


def draw_svg(record: RunRecord) -> Mapping[str, str]:
    """Draw the same pictures as SVG elements to put into a page of HTML.

    They are as wide as what holds them. Their colours are the CSS variables --ink, --muted, --rule,
    --paper, --blue and --orange of the page, their letters the page's own.

    Returns:
        The elements by the names of the files without their ending.
    """
    return {
        name: _inline(name, _render(record, plot, _svg).decode())
        for name, plot in _plots(record).items()
    }


def _plots(record: RunRecord) -> Mapping[str, Plot]:
    return _PLOTS if record.curves is None else {**_PLOTS, **_DECISION_PLOTS}


def _render(record: RunRecord, plot: Plot, write: Callable[[Figure], bytes]) -> bytes:
    # What the user set for matplotlib is not ours to show, and what we set is not theirs to keep.
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # A label in a script that the font lacks is drawn as boxes; that is no news to the user.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(4.2, 3.3), layout="constrained")
        plot(record, figure)
        return write(figure)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=200, metadata={"Software": None})
    return file.getvalue()


def _svg(figure: Figure) -> bytes:
    file = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return file.getvalue()


def _inline(name: str, document: str) -> str:
    """Make an SVG document an element: no prologue, no fixed size, no id that another one has."""

    def adapt(tag: re.Match[str]) -> str:
        text = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", tag[0])
        for colour, variable in _VARIABLES.items():
            text = text.replace(colour, f"var(--{variable})")
        return text

    # Tags only: what a label says is left alone.
    svg = re.sub("<[^>]+>", adapt, document[document.index("<svg") :].strip())
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)


def _plot_training_loss(points: Sequence[Step], axes: Axes) -> None:
    steps = np.array([point.step for point in points])
    losses = np.array([point.loss for point in points])
    window = max(1, len(losses) // _SMOOTH)
    axes.plot(steps, losses, color=MUTED, linewidth=0.5, alpha=0.3)
    axes.plot(
        steps[window - 1 :],
        np.convolve(losses, np.full(window, 1 / window), mode="valid"),
        color=MUTED,
        label="training" if window == 1 else f"training, mean of {window} steps",
    )


def _plot_loss(record: RunRecord, figure: Figure) -> None:
    axes = figure.subplots()
    axes.set_title("Loss")
    if record.steps:
        _plot_training_loss(record.steps, axes)
    steps = [event.step for event in record.evaluations]
    losses = [event.validation_loss for event in record.evaluations]
    axes.plot(steps, losses, "o-", color=BLUE, label="validation")
    best = best_index(record.evaluations)
    if best is not None:
        axes.plot(
            steps[best],
            losses[best],
            "o",
            markersize=10,
            color=BLUE,
            fillstyle="none",
            label="kept",
        )
    _finish_course(axes)


def _plot_scores(record: RunRecord, figure: Figure) -> None:
    result, events = record.result, record.evaluations
    axes = figure.subplots()
    axes.set_title("Scores")
    steps = [event.step for event in events]
    binary = all(event.f1 is not None for event in events)
    f1 = [event.macro_f1 if event.f1 is None else event.f1 for event in events]
    axes.plot(steps, [event.accuracy for event in events], "o-", color=BLUE, label="accuracy")
    axes.plot(steps, f1, "s--", color=ORANGE, label="F1" if binary else "macro F1")
    kept = result.training.best_step
    axes.plot([kept, kept], result.test.accuracy_interval, "_-", color=INK, markersize=8)
    axes.plot(kept, result.test.accuracy, "D", color=INK, label="test accuracy")
    axes.axhline(
        result.baseline.accuracy, color=MUTED, linestyle=":", label=f"{result.baseline.name}, test"
    )
    axes.axhspan(*result.baseline.accuracy_interval, color=MUTED, alpha=0.15, linewidth=0)
    _finish_course(axes)


def _finish_course(axes: Axes) -> None:
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.figure.legend(loc="outside lower center", ncols=3)


def _plot_confusion(record: RunRecord, figure: Figure) -> None:
    labels = [_short(label) for label in record.result.labels]
    if len(labels) > _FEW:
        figure.set_size_inches(6.4, 5.4)
    axes = figure.subplots()
    axes.set_title("Test rows of each true label, %")
    axes.grid(visible=False)
    _draw_cells(axes, record.confusion / np.maximum(record.confusion.sum(axis=1, keepdims=True), 1))
    ends = (-0.5, len(labels) - 0.5)
    axes.set(xlim=ends, ylim=ends[::-1], xlabel="predicted label", ylabel="true label")
    axes.set_aspect("equal")
    named = len(labels) <= _NAMED
    size = 8.5 if len(labels) <= _NUMBERED else 6.5
    for axis, turn in (
        (axes.xaxis, 90 if len(labels) * max(map(len, labels)) > _LEVEL else 0),
        (axes.yaxis, 0),
    ):
        axis.set_ticks(range(len(labels)) if named else [])
        axis.set_ticklabels(labels if named else [], size=size, rotation=turn, parse_math=False)
        axis.set_tick_params(length=0)


def _draw_cells(axes: Axes, shares: npt.NDArray[np.float64]) -> None:
    """Colour each cell by its share, and write the share into it where there is room."""
    gap = 1 if len(shares) <= _NAMED else 0
    for true, predicted in np.argwhere(shares):
        share = shares[true, predicted]
        corner = (predicted - 0.5, true - 0.5)
        colour = (CELL, 0.06 + 0.94 * share)
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, edgecolor=PAPER, linewidth=gap))
        if len(shares) <= _NUMBERED:
            ink = ON_CELL if share > _DARK else INK
            axes.text(predicted, true, f"{share * 100:.0f}", color=ink, ha="center", va="center")


def _short(label: str) -> str:
    """A label as far as an axis has room for it; one that is longer ends in an ellipsis."""
    text = one_line(label)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _plot_reliability(record: RunRecord, figure: Figure) -> None:
    axes = figure.subplots()
    axes.set_title("Right answers, %")
    axes.plot([0, 100], [0, 100], color=MUTED, linestyle=":", label="as sure as right")
    if record.curves is not None:
        for bins, look, colour, name in (
            (record.curves.before, "s--", ORANGE, "before"),
            (record.curves.after, "o-", BLUE, "calibrated"),
        ):
            full = bins.rows > 0
            axes.plot(
                bins.confidence[full] * 100,
                bins.accuracy[full] * 100,
                look,
                color=colour,
                label=name,
            )
    lowest = 100 / len(record.result.labels)
    axes.set(xlim=(lowest, 100), ylim=(0, 102), xlabel="probability of the answer, %")
    axes.figure.legend(loc="outside lower center", ncols=3)


def _plot_risk(record: RunRecord, figure: Figure) -> None:
    axes = figure.subplots()
    axes.set_title("Wrong answers, %")
    if record.curves is not None:
        curve = record.curves.risk
        axes.plot(curve.coverage * 100, curve.risk * 100, color=BLUE, label="the surest answers")
    if record.result.decisions is not None:
        fitted = record.result.decisions.abstention
        allowed = (1 - fitted.wanted_accuracy) * 100
        axes.axhline(allowed, color=MUTED, linestyle=":", label="allowed")
        if fitted.accuracy is not None:
            wrong = (1 - fitted.accuracy) * 100
            axes.plot(fitted.coverage * 100, wrong, "D", color=INK, label="threshold")
    axes.set(xlim=(0, 102), xlabel="answered test rows, %")
    axes.set_ylim(bottom=0)
    axes.figure.legend(loc="outside lower center", ncols=3)


_PLOTS: Mapping[str, Plot] = {
    "loss": _plot_loss,
    "scores": _plot_scores,
    "confusion": _plot_confusion,
}
_DECISION_PLOTS: Mapping[str, Plot] = {"reliability": _plot_reliability, "risk": _plot_risk}
