"""What trainings with and without a step answered to the same validation rows ─► what it is worth.

A step is told from nothing where the interval of its difference leaves out 0, and its p, corrected
for the number of steps (Holm 1979), is below 5 %; see `newtrick.evaluation.overseeds` for both. Or
where no training comes to anything on one side, and each does on the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np
from pydantic import JsonValue

from newtrick.data.labelcells import from_text
from newtrick.evaluation.arrays import Flags, Floats
from newtrick.evaluation.chances import holm
from newtrick.evaluation.lineup import Answers, Rows, line_up
from newtrick.evaluation.overseeds import (
    OverSeeds,
    macro_f1_by_row,
    micro_f1_by_row,
    over_seeds,
)
from newtrick.evaluation.paired import apart
from newtrick.evaluation.saved import SavedPredictions
from newtrick.evaluation.task import TaskName
from newtrick.evaluation.value import Value


class Trainings(Value):
    """Those with a step, or those without: by seed the seconds that training took.

    The trainings with the seeds in `lost` came to nothing, and count nowhere.
    """

    seeds: tuple[int, ...]
    lost: tuple[int, ...] = ()
    seconds: tuple[float, ...]

    @property
    def all_lost(self) -> bool:
        """Whether none came to anything."""
        return not self.seeds

    @property
    def mean_seconds(self) -> float | None:
        """Of a training; None where there is none."""
        return fmean(self.seconds) if self.seconds else None


class Worth(Value):
    """A figure with a step and without, for each of `seeds`; how much higher it is with it.

    `difference` is of the means, the interval of 95 %; `p` that it is chance, as if there were no
    other step. The seeds are those whose trainings came to something on both sides.
    """

    seeds: tuple[int, ...]
    with_step: tuple[float, ...]
    without_step: tuple[float, ...]
    difference: float
    interval: tuple[float, float]
    p: float

    @classmethod
    def of(cls, found: OverSeeds, seeds: Sequence[int]) -> Worth:
        """As it was found."""
        return cls(
            seeds=tuple(seeds),
            with_step=found.first,
            without_step=found.other,
            difference=found.difference,
            interval=found.interval,
            p=found.p,
        )


class StepWorth(Value):
    """What a step is worth; the figures are absent where nothing can be told.

    That is where fewer than two seeds came to something on both sides, or where all rows are of
    one group.

    `with_value` is what the recipe has `setting` at, `without_value` what it was without the step;
    one that is unset is absent. Where a row may have several labels, `accuracy` is the share of
    rows with all of them right, and `micro_f1` is the figure that decides; else it is `accuracy`.
    `p` is of that figure, corrected for the number of steps; `helps` whether the step does, and
    absent where that cannot be told.
    """

    step: str
    what: str
    setting: str
    with_value: JsonValue = None
    without_value: JsonValue = None
    with_step: Trainings
    without_step: Trainings
    accuracy: Worth | None = None
    micro_f1: Worth | None = None
    macro_f1: Worth | None = None
    loss: Worth | None = None
    p: float | None = None
    helps: bool | None = None

    @property
    def deciding(self) -> Worth | None:
        """The figure that decides."""
        return self.micro_f1 or self.accuracy


class Ablation(Value):
    """Each step against the whole recipe, on the validation rows; no test row was scored."""

    format: Literal[1] = 1
    task: TaskName
    labels: tuple[str, ...]
    model: str
    data: str
    scored_on: Literal["validation"] = "validation"
    rows: int
    groups: int | None = None
    seeds: tuple[int, ...]
    steps: tuple[StepWorth, ...]


@dataclass(frozen=True)
class Side:
    """The trainings with a step, or those without.

    Attributes:
        trainings: Which there are, and what they took.
        predictions: What those said of the validation rows that came to something, by seed.
    """

    trainings: Trainings
    predictions: Mapping[int, SavedPredictions]

    def seeds_with(self, other: Side) -> list[int]:
        """Those of both, if they are enough for a spread; else none."""
        both = [seed for seed in self.predictions if seed in other.predictions]
        return both if len(both) > 1 else []


def worth_of(whole: Side, without: Mapping[str, Side]) -> Mapping[str, Mapping[str, Worth]]:
    """What each step is worth by its name: figures by theirs, as far as they can be told.

    Args:
        whole: The trainings of the whole recipe.
        without: Those without a step, by its name.

    Raises:
        DataError: The models did not answer to the same rows.
    """
    pairs = {name: seeds for name, side in without.items() if (seeds := whole.seeds_with(side))}
    if not pairs:
        return {}
    sides = {"": whole, **{name: without[name] for name in pairs}}
    keys = [(name, seed) for name, side in sides.items() for seed in side.predictions]
    rows, answers = line_up([sides[name].predictions[seed] for name, seed in keys])
    if rows.groups is not None and not rows.groups.any():  # a single group has no spread
        return {}
    figures = {key: _figures(rows, each) for key, each in zip(keys, answers, strict=True)}

    def worth(figure: str, name: str, seeds: Sequence[int]) -> Worth:
        ours, theirs = (
            np.stack([figures[side, seed][figure] for seed in seeds]) for side in ("", name)
        )
        found = over_seeds(ours, theirs, rows.groups, counts_rows=figure != "loss")
        return Worth.of(found, seeds)

    return {
        name: {figure: worth(figure, name, seeds) for figure in figures[keys[0]]}
        for name, seeds in pairs.items()
    }


def judged(steps: Sequence[StepWorth]) -> tuple[StepWorth, ...]:
    """Each with the p of its deciding figure corrected for all that there are, and judged by it."""
    found = [(step, step.deciding) for step in steps]
    corrected = iter(holm(np.array([worth.p for _, worth in found if worth])).tolist())
    return tuple(
        _by_losses(step) if worth is None else _judged(step, worth, next(corrected))
        for step, worth in found
    )


def _by_losses(step: StepWorth) -> StepWorth:
    ours, theirs = step.with_step, step.without_step
    if ours.all_lost == theirs.all_lost or (ours.lost and theirs.lost):
        return step
    return step.model_copy(update={"helps": theirs.all_lost})


def _judged(step: StepWorth, worth: Worth, p: float) -> StepWorth:
    helps = worth.difference > 0 if apart(p, worth.interval) else None
    return step.model_copy(update={"p": p, "helps": helps})


def _figures(rows: Rows, model: Answers) -> dict[str, Floats]:
    """What each row adds to each figure of a model, shape (rows,)."""
    several = model.saved.multi_label
    holds = _labels_of(rows.names, model.saved)
    truth, named = holds[rows.labels], holds[model.predicted]
    figures = {
        "accuracy": (model.predicted == rows.labels).astype(np.float64),
        "macro_f1": macro_f1_by_row(truth, named, all_labels=several),
    }
    if several:
        figures["micro_f1"] = micro_f1_by_row(truth, named)
    if model.losses is not None:
        figures["loss"] = model.losses
    return figures


def _labels_of(names: Sequence[str], saved: SavedPredictions) -> Flags:
    """Which labels each answer stands for, shape (answers, labels)."""
    sets = [set(from_text(name)) if saved.multi_label else {name} for name in names]
    flags: Flags = np.array([[label in held for label in saved.labels] for held in sets])
    return flags
