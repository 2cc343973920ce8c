"""Fine-tune transformer encoders for text classification, and know that it worked.

>>> from newtrick import load, train
>>> run = train("reviews.csv", settings={"training.epochs": 2})  # doctest: +SKIP
>>> load(run.folder).predict(["A warm, clever film."])  # doctest: +SKIP
['pos']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newtrick.adaptation import adapt
    from newtrick.adapting import Adaptation
    from newtrick.classifier import Classifier, load
    from newtrick.errors import NewtrickError
    from newtrick.estimator import TextClassifier
    from newtrick.pipeline import Run, train
    from newtrick.recipe import Recipe
    from newtrick.scoring import evaluate

__version__ = "0.1.0"

__all__ = [
    "Adaptation",
    "Classifier",
    "NewtrickError",
    "Recipe",
    "Run",
    "TextClassifier",
    "__version__",
    "adapt",
    "evaluate",
    "load",
    "train",
]

_HOMES = {
    "Adaptation": "adapting",
    "Classifier": "classifier",
    "NewtrickError": "errors",
    "Recipe": "recipe",
    "Run": "pipeline",
    "TextClassifier": "estimator",
    "adapt": "adaptation",
    "evaluate": "scoring",
    "load": "classifier",
    "train": "pipeline",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: torch takes a second to load."""
    if name not in _HOMES:
        raise AttributeError(f"module 'newtrick' has no attribute {name!r}")
    return getattr(importlib.import_module(f"newtrick.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
