"""The rows that a run is trained on: those with labels and, after them, those with a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newtrick.data.dataset import Dataset, row_ids, targets
from newtrick.distillation.lessons import Lessons
from newtrick.encoder.tokens import TokenIds
from newtrick.recipe import Recipe
from newtrick.training.objectives import Objective, objective_of
from newtrick.training.taught import Taught


@dataclass(frozen=True)
class TrainingRows:
    """What the training loop is given.

    Attributes:
        tokens: The texts.
        names: Each row as `file:row`.
        objective: What to learn of them.
    """

    tokens: TokenIds
    names: Sequence[str]
    objective: Objective


def training_rows(
    recipe: Recipe, dataset: Dataset, tokens: TokenIds, lessons: Lessons | None
) -> TrainingRows:
    """The training split, and lessons beside it.

    Args:
        recipe: How rows are weighed.
        dataset: Its training split has the labels.
        tokens: The texts of that split.
        lessons: Texts without labels, if there are any.
    """
    labels, names = dataset.labels, row_ids(dataset.train)
    labelled = targets(dataset.train, labels)
    if lessons is None:
        return TrainingRows(tokens, names, objective_of(labelled, labels, recipe.training))
    objective = Taught.of(labelled, lessons.shares, labels, recipe.training, recipe.distillation)
    return TrainingRows(
        tokens.followed_by(lessons.tokens), names + row_ids(lessons.rows), objective
    )
