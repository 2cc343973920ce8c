"""A scikit-learn estimator around the same training."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from newtrick.classifier import Classifier
from newtrick.data.clean import clean_text
from newtrick.data.dataset import LabelSet, label_ids, texts
from newtrick.encoder.load import load_encoder
from newtrick.errors import DataError
from newtrick.recipe import Recipe, load_recipe
from newtrick.training import loop
from newtrick.training.interrupt import StopRequest
from newtrick.training.objectives import Classification


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fine-tunes a pretrained encoder; `fit`, `predict` and `predict_proba` take lists of texts.

    A part of the rows given to `fit` (`data.validation_share`) is held out to choose the best
    checkpoint; nothing is scored or written to a run folder: that is what cross-validation, or
    `newtrick.train`, is for.

    Args:
        model: A catalogue name, a folder, or a hub id.
        recipe: A shipped recipe's name or the path of a TOML file.
        settings: Changes to the recipe by dotted name, such as {"training.epochs": 2}.
        random_state: The seed; by default the recipe's.

    Attributes:
        classes_: The labels in the order of the probabilities' columns, shape (classes,).
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
