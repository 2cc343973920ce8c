"""The pictures of a study: its history, what mattered, and what each setting did."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import MaxNLocator

from newtrick.report.plots.look import ACCENT, HEIGHT, INK, MUTED, WIDTH
from newtrick.tuning.figure import Figure
from newtrick.tuning.outcome import StudyOutcome, TrialLine
from newtrick.tuning.words import short_name, short_value

Draw = Callable[[StudyOutcome, Picture], None]

_BAR, _FRAME = 0.3, 0.9
"""Inches that a bar takes, and what is around them all."""

_COLUMNS = 2
_DECADE = 8.0


def plot_history(outcome: StudyOutcome, picture: Picture) -> None:
    """Draw each trial in its order, and the best so far."""
    trials = _of_search(outcome)
    axes = _valued(outcome, picture)
    places = range(1, len(trials) + 1)
    _dots(axes, list(places), trials)
    axes.step(places, _best_so_far(outcome, trials), where="post", color=INK, label="best so far")
    axes.set_xlabel("trial")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    picture.legend(loc="outside lower center", ncols=3)


def plot_cost(outcome: StudyOutcome, picture: Picture) -> None:
    """Draw the best so far against the minutes of work that it took."""
    trials = _of_search(outcome)
    axes = _valued(outcome, picture)
    minutes = list(itertools.accumulate(trial.seconds / 60 for trial in trials))
    best = _best_so_far(outcome, trials)
    axes.step(minutes, best, "o-", where="post", color=ACCENT)
    axes.set_xlabel("minutes of work")
    axes.set_xlim(left=0)


def plot_importance(outcome: StudyOutcome, picture: Picture) -> None:
    """Draw the share of the differences that each setting explains."""
    picture.set_figheight(_FRAME + _BAR * len(outcome.importance))
    axes = picture.subplots()
    axes.set_title("What the differences go with, %")
    axes.grid(visible=False)
    names = [short_name(key) for key in outcome.importance]
    bars = axes.barh(names, [100 * share for share in outcome.importance.values()], color=ACCENT)
    axes.bar_label(bars, fmt="%.0f", padding=3, color=INK)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xticks([])


def plot_slices(outcome: StudyOutcome, picture: Picture) -> None:
    """Draw the trials against each of the settings."""
    trials = _of_search(outcome)
    keys = sorted(trials[0].settings)
    lines = math.ceil(len(keys) / _COLUMNS)
    picture.set_size_inches(WIDTH, HEIGHT * lines * 0.6)
    grid = picture.subplots(lines, _COLUMNS, sharey=True, squeeze=False)
    for axes, key in itertools.zip_longest(grid.flat, keys):
        if key is None:
            axes.set_visible(False)
            continue
        values = [trial.settings[key] for trial in trials]
        _dots(axes, _along(axes, values), trials)
        _limit(axes, outcome, trials)
        axes.set_xlabel(short_name(key))
    picture.suptitle(Figure(outcome.figure).title.capitalize(), x=0.02, ha="left", weight="bold")


PICTURES: Mapping[str, Draw] = {
    "history": plot_history,
    "cost": plot_cost,
    "importance": plot_importance,
    "slices": plot_slices,
}


def pictures_of(outcome: StudyOutcome) -> Mapping[str, Draw]:
    """Those that there is something to show in."""
    without = set() if outcome.importance else {"importance"}
    return {name: draw for name, draw in PICTURES.items() if name not in without}


def _valued(outcome: StudyOutcome, picture: Picture) -> Axes:
    axes = picture.subplots()
    axes.set_title(Figure(outcome.figure).title.capitalize())
    _limit(axes, outcome, _of_search(outcome))
    return axes


def _of_search(outcome: StudyOutcome) -> list[TrialLine]:
    """The trials that can be compared: those of the stage that the best is of, with a value."""
    [stage] = {trial.stage for trial in outcome.trials if trial.name == outcome.best}
    return [t for t in outcome.trials if t.stage == stage and t.value is not None]


def _values(trials: Sequence[TrialLine]) -> list[float]:
    return [trial.value for trial in trials if trial.value is not None]


def _best_so_far(outcome: StudyOutcome, trials: Sequence[TrialLine]) -> list[float]:
    """After each trial; one that was given up counts for nothing."""
    figure = Figure(outcome.figure)
    better = min if figure.direction == "minimize" else max
    nothing = math.inf if better is min else -math.inf
    whole = (
        value if trial.status == "done" else nothing
        for trial, value in zip(trials, _values(trials), strict=True)
    )
    best = itertools.accumulate(whole, better)
    return [value if math.isfinite(value) else math.nan for value in best]


def _dots(axes: Axes, places: Sequence[float], trials: Sequence[TrialLine]) -> None:
    for status, mark, colour, name in (
        ("done", "o", ACCENT, "whole training"),
        ("given_up", "x", MUTED, "given up"),
    ):
        shown = [
            (place, trial.value)
            for place, trial in zip(places, trials, strict=True)
            if trial.status == status
        ]
        if shown:
            axes.plot(*zip(*shown, strict=True), mark, color=colour, label=name)


def _limit(axes: Axes, outcome: StudyOutcome, trials: Sequence[TrialLine]) -> None:
    """Show the best three quarters: a training that came to nothing would press them together."""
    figure = Figure(outcome.figure)
    values = sorted(_values(trials), key=lambda value: figure.gain(value, 0.0), reverse=True)
    low, high = sorted((values[0], values[3 * (len(values) - 1) // 4]))
    room = 0.1 * (high - low) or 0.01
    axes.set_ylim(low - room, high + room)


def _along(axes: Axes, values: Sequence[object]) -> list[float]:
    """Where values stand on the axis: numbers by their size, words side by side."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) == len(values):
        low, high = min(numbers), max(numbers)
        if low > 0 and high / low >= _DECADE:
            axes.set_xscale("log")
        axes.xaxis.set_tick_params(labelsize=8)
        return [float(number) for number in numbers]
    names = sorted({short_value(value) for value in values})
    axes.set_xticks(range(len(names)), names, fontsize=8)
    return [float(names.index(short_value(value))) for value in values]
