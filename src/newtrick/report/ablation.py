"""What an ablation came to: a table, a sentence for each step, and both as Markdown."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from newtrick.counted import counted, one_or_many
from newtrick.evaluation.ablation import Ablation, StepWorth, Trainings, Worth
from newtrick.evaluation.intervals import Interval
from newtrick.report.card import markdown_table
from newtrick.report.grid import ABSENT, Grid
from newtrick.report.wording import count, decimals, duration, markdown, one_line

_ABOUT_AS_LONG = 0.05  # a share of the time that is not worth a word


def ablation_grid(ablation: Ablation) -> Grid:
    """A line for each figure of each step; differences are with it less without it."""
    lines = [(step, cells) for step in ablation.steps for cells in _lines(step)]
    return Grid(
        caption=(
            f"Means over {counted(len(ablation.seeds), 'seed')} on the {count(ablation.rows)}"
            " validation rows, by which a step is chosen; no test row was scored."
        ),
        header=("Step", "", "with", "without", "difference", "95 % interval"),
        rows=tuple(cells for _, cells in lines),
        marked=frozenset(
            number
            for number, (step, cells) in enumerate(lines)
            if step.helps is not None and cells[0]
        ),
    )


def _lines(step: StepWorth) -> Iterator[tuple[str, ...]]:
    """The figure that decides comes first."""
    figures = {
        "Micro F1": step.micro_f1,
        "Accuracy": step.accuracy,
        "Macro F1": step.macro_f1,
        "Log loss": step.loss,
    }
    name = step.step
    for figure, worth in figures.items():
        if worth is not None:
            means = (decimals(fmean(side)) for side in (worth.with_step, worth.without_step))
            interval = "{:+.4f} – {:+.4f}".format(*worth.interval)
            yield (name, figure, *means, f"{worth.difference:+.4f}", interval)
            name = ""
    ours, theirs = step.with_step.mean_seconds, step.without_step.mean_seconds
    shown = (ABSENT if seconds is None else duration(seconds) for seconds in (ours, theirs))
    ratio = f"× {ours / theirs:.2f}" if ours and theirs else ABSENT
    yield (name, "Time", *shown, ratio, "")


def ablation_in_words(ablation: Ablation) -> list[str]:
    """A sentence or more for each step, and what these rows and seeds cannot see."""
    return [one_line(" ".join(_sentences(step, ablation))) for step in ablation.steps]


def _sentences(step: StepWorth, ablation: Ablation) -> Iterator[str]:
    worth, name = step.deciding, _name(step)
    sides = ((step.with_step, f"With {name}"), (step.without_step, f"Without {name}"))
    if worth is None and step.helps is not None:
        advice = "keep it" if step.helps else "leave it out"
        yield f"{name} decides whether a training comes to anything: {advice}."
    elif worth is None:
        yield (
            f"{name} cannot be judged: it takes two seeds that come to something with it and"
            " without, and rows of more than one group."
        )
    else:
        figure = "micro F1" if ablation.task == "multi_label" else "accuracy"
        yield _verdict(step, worth, name, figure)
        if step.helps is None:
            yield from _what_is_left(step, worth)
    for trainings, side in sides:
        if trainings.lost:
            which = one_or_many(len(trainings.lost), "training with seed", "trainings with seeds")
            yield f"{side}, the {which} {', '.join(map(str, trainings.lost))} came to nothing."


def _name(step: StepWorth) -> str:
    """What a sentence calls it; of a setting, the value that the recipe has."""
    if not step.step.startswith(f"{step.setting}="):
        return step.step
    ours, theirs = (
        "none" if value is None else value for value in (step.with_value, step.without_value)
    )
    return f"{step.setting}={ours} in place of {theirs}"


def _verdict(step: StepWorth, worth: Worth, name: str, figure: str) -> str:
    cost, is_longer = _cost(step.with_step, step.without_step)
    points = _points(worth.difference, worth.interval)
    if step.helps is None:
        advice = "leave it out" if is_longer is not False else "it stands for the time it saves"
        return f"{name} cannot be told from nothing ({points} of {figure}), and {cost}: {advice}."
    if step.helps:
        advice = "keep it, if it is worth the time" if is_longer else "keep it"
        return f"{name} brings {points} of {figure}, and {cost}: {advice}."
    return f"{name} does harm ({points} of {figure}), and {cost}: leave it out."


def _points(difference: float, interval: Interval) -> str:
    """In points, with the interval.

    >>> _points(0.008, (0.001, 0.015))
    '+0.8 points, 95 % +0.1 to +1.5,'
    """
    low, high = interval
    return f"{100 * difference:+.1f} points, 95 % {100 * low:+.1f} to {100 * high:+.1f},"


def _cost(ours: Trainings, theirs: Trainings) -> tuple[str, bool | None]:
    """What a step does to the time of a training, and whether it is longer; None if neither.

    Two times differ where all trainings of one side are longer than all of the other, and the means
    by more than a twentieth: clocks are no better than that.
    """
    with_it, without = fmean(ours.seconds), fmean(theirs.seconds)
    apart = max(ours.seconds) < min(theirs.seconds) or max(theirs.seconds) < min(ours.seconds)
    if not apart or abs(with_it / without - 1) < _ABOUT_AS_LONG:
        return "takes no time to speak of", None
    longer = with_it > without
    change = "longer" if longer else "shorter"
    times = f"{with_it / without:.2g} times"
    return f"makes a training {duration(abs(with_it - without))} {change} ({times})", longer


def _what_is_left(step: StepWorth, worth: Worth) -> Iterator[str]:
    """What else may speak for a step that the deciding figure says nothing of."""
    low, high = worth.interval
    if step.loss is not None and not step.loss.interval[0] <= 0 <= step.loss.interval[1]:
        side = "lower" if step.loss.difference < 0 else "higher"
        ends = sorted(map(abs, step.loss.interval))
        yield (
            f"Its log loss is {side} by {abs(step.loss.difference):.4f}"
            f" (95 % {ends[0]:.4f} to {ends[1]:.4f}), which is more than chance."
        )
    yield (
        f"These rows and seeds hardly see less than {50 * (high - low):.1f} points; more validation"
        " rows (data.validation_share) or --seeds see more."
    )


def next_commands(ablation: Ablation, folder: Path) -> list[str]:
    """What ends the first run of each recipe with its test rows."""
    seed = str(ablation.seeds[0])
    sides = [folder / "with", *sorted(folder.glob("without-*"))]
    return [shlex.join(["newtrick", "train", "--resume", str(side / seed)]) for side in sides]


def ablation_page(ablation: Ablation, folder: Path) -> str:
    """All of it as Markdown."""
    grid = ablation_grid(ablation)
    commands = "\n".join(f"    {command}" for command in next_commands(ablation, folder))
    sections = [
        f"# Ablation: {markdown(ablation.data)}, {markdown(ablation.model)}",
        grid.caption,
        markdown_table(grid),
        *(f"- {markdown(line)}" for line in ablation_in_words(ablation)),
        "These score the recipe that you choose on the test rows, once; it is trained already:",
        commands,
        *(
            part
            for step in ablation.steps
            if (table := _by_seed(step))
            for part in (f"## {markdown(step.step)}", table.caption, markdown_table(table))
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _by_seed(step: StepWorth) -> Grid | None:
    """The figure that decides, seed by seed; both sides began with the same."""
    worth = step.deciding
    if worth is None:
        return None
    return Grid(
        caption="The figure that decides, by seed.",
        header=("Seed", "with", "without"),
        rows=tuple(
            (str(seed), decimals(ours), decimals(theirs))
            for seed, ours, theirs in zip(
                worth.seeds, worth.with_step, worth.without_step, strict=True
            )
        ),
    )
