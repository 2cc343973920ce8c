"""A scikit-learn estimator around the same training."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from newtrick.classifier import Classifier, checked_texts
from newtrick.data.clean import clean_text
from newtrick.data.dataset import SCHEMA, LabelSet, label_ids, row_ids, texts
from newtrick.data.split import cut
from newtrick.encoder.load import load_encoder
from newtrick.errors import DataError
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.training import loop
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.objectives import Classification
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

Texts = Sequence[str] | npt.NDArray[Any]


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn is untyped
    """Fine-tunes a pretrained encoder; `fit`, `predict` and `predict_proba` take lists of texts.

    Some of the rows given to `fit` (`data.validation_share`) are held out to choose the best
    checkpoint. Nothing is scored and no run folder is written: cross-validation, or
    `newtrick.train`, is for that.

    Args:
        model: A catalogue name, a folder, or a hub id.
        recipe: A shipped recipe's name or the path of a TOML file.
        settings: Changes to the recipe by dotted name, such as {"training.epochs": 2}.
        random_state: The seed; by default the recipe's.

    Attributes:
        classes_: The labels, sorted; in the order of the probabilities' columns, shape (classes,).
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
        """Train on texts and their labels, both of shape (texts,).

        Raises:
            DataError: Something among the texts is not a string, or there is one class alone.
            TrainingLost: The model learns nothing, or its numbers break down.
        """
        check_consistent_length(X, y)
        check_classification_targets(y)
        self.classes_, ids = np.unique(column_or_1d(y), return_inverse=True)
        labels = _label_set(self.classes_)
        recipe = self._recipe()
        split = cut(
            _frame(X, ids),
            labels,
            validation_share=recipe.data.validation_share,
            test_share=0,
            max_train_rows=recipe.data.max_train_rows,
            seed=recipe.data.split_seed,
            where="X",
        )
        encoder = load_encoder(recipe, labels)
        train_ids = label_ids(split.train)
        with tempfile.TemporaryDirectory() as folder:
            loop.train(
                encoder,
                Classification.of(train_ids, len(labels), recipe.training),
                encoder.tokenize(texts(split.train)),
                LabelledTokens(
                    encoder.tokenize(texts(split.validation)), label_ids(split.validation)
                ),
                recipe.training,
                checkpoints=Checkpoints(Path(folder), recipe.training.keep_checkpoints),
                stop=StopRequest(),
                tell=Watchdog(row_ids(split.train), accepted=()).see,
            )
        self.classifier_ = Classifier(encoder)
        return self

    def predict(self, X: Texts) -> npt.NDArray[Any]:  # noqa: N803
        """The most probable label of each text, shape (texts,)."""
        best = self.predict_proba(X).argmax(axis=1)
        predicted: npt.NDArray[Any] = self.classes_[best]
        return predicted

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float32]:  # noqa: N803
        """The probability of each label, shape (texts, classes)."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(list(X))

    def _recipe(self) -> Recipe:
        settings = {"model.name": self.model, **(self.settings or {})}
        if self.random_state is not None:
            settings["training.seed"] = settings["data.split_seed"] = self.random_state
        return load_recipe(self.recipe).with_settings(settings)

    def __sklearn_tags__(self) -> Tags:
        """Texts in one dimension, rather than numbers in two."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags


def _label_set(classes: npt.NDArray[Any]) -> LabelSet:
    if len(classes) == 1:
        raise DataError("Training needs two classes or more.", found=classes[0])
    return LabelSet.of(str(name) for name in classes)


def _frame(rows: Texts, ids: npt.NDArray[np.int64]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "file": ["X"] * len(ids),
            "row": np.arange(1, len(ids) + 1),
            "text": [clean_text(text) for text in checked_texts(list(rows))],
            "label": ids,
        },
        schema=SCHEMA,
    )
