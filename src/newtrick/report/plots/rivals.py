"""The accuracy of the model beside that of its baselines, each with its interval."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from newtrick.evaluation.scores import BaselineScores, Scores
from newtrick.report.measures import headline
from newtrick.report.plots.look import ACCENT, INK, MUTED, RULE
from newtrick.report.record import RunRecord
from newtrick.report.wording import one_line, percent

_LINE, _FRAME = 0.42, 0.75
"""Inches that a model takes, and what is around them all."""

_LONGEST = 28
_FAR_OFF = "majority"


def plot_rivals(record: RunRecord, figure: Figure) -> None:
    """Draw a dot with whiskers for each model, the one of the run last.

    Always naming the most frequent label is so far off mostly that the others would be a blot.
    """
    result = record.result
    lines: list[tuple[str, BaselineScores | Scores]] = [
        *(
            (baseline.name, baseline)
            for baseline in result.baselines
            if baseline == result.baseline or baseline.name != _FAR_OFF
        ),
        (result.answerer, result.test),
    ]
    figure.set_figheight(_FRAME + _LINE * len(lines))
    axes = figure.subplots()
    axes.grid(visible=False)
    for place, (name, scores) in enumerate(lines):
        ours = place == len(lines) - 1
        head = headline(scores)
        low, high = head.interval
        colour = ACCENT if ours else MUTED
        axes.plot([low * 100, high * 100], [place, place], "|-", color=colour, markersize=7)
        axes.plot(head.value * 100, place, "o", color=colour, markersize=6)
        axes.axhline(place, color=RULE, linewidth=0.6, zorder=0)
        weight = "bold" if ours else "normal"
        for side, align, text in (
            (0, "left", _short(name)),
            (1, "right", f"{percent(head.value)}"),
        ):
            axes.text(
                side,
                place - 0.3,
                text,
                transform=axes.get_yaxis_transform(),
                color=INK,
                ha=align,
                weight=weight,
                parse_math=False,
            )
    several = result.task == "multi_label"
    told = "micro F1 on the test rows, %" if several else "right answers on the test rows, %"
    axes.set(ylim=(len(lines) - 0.5, -0.85), yticks=(), xlabel=told)
    axes.spines["bottom"].set_color(RULE)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))


def _short(name: str) -> str:
    text = one_line(name)
    return text if len(text) <= _LONGEST else f"…{text[1 - _LONGEST :]}"
