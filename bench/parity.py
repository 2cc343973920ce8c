"""Whether speed costs accuracy: plain float32 training by transformers' Trainer, and newtrick's.

    python bench/parity.py                              # hours; stop it, and go on with the same
    python bench/parity.py --rows 500 --epochs 1 --json parity.json

Both train all-MiniLM-L6-v2 by the default recipe on the same rows: same start, learning rate and
schedule, batches of 32, dropout, and 256 tokens of each text. The Trainer does it in float32 and in
random order; newtrick in the format that it picks for the machine, with its own dropout, and in
batches of rows of like length. The weights after the last step are scored on the same test rows, in
float32; no checkpoint is chosen. The seed of a run decides its new layers, the order of its rows,
and its dropout.

The figures of each finished run are kept in the folder of `--out`, and it is not taken again: give
another folder after a change of the code.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import stats

from engine import train_with_engine
from forecast import Forecast, tell
from newtrick.data.load import load_dataset
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.evaluation.metrics.probability import log_loss
from newtrick.evaluation.predict import predict_logits
from newtrick.recipe import DataSettings, Recipe, TrainingSettings
from newtrick.storage import write_file
from newtrick.training.precision import choose_precision
from newtrick.training.validation import LabelledTokens
from peer import features, train_with_trainer
from reviews import Reviews, add_data_argument, sampled

SNIPPETS, IMDB = "movie-snippets", "imdb"
ROWS = {SNIPPETS: 2000, IMDB: 4000}
TEST_ROWS = 2000
SEEDS = range(42, 47)
LEVEL = 0.95


def main() -> None:
    """Take the runs that are missing; print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--rows", type=int, help="how many to train on (2,000 of movie-snippets, 4,000 of IMDb)"
    )
    parser.add_argument("--epochs", type=float, default=2.0, help="passes over them (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/parity"), help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    add_data_argument(parser)
    given = parser.parse_args()

    sources = {SNIPPETS: SNIPPETS, IMDB: given.data}
    plans = [
        Plan(data, given.rows or ROWS[data], given.epochs, seed, side)
        for seed in SEEDS
        for data in sources
        for side in TRAIN
    ]
    outcomes = take_missing(plans, sources, given.out / "outcomes.json")
    rows = [Row.of(data, figure, outcomes) for data in sources for figure in FIGURES]
    print_table(rows, plans)
    if given.json:
        document = {"rows": [asdict(row) for row in rows]}
        given.json.write_text(json.dumps(document, indent=2) + "\n")


@dataclass(frozen=True)
class Plan:
    """A training to be done.

    Attributes:
        data: The name of the data set.
        rows: How many of its training rows.
        epochs: Passes over them.
        seed: Of everything that is random.
        side: Who trains.
    """

    data: str
    rows: int
    epochs: float
    seed: int
    side: str

    @property
    def recipe(self) -> Recipe:
        """The default one, this long."""
        return Recipe().with_settings({"training.epochs": self.epochs, "training.seed": self.seed})

    def __str__(self) -> str:
        return f"{self.data}, {self.side}, seed {self.seed}"


@dataclass(frozen=True)
class Outcome:
    """What came of it: the figures of the test rows, and the seconds of training."""

    plan: Plan
    accuracy: float
    loss: float
    seconds: float


FIGURES = ("accuracy", "loss")


def take_missing(plans: Sequence[Plan], sources: Mapping[str, str], path: Path) -> list[Outcome]:
    """Do what is planned and not kept yet, and keep it.

    Args:
        plans: All trainings wanted.
        sources: Where each data set is, by its name.
        path: The file of what was done before.

    Returns:
        The outcomes in the order of the plans.
    """
    kept = {outcome.plan: outcome for outcome in read_outcomes(path)}
    missing = [plan for plan in plans if plan not in kept]
    for done, plan in enumerate(missing, 1):
        outcome = take(plan, load_sample(sources[plan.data], plan.rows))
        kept[plan] = outcome
        write_file(path, json.dumps([asdict(each) for each in kept.values()], indent=2) + "\n")
        left = time_left(missing[done:], list(kept.values()))
        tell(
            f"{done} of {len(missing)}: {plan}: accuracy {outcome.accuracy:.4f},"
            f" loss {outcome.loss:.4f}, {outcome.seconds:.0f} s{left}"
        )
    return [kept[plan] for plan in plans]


def read_outcomes(path: Path) -> list[Outcome]:
    """Those of earlier runs."""
    if not path.exists():
        return []
    kept = json.loads(path.read_text("utf-8"))
    return [Outcome(**{**outcome, "plan": Plan(**outcome["plan"])}) for outcome in kept]


def time_left(missing: Sequence[Plan], outcomes: Sequence[Outcome]) -> str:
    """What the rest will take, as soon as each of its kinds was done once."""
    seconds = defaultdict(list)
    for outcome in outcomes:
        plan = outcome.plan
        seconds[plan.data, plan.side, plan.rows, plan.epochs].append(outcome.seconds)
    alike = [seconds[plan.data, plan.side, plan.rows, plan.epochs] for plan in missing]
    if not all(alike):
        return ""
    return f", {sum(float(np.mean(times)) for times in alike) / 60:.0f} minutes to go"


@dataclass(frozen=True)
class Sample:
    """The rows that all runs on a data set share."""

    train: Reviews
    test: Reviews


@cache
def load_sample(source: str, rows: int) -> Sample:
    """Draw training and test rows from the splits; always the same."""
    dataset = load_dataset(DataSettings(source=source), seed=SEEDS[0])
    return Sample(
        sampled(dataset.train, dataset.labels, rows),
        sampled(dataset.test, dataset.labels, TEST_ROWS),
    )


def take(plan: Plan, sample: Sample) -> Outcome:
    """Train, and score the last weights."""
    encoder = load_encoder(plan.recipe, sample.train.classes)
    tokens = encoder.tokenize(sample.train.texts)
    forecast = Forecast(str(plan), round(int(tokens.lengths.sum()) * plan.epochs))
    started = time.monotonic()
    TRAIN[plan.side](encoder, sample.train, plan.recipe.training, forecast)
    seconds = time.monotonic() - started
    logits = predict_logits(
        encoder.model,
        encoder.tokenize(sample.test.texts),
        pad_id=encoder.pad_id,
        batch_size=plan.recipe.training.eval_batch_size,
    )
    right = logits.argmax(axis=1) == sample.test.labels
    return Outcome(plan, float(right.mean()), log_loss(logits, sample.test.labels), seconds)


def with_trainer(
    encoder: Encoder, rows: Reviews, settings: TrainingSettings, see: Callable[[int], None]
) -> None:
    """What the default recipe says, in the Trainer's terms."""
    max_tokens = encoder.truncation.max_tokens
    train_with_trainer(
        encoder,
        features(encoder.tokenizer, rows, max_tokens, pad_all=False),
        see,
        seed=settings.seed,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.train_batch_size,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.warmup_share,
        weight_decay=settings.weight_decay,
        adam_beta1=settings.adam_beta1,
        adam_beta2=settings.adam_beta2,
        adam_epsilon=settings.adam_epsilon,
        max_grad_norm=settings.max_gradient_norm,
    )


def with_newtrick(
    encoder: Encoder, rows: Reviews, settings: TrainingSettings, see: Callable[[int], None]
) -> None:
    """As `newtrick train` does it."""
    labelled = LabelledTokens(encoder.tokenize(rows.texts), rows.labels)
    train_with_engine(encoder, labelled, settings, see)


TRAINER, NEWTRICK = "Trainer", "newtrick"
TRAIN = {TRAINER: with_trainer, NEWTRICK: with_newtrick}


@dataclass(frozen=True)
class Row:
    """A row of the table: a figure of the test rows, over all seeds.

    Attributes:
        data: The data set.
        figure: `accuracy` or `loss`.
        trainer_mean: Of the Trainer's runs.
        trainer_spread: Their standard deviation.
        newtrick_mean: Of newtrick's runs.
        newtrick_spread: Their standard deviation.
        difference: The mean of newtrick minus that of the Trainer.
        margin: Half of the 95 % interval of the difference: Student's t of the pairs of a seed.
    """

    data: str
    figure: str
    trainer_mean: float
    trainer_spread: float
    newtrick_mean: float
    newtrick_spread: float
    difference: float
    margin: float

    @classmethod
    def of(cls, data: str, figure: str, outcomes: Sequence[Outcome]) -> Row:
        """Compare the sides."""
        sides = {
            side: np.array(
                [
                    getattr(outcome, figure)
                    for outcome in outcomes
                    if (outcome.plan.data, outcome.plan.side) == (data, side)
                ]
            )
            for side in TRAIN
        }
        differences = sides[NEWTRICK] - sides[TRAINER]
        pairs = len(differences)
        quantile = float(stats.t.ppf((1 + LEVEL) / 2, pairs - 1))
        return cls(
            data=data,
            figure=figure,
            trainer_mean=float(sides[TRAINER].mean()),
            trainer_spread=float(sides[TRAINER].std(ddof=1)),
            newtrick_mean=float(sides[NEWTRICK].mean()),
            newtrick_spread=float(sides[NEWTRICK].std(ddof=1)),
            difference=float(differences.mean()),
            margin=quantile * float(differences.std(ddof=1)) / math.sqrt(pairs),
        )

    @property
    def within_spread(self) -> bool:
        """Whether the sides differ by no more than the seeds of one of them do."""
        return abs(self.difference) <= max(self.trainer_spread, self.newtrick_spread)


def print_table(rows: Sequence[Row], plans: Sequence[Plan]) -> None:
    """The figures, for people."""
    settings = plans[0].recipe.training
    print(
        f"{len(SEEDS)} seeds, {settings.epochs:g} epochs, {TEST_ROWS:,} test rows;"
        f" newtrick trains in {choose_precision(settings)}\n"
    )
    print(
        f"{'data':15} {'rows':>5}  {'figure':8}  {'Trainer, float32':>17}  {'newtrick':>17}"
        f"  {'difference, 95 %':>17}  within spread"
    )
    for row in rows:
        [trained_on] = {plan.rows for plan in plans if plan.data == row.data}
        print(
            f"{row.data:15} {trained_on:5,}  {row.figure:8}"
            f"  {row.trainer_mean:8.4f} ± {row.trainer_spread:.4f}"
            f"  {row.newtrick_mean:8.4f} ± {row.newtrick_spread:.4f}"
            f"  {row.difference:+8.4f} ± {row.margin:.4f}  {'yes' if row.within_spread else 'no'}"
        )


if __name__ == "__main__":
    main()
