"""A scikit-learn estimator around the same training."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from newtrick.classifier import Classifier, checked_texts
from newtrick.data.clean import clean_text
from newtrick.data.dataset import SCHEMA, LabelSet, label_odds, row_ids, targets, texts
from newtrick.data.split import cut
from newtrick.encoder.load import load_encoder
from newtrick.errors import DataError, RecipeError
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.training import loop
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.objectives import objective_of
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

Texts = Sequence[str] | npt.NDArray[Any]


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn is untyped
    """Fine-tunes a pretrained encoder; `fit`, `predict` and `predict_proba` take lists of texts.

    A text has one label, or any number of them: then `fit` takes a table of 0 and 1 with a column
    for each label, as scikit-learn does, or lists of labels, and `predict` gives the like.

    Some of the rows given to `fit` (`data.validation_share`) are held out to choose the best
    checkpoint. Nothing is scored and no run folder is written: cross-validation, or
    `newtrick.train`, is for that.

    Args:
        model: A catalogue name, a folder, or a hub id.
        recipe: A shipped recipe's name or the path of a TOML file.
        settings: Changes to the recipe by dotted name, such as {"training.epochs": 2}.
        random_state: The seed; by default the recipe's.

    Attributes:
        classes_: The labels, sorted, or the numbers of a table's columns; in the order of the
            probabilities' columns, shape (classes,).
        classifier_: The trained classifier.
    """

    def __init__(
        self,
        model: str = "all-MiniLM-L6-v2",
        *,
        recipe: str = "default",
        settings: Mapping[str, object] | None = None,
        random_state: int | None = None,
    ) -> None:
        self.model = model
        self.recipe = recipe
        self.settings = settings
        self.random_state = random_state

    def fit(self, X: Texts, y: Sequence[object] | npt.NDArray[Any]) -> Self:  # noqa: N803
        """Train on texts and their labels, both of shape (texts,); or a table, (texts, labels).

        Raises:
            DataError: Something among the texts is not a string, or there is one class alone.
            TrainingLost: The model learns nothing, or its numbers break down.
        """
        check_consistent_length(X, y)
        given = _read_labels(y)
        self.classes_, labels = given.classes, given.label_set
        self._lists = given.are_lists
        recipe = self._recipe()
        split = cut(
            _frame(X, given.column),
            labels,
            validation_share=recipe.data.validation_share,
            test_share=0,
            max_train_rows=recipe.data.max_train_rows,
            seed=recipe.data.split_seed,
            where="X",
        )
        encoder = load_encoder(recipe, labels, label_odds(split.train, labels))
        with tempfile.TemporaryDirectory() as folder:
            loop.train(
                encoder,
                objective_of(targets(split.train, labels), labels, recipe.training),
                encoder.tokenize(texts(split.train)),
                LabelledTokens(
                    encoder.tokenize(texts(split.validation)), targets(split.validation, labels)
                ),
                recipe.training,
                checkpoints=Checkpoints(Path(folder), recipe.training.keep_checkpoints),
                stop=StopRequest(),
                tell=Watchdog(row_ids(split.train), accepted=()).see,
            )
        self.classifier_ = Classifier(encoder)
        return self

    def predict(self, X: Texts) -> npt.NDArray[Any] | list[list[Any]]:  # noqa: N803
        """The most probable label of each text, shape (texts,).

        Of several, all that are more probable than not: a table or lists, as `fit` was given.
        """
        shares = self.predict_proba(X)
        decided = self.classifier_.task.decide_by(shares.astype(np.float64))
        if not self.classifier_.encoder.labels.multi_label:
            predicted: npt.NDArray[Any] = self.classes_[decided]
            return predicted
        if self._lists:
            return [self.classes_[row].tolist() for row in decided]
        return decided.astype(np.int64)

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float32]:  # noqa: N803
        """The probability of each label, shape (texts, classes)."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(list(X))

    def _recipe(self) -> Recipe:
        settings = {"model.name": self.model, **(self.settings or {})}
        if self.random_state is not None:
            settings["training.seed"] = settings["data.split_seed"] = self.random_state
        recipe = load_recipe(self.recipe).with_settings(settings)
        for section in ("adaptation", "distillation"):
            if getattr(recipe, section).source is not None:
                raise RecipeError(
                    "TextClassifier learns from the texts that it is given alone.",
                    where=f"{section}.source",
                    fix="newtrick.train(...) with this setting, or leave it out",
                )
        return recipe

    def __sklearn_tags__(self) -> Tags:
        """Texts in one dimension, rather than numbers in two."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.classifier_tags.multi_label = True
        return tags


@dataclass(frozen=True)
class _Given:
    """Labels as they were given.

    Attributes:
        classes: Shape (classes,).
        label_set: Their names.
        column: The ids of each row, as the column `label` of a split has them.
        are_lists: Whether they came as lists of labels.
    """

    classes: npt.NDArray[Any]
    label_set: LabelSet
    column: pl.Series
    are_lists: bool = False


def _read_labels(y: Any) -> _Given:
    if all(isinstance(labels, list | tuple | set | frozenset) for labels in y) and not _is_table(y):
        return _of_lists(y)
    check_classification_targets(y)
    if _is_table(y):
        table = np.asarray(y.toarray() if hasattr(y, "toarray") else y, dtype=np.bool_)
        column = [np.flatnonzero(flags).tolist() for flags in table]
        return _several(np.arange(table.shape[1]), column)
    classes, ids = np.unique(column_or_1d(y), return_inverse=True)
    if len(classes) == 1:
        raise DataError("Training needs two classes or more.", found=classes[0])
    label_set = LabelSet.of(str(name) for name in classes)
    return _Given(classes, label_set, pl.Series(ids, dtype=pl.Int32))


def _is_table(y: Any) -> bool:
    try:
        return bool(type_of_target(y) == "multilabel-indicator")
    except ValueError:  # lists of labels, which scikit-learn does not take any more
        return False


def _of_lists(y: Sequence[Collection[Any]]) -> _Given:
    classes = np.unique([label for labels in y for label in labels])
    if len(classes) < 2:  # noqa: PLR2004
        raise DataError("Training needs two labels or more.", found=", ".join(map(str, classes)))
    ids = {label: index for index, label in enumerate(classes.tolist())}
    column = [sorted({ids[label] for label in labels}) for labels in y]
    return replace(_several(classes, column), are_lists=True)


def _several(classes: npt.NDArray[Any], column: list[list[int]]) -> _Given:
    label_set = LabelSet.of_several(str(name) for name in classes)
    return _Given(classes, label_set, pl.Series(column, dtype=pl.List(pl.Int32)))


def _frame(rows: Texts, labels: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "file": ["X"] * len(labels),
            "row": np.arange(1, len(labels) + 1),
            "text": [clean_text(text) for text in checked_texts(list(rows))],
            "label": labels,
        },
        schema={**SCHEMA, "label": labels.dtype},
    )
