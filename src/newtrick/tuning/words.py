"""A study in words and tables, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newtrick.counted import counted
from newtrick.report.grid import ABSENT, Grid
from newtrick.report.wording import decimals, duration, percent
from newtrick.tuning.figure import Figure
from newtrick.tuning.outcome import Comparison, StudyOutcome, TrialLine

SHOWN = 6
"""Trials in the table of the terminal."""

_ENDED = {
    "trials": "all trials were made",
    "minutes": "what was left of the budget was too little for another trial",
    "no_further_gain": "twice the trials had brought nothing that the validation rows can see",
}
_ORDER = ("done", "given_up", "failed")
_MATTERS = 0.1
"""A setting that explains less of the differences is not worth a word."""


def best_grid(outcome: StudyOutcome) -> Grid:
    """The best trials in few columns, for the terminal."""
    order = _ordered(outcome)[:SHOWN]
    return Grid(
        caption=f"The best trials, by {Figure(outcome.figure).title}.",
        header=("Trial", Figure(outcome.figure).title.capitalize(), "Done", "Time"),
        rows=tuple(
            (f"{trial.name}: {_tried(trial, outcome)}", *_came_of(trial)) for trial in order
        ),
        marked=_marked(order, outcome),
    )


def trials_grid(outcome: StudyOutcome) -> Grid:
    """All trials, the best first, with what they tried; the best is marked."""
    order = _ordered(outcome)
    tried = sorted(outcome.trials[0].settings)
    return Grid(
        caption=f"Trials, the best first, by {Figure(outcome.figure).title}.",
        header=(
            "Trial",
            *(Figure(outcome.figure).title.capitalize(), "Done", "Time"),
            *map(short_name, tried),
        ),
        rows=tuple(
            (trial.name, *_came_of(trial), *(short_value(trial.settings[key]) for key in tried))
            for trial in order
        ),
        marked=_marked(order, outcome),
    )


def seeds_pair_grid(comparison: Comparison) -> Grid:
    """Both recipes with each seed, on the test rows."""
    return Grid(
        caption="Accuracy on the test rows of the recipe that the study started from and of the"
        " best one, with seeds that no trial had; the intervals are of the difference, in points.",
        header=("Seed", "Start", "Best", "Difference", "95 % interval", "p"),
        rows=(
            *(
                (
                    str(pair.seed),
                    decimals(pair.start),
                    decimals(pair.best),
                    f"{100 * pair.difference:+.1f}",
                    _points(pair.interval),
                    f"{pair.p:.2g}",
                )
                for pair in comparison.seeds
            ),
            (
                "mean",
                decimals(comparison.start),
                decimals(comparison.best),
                f"{100 * comparison.difference:+.1f}",
                _points(comparison.interval),
                "",
            ),
        ),
        marked=frozenset({len(comparison.seeds)}),
    )


def sentences(outcome: StudyOutcome) -> Iterator[str]:
    """What was done, what mattered, how much of it is luck, and what the best recipe is worth."""
    yield _course(outcome)
    yield _mattered(outcome)
    if luck := _luck(outcome):
        yield luck
    yield verdict(outcome)


def verdict(outcome: StudyOutcome) -> str:
    """Whether the best recipe is better than the start, in a sentence."""
    if outcome.lost is not None:
        return f"The comparison on the test rows came to nothing: {outcome.lost}"
    found = outcome.comparison
    if found is None:
        return "No trial did better than the recipe to start from: keep that."
    rows = (
        f"{100 * found.difference:+.1f} points on the test rows (95 % {_points(found.interval)};"
        f" {percent(found.start)} % to {percent(found.best)} % right, means of"
        f" {counted(len(found.seeds), 'seed')})"
    )
    if found.better == "best":
        return f"The best recipe is better than the one to start from: {rows}."
    if found.better == "start":
        return f"The recipe to start from is better than what the study found: {rows}. Keep that."
    return f"Rows and seeds cannot tell the best recipe from the one to start from: {rows}."


def _course(outcome: StudyOutcome) -> str:
    given_up, failed = outcome.with_status("given_up"), outcome.with_status("failed")
    trials = counted(len(outcome.trials), "trial")
    share = percent(len(given_up) / len(outcome.trials))
    sentence = (
        f"{trials} in {duration(60 * outcome.minutes)} of work, of which {len(given_up):,}"
        f" ({share} %) were given up early and {len(failed):,} failed; the search ended because"
        f" {_ENDED[outcome.ended_by]}."
    )
    if len(outcome.stages) > 1:
        rows = outcome.stages[0].rows
        sentence += (
            f" It began with trials on {counted(rows, 'training row')}, for the budget holds few"
            " on all of them."
        )
    if outcome.best.startswith("screening"):
        sentence += " The best one was not tried on all rows."
    return sentence


def _mattered(outcome: StudyOutcome) -> str:
    """The settings that explain most of the differences between trials."""
    named = [
        f"{short_name(key)} ({percent(share)} %)"
        for key, share in outcome.importance.items()
        if share >= _MATTERS
    ]
    if not named:
        return "Too few trials did their whole training to say which settings mattered."
    told = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return (
        f"Of the differences between the trials that did their whole training, most go with {told}."
    )


def _luck(outcome: StudyOutcome) -> str:
    """How much of the best figure comes from having been picked."""
    if outcome.optimism is None:
        return ""
    figure = Figure(outcome.figure)
    whole = len(outcome.with_status("done"))
    sentence = (
        f"The best {figure.title} is {decimals(outcome.best_value)}; picking it among"
        f" {whole} on the same rows flatters it by about {decimals(outcome.optimism)}"
    )
    if outcome.comparison is not None:
        fresh = outcome.comparison
        sentence += (
            f"; with new seeds it is {decimals(fresh.best_validation)} there, and"
            f" {decimals(fresh.start_validation)} with the recipe to start from"
        )
    return f"{sentence}."


def short_name(key: str) -> str:
    """A setting without its section."""
    return key.partition(".")[2].replace("_", " ")


def short_value(value: object) -> str:
    """A value with three figures."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _ordered(outcome: StudyOutcome) -> list[TrialLine]:
    """The best first; those that were given up after the others, and a screening last."""
    figure = Figure(outcome.figure)

    def rank(trial: TrialLine) -> tuple[bool, int, float]:
        value = 0.0 if trial.value is None else -figure.gain(trial.value, 0.0)
        return trial.stage != "search", _ORDER.index(trial.status), value

    return sorted(outcome.trials, key=rank)


def _marked(order: Sequence[TrialLine], outcome: StudyOutcome) -> frozenset[int]:
    return frozenset(i for i, trial in enumerate(order) if trial.name == outcome.best)


def _tried(trial: TrialLine, outcome: StudyOutcome) -> str:
    """What it has that the recipe to start from has not."""
    different = [
        f"{short_name(key)} {short_value(value)}"
        for key, value in trial.settings.items()
        if value != outcome.start.get(key)
    ]
    return ", ".join(different) or "as it is"


def _came_of(trial: TrialLine) -> tuple[str, str, str]:
    """The value, how much of the training was done, and the time."""
    value = ABSENT if trial.value is None else decimals(trial.value)
    share = f"{100 * trial.share:.0f} %"
    return value, "failed" if trial.status == "failed" else share, duration(trial.seconds)


def _points(interval: tuple[float, float]) -> str:
    return " to ".join(f"{100 * end:+.1f}" for end in interval)
