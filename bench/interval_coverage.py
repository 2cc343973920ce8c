"""How often the 95 % intervals hold the truth: test sets drawn from a model whose scores are known.

    python bench/interval_coverage.py                  # 1,000 test sets of each kind, 10 minutes
    python bench/interval_coverage.py --draws 100 --json coverage.json

A model is a share of rows for each label, and a recall for each; its mistakes go to the other
labels alike. Its true figures follow. The rows of a test set are drawn by chance; or as many of
each label as a stratified split takes; or in groups of five, where a row is with one chance in
three a copy of the first of its group, and the groups are told to the intervals. 1,000 draws
measure a coverage to within 1.4 points.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forecast import Forecast
from newtrick.data.dataset import LabelSet
from newtrick.evaluation.figures import of_counts
from newtrick.evaluation.metrics.decisions import Counts
from newtrick.evaluation.score import score_decisions

FIGURES = ("accuracy", "macro_f1", "balanced_accuracy", "mcc")
SIZES = (300, 1000, 2000)
GROUP = 5
COPIES = 1 / 3
PROMISED = (0.93, 0.97)

Ids = npt.NDArray[np.int64]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=1000, help="test sets a line (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args()

    plans = [Plan(model, rows, "by chance") for model in MODELS for rows in SIZES]
    plans += [Plan(model, 1000, way) for way in ("by label", "in groups") for model in MODELS]
    forecast = Forecast("drawing", len(plans))
    print(f"{'model':34} {'rows':>5}  {'drawn':9}", *(f"{name:>17}" for name in FIGURES))
    rows = []
    for number, plan in enumerate(plans, start=1):
        row = Row(plan, coverage(plan, given.draws))
        print(row, flush=True)
        rows.append(row)
        forecast(number)
    print(f"* outside {PROMISED[0]:.0%} to {PROMISED[1]:.0%}")
    if given.json:
        document = {"draws": given.draws, "rows": [asdict(row) for row in rows]}
        given.json.write_text(json.dumps(document, indent=2) + "\n")


@dataclass(frozen=True)
class Model:
    """A model by what it does.

    Attributes:
        name: Of it.
        shares: The share of rows that each label has.
        recalls: The share of each label's rows that it gets right.
    """

    name: str
    shares: tuple[float, ...]
    recalls: tuple[float, ...]

    @property
    def labels(self) -> LabelSet:
        """As many as there are shares."""
        return LabelSet.of(tuple("abcdefgh"[: len(self.shares)]))

    @property
    def answers(self) -> npt.NDArray[np.float64]:
        """The chance of each answer to a row of each label; shape (labels, labels)."""
        recalls = np.array(self.recalls)
        chances = np.repeat(((1 - recalls) / (len(recalls) - 1))[:, None], len(recalls), axis=1)
        np.fill_diagonal(chances, recalls)
        return chances

    def truth(self) -> dict[str, float]:
        """Its figures on rows without end."""
        joint = np.array(self.shares)[:, None] * self.answers
        counts = Counts(np.diag(joint), joint.sum(axis=1), joint.sum(axis=0))
        return {name: float(value) for name, value in of_counts(counts, None).items()}


MODELS = (
    Model("two labels, even", (0.5, 0.5), (0.85, 0.85)),
    Model("two, uneven", (0.9, 0.1), (0.97, 0.7)),
    Model("five, even", (0.2,) * 5, (0.8,) * 5),
    Model("five, uneven", (0.5, 0.25, 0.15, 0.07, 0.03), (0.9, 0.8, 0.8, 0.6, 0.5)),
    Model("five, uneven, 3 % mistakes", (0.5, 0.25, 0.15, 0.07, 0.03), (0.97,) * 5),
)


@dataclass(frozen=True)
class Plan:
    """Test sets to be drawn."""

    model: Model
    rows: int
    drawn: str


@dataclass(frozen=True)
class Row:
    """A line of the table: the share of intervals of each figure that held the truth."""

    plan: Plan
    coverage: dict[str, float]

    def __str__(self) -> str:
        low, high = PROMISED
        cells = (
            f"{self.coverage[name]:15.1%} {' ' if low <= self.coverage[name] <= high else '*'}"
            for name in FIGURES
        )
        plan = self.plan
        return " ".join((f"{plan.model.name:34} {plan.rows:5,}  {plan.drawn:9}", *cells))


def coverage(plan: Plan, draws: int) -> dict[str, float]:
    """Draw test sets, and see which intervals hold the truth."""
    chance = np.random.default_rng(0)
    truth = plan.model.truth()
    held = dict.fromkeys(FIGURES, 0)
    for _ in range(draws):
        labels, answers, groups = draw(plan, chance)
        scores = score_decisions(answers, labels, plan.model.labels, groups=groups)
        intervals = {**scores.intervals, "accuracy": scores.accuracy_interval}
        for name in FIGURES:
            low, high = intervals[name]
            held[name] += low <= truth[name] <= high
    return {name: count / draws for name, count in held.items()}


def draw(plan: Plan, chance: np.random.Generator) -> tuple[Ids, Ids, Ids | None]:
    """The labels, the answers and, if there are any, the groups of the rows of a test set."""
    shares = np.array(plan.model.shares)
    if plan.drawn == "by label":
        labels = np.repeat(np.arange(len(shares)), np.round(shares * plan.rows).astype(int))
    else:
        labels = chance.choice(len(shares), plan.rows, p=shares)
    answers = answer(plan.model.answers, labels, chance)
    if plan.drawn != "in groups":
        return labels, answers, None
    groups = np.arange(plan.rows) // GROUP
    first = np.where(chance.random(plan.rows) < COPIES, groups * GROUP, np.arange(plan.rows))
    return labels[first], answers[first], groups


def answer(chances: npt.NDArray[np.float64], labels: Ids, chance: np.random.Generator) -> Ids:
    """An answer to each label."""
    below = chances.cumsum(axis=1)[labels, :-1]
    answers: Ids = (chance.random((len(labels), 1)) > below).sum(axis=1)
    return answers


if __name__ == "__main__":
    main()
