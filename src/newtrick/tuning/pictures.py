"""The pictures of a study: its history, what mattered, and what each setting did."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import MaxNLocator, NullFormatter

from newtrick.report.plots.look import ACCENT, HEIGHT, INK, MUTED, RULE, WIDTH
from newtrick.tuning.figure import Figure
from newtrick.tuning.outcome import StudyOutcome, TrialLine
from newtrick.tuning.words import short_name, short_value

Draw = Callable[[StudyOutcome, Picture], None]

_BAR, _FRAME = 0.3, 0.9
"""Inches that a bar takes, and what is around them all."""

_COLUMNS = 2


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
        along = _Along.of(key, trials, is_log="log = true" in outcome.space[key])
        if along.names:
            axes.set_xticks(range(len(along.names)), along.names, fontsize=8)
        elif along.is_log:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        _dots(axes, along.values, trials)
        _limit(axes, outcome, trials)
        axes.set_xlabel(short_name(key))
    picture.suptitle(Figure(outcome.figure).title.capitalize(), x=0.02, ha="left", weight="bold")


def plot_parallel(outcome: StudyOutcome, picture: Picture) -> None:
    """Draw a line through the settings of each trial; the best quarter stands out."""
    trials = [trial for trial in _of_search(outcome) if trial.status == "done"]
    figure = Figure(outcome.figure)
    order = sorted(trials, key=lambda trial: figure.gain(trial.value or 0.0, 0.0))
    keys = sorted(trials[0].settings)
    columns = [_Along.of(key, order, is_log="log = true" in outcome.space[key]) for key in keys]
    axes = picture.subplots()
    axes.set_title("Settings of the whole trainings")
    axes.grid(visible=False)
    heights = list(zip(*(column.shares() for column in columns), strict=True))
    best = max(1, len(order) // 4)
    for place, line in enumerate(heights):
        is_good = place >= len(order) - best
        colour, name = (ACCENT, "best quarter") if is_good else (MUTED, "others")
        shown = name if place in (0, len(order) - 1) else None
        axes.plot(line, color=colour, linewidth=1.6 if is_good else 0.7, label=shown)
    for place, column in enumerate(columns):
        axes.axvline(place, color=RULE, linewidth=0.8, zorder=0)
        for height, end in ((-0.04, column.lowest), (1.04, column.highest)):
            side = "top" if height < 0 else "bottom"
            axes.text(place, height, end, ha="center", va=side, fontsize=7, color=MUTED)
    names = [short_name(key).replace(" ", "\n") for key in keys]
    axes.set_xticks(range(len(keys)), names, fontsize=8)
    axes.tick_params(axis="x", pad=12)
    axes.set(yticks=(), ylim=(-0.05, 1.12))
    axes.spines["bottom"].set_visible(False)
    picture.legend(loc="outside lower center", ncols=2)


PICTURES: Mapping[str, Draw] = {
    "history": plot_history,
    "cost": plot_cost,
    "importance": plot_importance,
    "slices": plot_slices,
    "parallel": plot_parallel,
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


@dataclass(frozen=True)
class _Along:
    """Where the trials stand on the axis of a setting: numbers by size, words side by side.

    Attributes:
        values: A number for each trial.
        names: What 0, 1, 2 and so on stand for; empty where the values are numbers.
        is_log: Whether equal ratios are equal lengths.
    """

    values: tuple[float, ...]
    names: tuple[str, ...]
    is_log: bool

    @classmethod
    def of(cls, key: str, trials: Sequence[TrialLine], *, is_log: bool) -> Self:
        """Those of one setting."""
        given = [trial.settings[key] for trial in trials]
        numbers = tuple(float(v) for v in given if not isinstance(v, str | bool))
        if len(numbers) == len(given):
            return cls(numbers, (), is_log)
        names = tuple(sorted({str(value) for value in given}))
        return cls(tuple(float(names.index(str(value))) for value in given), names, is_log=False)

    @property
    def lowest(self) -> str:
        """The lower end in words."""
        return self.names[0] if self.names else short_value(min(self.values))

    @property
    def highest(self) -> str:
        """The upper end in words."""
        return self.names[-1] if self.names else short_value(max(self.values))

    def shares(self) -> list[float]:
        """Each value as its share of the way from the lower end to the upper one."""
        values = [math.log(value) for value in self.values] if self.is_log else list(self.values)
        low, high = min(values), max(values)
        return [0.5 if low == high else (value - low) / (high - low) for value in values]
