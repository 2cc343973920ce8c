"""What a study tries unless it is told otherwise: a space for encoders, and where to begin."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from newtrick.data.dataset import LabelSet, all_label_ids
from newtrick.encoder.tokens import TokenIds, Truncation
from newtrick.errors import UsageError
from newtrick.recipe import Recipe
from newtrick.tuning.space import Choices, Point, Range, Space, Value, settings_of

_CUT = 0.05
"""Of fewer texts that are cut, it does not matter where."""

_UNBALANCED = 2.0
"""So many times as frequent as the rarest label is the most frequent one where weights matter."""

_SHORTEST = 64

_GOOD: Sequence[dict[str, object]] = (
    {},
    {"training.learning_rate": 5e-5, "training.train_batch_size": 16, "training.epochs": 3},
    {"training.learning_rate": 2e-4, "training.train_batch_size": 32, "training.epochs": 2},
    {"training.learning_rate": 1e-4, "training.train_batch_size": 16, "training.epochs": 2},
    {"training.learning_rate": 2e-5, "training.train_batch_size": 32, "training.epochs": 4},
)
"""What differs from the recipe: nothing; two of the settings that Devlin and others (2019) found to
work for BERT; and between them two for small encoders, which bear higher rates (Clark and others
2020). What is far from the recipe comes last, where it can be given up."""


@dataclass(frozen=True)
class Texts:
    """What is known of the training texts before any trial.

    Attributes:
        tokens: As the recipe reads them.
        limit: The most tokens that the model reads.
        imbalance: How many times as frequent as the rarest label the most frequent one is.
    """

    tokens: TokenIds
    limit: int
    imbalance: float

    def read(self, truncation: Truncation) -> int:
        """The tokens of an epoch, were they read in this way."""
        longest = truncation.longest_whole(self.tokens.special)
        return int(np.minimum(self.tokens.full_lengths, longest).sum())

    def cut(self, truncation: Truncation) -> float:
        """The share of the texts that are too long."""
        longest = truncation.longest_whole(self.tokens.special)
        return float((self.tokens.full_lengths > longest).mean())


def imbalance_of(rows: pl.DataFrame, labels: LabelSet) -> float:
    """How many times as frequent as the rarest label the most frequent one is."""
    counts = np.bincount(all_label_ids(rows).to_numpy(), minlength=len(labels))
    return float(counts.max() / max(1, counts.min()))


def default_space(recipe: Recipe, texts: Texts, fixed: Collection[str] = ()) -> Space:
    """The settings that matter for encoders, in ranges that hold those of the recipe.

    How texts are cut is among them where one in twenty is; class weights are where labels differ in
    frequency and the figure that decides counts them alike (a weighted loss is not the plain one).

    Args:
        recipe: That the study starts from.
        texts: What is known of the training texts.
        fixed: Settings that are to stay as the recipe has them.

    Raises:
        UsageError: All of them are.
    """
    settings: dict[str, Range | Choices] = {
        "training.learning_rate": _holding(recipe.training.learning_rate, 1e-5, 3e-4),
        "training.train_batch_size": _among(recipe.training.train_batch_size, (16, 32, 64)),
        "training.epochs": _epochs(recipe.training.epochs),
        "training.warmup_share": Range(0.0, max(0.2, recipe.training.warmup_share)),
        "training.weight_decay": Range(0.0, max(0.1, recipe.training.weight_decay)),
        "training.layer_decay": Range(min(0.8, recipe.training.layer_decay), 1.0),
    }
    weighted = texts.imbalance > _UNBALANCED and "f1" in recipe.training.best_by
    if weighted:
        settings["training.class_weights"] = Choices(("none", "balanced"))
    settings |= _reading(recipe, texts)
    free = {key: domain for key, domain in settings.items() if key not in fixed}
    if not free:
        raise UsageError(
            "All settings that a study would try are set.",
            where="--set",
            found=", ".join(sorted(settings)),
            fix="leave one of them to the study, or give it others: --space FILE",
        )
    return Space(free)


def known_good(recipe: Recipe, space: Space) -> list[Point]:
    """The points to begin with: the recipe itself first, as far as the space has it."""
    points: list[Point] = []
    for different in _GOOD:
        point = space.nearest(settings_of(recipe) | different)
        if point not in points:
            points.append(point)
    return points


def _reading(recipe: Recipe, texts: Texts) -> dict[str, Range | Choices]:
    """How long texts are read, where there are enough of them."""
    own = Truncation.of(recipe.data, texts.limit)
    if own.keep == "windows" or texts.cut(own) < _CUT:
        return {}
    lengths = [own.max_tokens // 2, own.max_tokens, min(2 * own.max_tokens, texts.limit)]
    useful: list[Value] = [n for n in sorted(set(lengths)) if n >= min(_SHORTEST, own.max_tokens)]
    reading: dict[str, Range | Choices] = {
        "data.truncation": Choices(("head", "tail", "head+tail"))
    }
    if len(useful) > 1:
        reading["data.max_tokens"] = Choices(tuple(useful))
    return reading


def _holding(value: float, low: float, high: float) -> Range:
    return Range(min(low, value), max(high, value), log=True)


def _among(value: Value, usual: tuple[int, ...]) -> Choices:
    return Choices(usual if value in usual else (value, *usual))


def _epochs(own: float) -> Range:
    whole = own == int(own)
    return Range(min(1, own), max(4, own), whole=whole)
