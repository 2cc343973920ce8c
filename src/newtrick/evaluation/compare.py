"""What several models answered to the same rows ─► which is better, or that the rows cannot tell.

Two models are told apart as `newtrick.evaluation.paired` has it, with McNemar's test corrected for
the number of comparisons (Holm 1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from newtrick.data.labelcells import from_text
from newtrick.errors import UsageError
from newtrick.evaluation.arrays import Flags, Floats, Weights
from newtrick.evaluation.chances import holm
from newtrick.evaluation.intervals import (
    SEED,
    design_effect,
    percentile_interval,
    unseen_rows,
    with_unseen_rows,
)
from newtrick.evaluation.lineup import Answers, Rows, line_up, row_count
from newtrick.evaluation.metrics.decisions import Counts, macro_f1
from newtrick.evaluation.metrics.weighting import mean
from newtrick.evaluation.paired import Lead, Paired, apart, micro_f1_lead
from newtrick.evaluation.saved import SavedPredictions
from newtrick.evaluation.value import Value

_SMALL = 0.0005  # a difference that one decimal would show as none
SHOWN = 20
"""Rows told of those that one model alone gets right."""


class Difference(Value):
    """A figure of both, and how much higher the other one's is, with its 95 % interval."""

    first: float
    other: float
    difference: float
    interval: tuple[float, float]


class Example(Value):
    """A row that one of the two alone gets right."""

    id: str
    label: str
    first: str
    other: str
    text: str | None = None


class Versus(Value):
    """A model against the first.

    `only_other` and `only_first` count the rows that one alone gets right; some of them are in
    `wins` and `losses`. `p` is of McNemar's exact test, corrected for the number of comparisons;
    `better` is the name of the better one, absent where the rows cannot tell. Where both are runs
    of the same recipe with different seeds (`same_recipe`), that is the luck of a training.

    Where a row may have several labels, the accuracy is the share of rows with all of them right,
    and there is a micro F1 instead of a macro F1.
    """

    first: str
    other: str
    accuracy: Difference
    macro_f1: Difference | None = None
    micro_f1: Difference | None = None
    loss: Difference | None = None
    only_other: int
    only_first: int
    p: float
    better: str | None = None
    same_recipe: bool = False
    wins: tuple[Example, ...] = ()
    losses: tuple[Example, ...] = ()

    @property
    def verdict(self) -> str:
        """One sentence."""
        ahead, behind = self.other, self.first
        gap, (low, high) = self.accuracy.difference, self.accuracy.interval
        if gap < 0:
            ahead, behind = behind, ahead
            gap, low, high = -gap, -high, -low
        only = {self.other: self.only_other, self.first: self.only_first}
        rows = (
            f"{row_count(only[ahead])} only {ahead} gets right, {only[behind]:,} only {behind}"
            f" (McNemar's p {self.p:.2g})"
        )
        digits = 2 if min(map(abs, (gap, low, high))) < _SMALL else 1
        shown = [f"{100 * share:.{digits}f}" for share in (gap, low, high)]
        points = f"{shown[0]} points (95 % {shown[1]} to {shown[2]})"
        if self.micro_f1 is not None:
            points += " in rows with all labels right"
        if self.better is None:
            return (
                f"The data cannot tell {self.first} and {self.other} apart: {ahead} is above"
                f" {behind} by {points}; {rows}."
            )
        verdict = f"{ahead} is better by {points}; {rows}."
        if self.same_recipe:
            verdict += (
                " Both are of one recipe and differ in their seeds: it is the luck of a training,"
                " and says nothing of recipes."
            )
        return verdict


class Comparison(Value):
    """All models against the first, on the same rows."""

    format: Literal[1] = 1
    rows: int
    groups: int | None = None
    labels: tuple[str, ...]
    against_first: tuple[Versus, ...]
    verdicts: tuple[str, ...]


def compare(models: Sequence[SavedPredictions]) -> Comparison:
    """Compare models with the first of them.

    Raises:
        UsageError: There are fewer than two, or two of one name.
        DataError: They did not answer to the same rows, or these have other labels there.
    """
    names = [model.name for model in models]
    if len(models) < 2 or len(set(names)) < len(names):  # noqa: PLR2004 (it takes two)
        raise UsageError(
            "It takes two or more different models to compare.",
            found=", ".join(names),
            fix="newtrick compare RUN RUN",
        )
    rows, answers = line_up(models)
    multi_label = models[0].multi_label
    versus = _corrected(
        [_versus(rows, answers[0], other, multi_label=multi_label) for other in answers[1:]]
    )
    return Comparison(
        rows=len(rows.labels),
        groups=None if rows.groups is None else int(rows.groups.max()) + 1,
        labels=_label_names(rows) if multi_label else rows.names,
        against_first=versus,
        verdicts=tuple(each.verdict for each in versus),
    )


def _versus(rows: Rows, first: Answers, other: Answers, *, multi_label: bool) -> Versus:
    paired = Paired(first.predicted == rows.labels, other.predicted == rows.labels, rows.groups)
    wins, losses, lead = paired.wins, paired.losses, paired.lead()
    return Versus(
        first=first.saved.name,
        other=other.saved.name,
        accuracy=_of_lead(lead),
        macro_f1=None if multi_label else _macro_f1(rows, first, other),
        micro_f1=_micro_f1(rows, first, other) if multi_label else None,
        loss=_loss(rows, first, other),
        same_recipe=first.saved.recipe is not None and first.saved.recipe == other.saved.recipe,
        only_other=int(wins.sum()),
        only_first=int(losses.sum()),
        p=1.0 if lead.p is None else lead.p,
        wins=_examples(rows, first, other, wins),
        losses=_examples(rows, first, other, losses),
    )


def _macro_f1(rows: Rows, first: Answers, other: Answers) -> Difference:
    chance = np.random.default_rng(SEED)
    worth = design_effect(first.predicted == rows.labels, rows.groups)

    def counted(answers: Answers, weights: Weights | None = None) -> Counts:
        return Counts.of(rows.labels, answers.predicted, len(rows.names), weights)

    def resampled(weights: Weights) -> dict[str, Floats]:
        ours, theirs = counted(first, weights), counted(other, weights)
        unseen = unseen_rows(ours, chance, worth)  # right for one, wrong for the other
        gap = macro_f1(with_unseen_rows(theirs, unseen[::-1]))
        return {"gap": gap - macro_f1(with_unseen_rows(ours, unseen))}

    draws = rows.resampling.draw(resampled)["gap"]
    return _difference(float(macro_f1(counted(first))), float(macro_f1(counted(other))), draws)


def _label_names(rows: Rows) -> tuple[str, ...]:
    return tuple(sorted({name for text in rows.names for name in from_text(text)}))


def _micro_f1(rows: Rows, first: Answers, other: Answers) -> Difference:
    """That of sets of labels, by the labels that are in them."""
    sets = [frozenset(from_text(text)) for text in rows.names]

    def counted(answers: Answers) -> Floats:
        """For each row twice its hits, and how many labels it has and is given; (rows, 2)."""
        pairs = zip(rows.labels.tolist(), answers.predicted.tolist(), strict=True)
        return np.array(
            [(2 * len(sets[a] & sets[b]), len(sets[a]) + len(sets[b])) for a, b in pairs],
            dtype=np.float64,
        )

    return _of_lead(micro_f1_lead(counted(first), counted(other), rows.groups))


def _loss(rows: Rows, first: Answers, other: Answers) -> Difference | None:
    if first.losses is None or other.losses is None:
        return None
    worse = other.losses - first.losses
    draws = rows.resampling.draw(lambda weights: {"gap": mean(worse, weights)})["gap"]
    return _difference(float(first.losses.mean()), float(other.losses.mean()), draws)


def _of_lead(lead: Lead) -> Difference:
    return Difference(
        first=lead.first, other=lead.other, difference=lead.difference, interval=lead.interval
    )


def _difference(first: float, other: float, draws: Floats) -> Difference:
    gap = other - first
    interval = percentile_interval(draws, gap) or (gap, gap)
    return Difference(first=first, other=other, difference=gap, interval=interval)


def _examples(rows: Rows, first: Answers, other: Answers, chosen: Flags) -> tuple[Example, ...]:
    """The first rows of those chosen, with their texts if one of the two has them."""
    places = np.flatnonzero(chosen)[:SHOWN]
    source = next((a for a in (first, other) if a.saved.has_texts), first)
    texts = source.saved.texts(source.places[places].tolist())
    return tuple(
        Example(
            id=rows.ids[place],
            label=rows.names[rows.labels[place]],
            first=rows.names[first.predicted[place]],
            other=rows.names[other.predicted[place]],
            text=texts.get(int(source.places[place])),
        )
        for place in places.tolist()
    )


def _corrected(versus: Sequence[Versus]) -> tuple[Versus, ...]:
    """Each with its p corrected for all that there are, and judged by it."""
    corrected = holm(np.array([each.p for each in versus]))
    return tuple(
        _judged(each.model_copy(update={"p": p}))
        for each, p in zip(versus, corrected.tolist(), strict=True)
    )


def _judged(versus: Versus) -> Versus:
    if not apart(versus.p, versus.accuracy.interval):
        return versus
    better = versus.other if versus.accuracy.difference > 0 else versus.first
    return versus.model_copy(update={"better": better})
