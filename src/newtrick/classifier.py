"""A trained classifier in use: texts ─► labels and probabilities."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from newtrick.data.clean import clean_text
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_trained
from newtrick.errors import DataError
from newtrick.evaluation.decisions.decide import Decision, decide_each
from newtrick.evaluation.decisions.document import Decisions, read_decisions
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.machine.products import settle

logger = logging.getLogger("newtrick")


@dataclass(frozen=True)
class Answer:
    """What the model says of a text, and what to do with it.

    Attributes:
        label: The most probable class.
        probabilities: Of all classes, in the model's order; those of plain transformers.
        decision: By calibrated probabilities; None of a model that has nothing to decide by.
    """

    label: str
    probabilities: tuple[float, ...]
    decision: Decision | None


class Classifier:
    """Scores texts with a trained encoder.

    Attributes:
        encoder: The model and its tokenizer.
        labels: The class names, in the order of the probabilities' columns.
        decisions: What was fitted on the validation rows to decide by; None if the model has none.
    """

    def __init__(
        self, encoder: Encoder, *, batch_size: int = 64, decisions: Decisions | None = None
    ) -> None:
        self.encoder = encoder
        self.labels = encoder.labels.names
        self.decisions = decisions
        self._batch_size = batch_size

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable class name of each text.

        Raises:
            DataError: Something among the texts is not a string.
        """
        return [self.labels[index] for index in self.predict_logits(texts).argmax(axis=1)]

    def predict_proba(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The probability of each class; shape (texts, classes), rows sum to 1.

        Raises:
            DataError: Something among the texts is not a string.
        """
        return probabilities(self.predict_logits(texts))

    def answer(self, texts: Sequence[str]) -> list[Answer]:
        """Label and probabilities of each text, and what to do with it.

        Raises:
            DataError: Something among the texts is not a string.
        """
        logits = self.predict_logits(texts)
        shares = probabilities(logits).tolist()
        decided = decide_each(self.decisions, logits) if self.decisions else repeat(None)
        labels = [self.labels[index] for index in logits.argmax(axis=1)]
        return [
            Answer(label, tuple(share), decision)
            for label, share, decision in zip(labels, shares, decided, strict=False)
        ]

    def predict_logits(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """The model's raw scores; shape (texts, classes).

        Args:
            texts: They are cleaned as training texts are.
            progress: Called with the number of texts done.

        Raises:
            DataError: Something among the texts is not a string.
        """
        return predict_logits(
            self.encoder.model,
            self.encoder.tokenize([clean_text(text) for text in checked_texts(texts)]),
            pad_id=self.encoder.pad_id,
            batch_size=self._batch_size,
            progress=progress,
        )


def load(
    model: str | Path, *, precision: Literal["float32", "bfloat16", "auto"] = "float32"
) -> Classifier:
    """Load a classifier from a model folder, from the run folder around it, or from a hub.

    Args:
        model: A folder, or a hub id (hf://owner/name).
        precision: The format to compute in. With float32 the answers are those of plain
            transformers. bfloat16 is several times as quick on processors that compute in it, and
            moves a probability in its third decimal; `auto` takes it there, and float32 elsewhere.

    Raises:
        ModelError: No model there, no weights, pickled weights only, or no trained head.
        FetchError: A hub id could not be fetched.
    """
    inside = Path(model) / "model"
    is_run = (inside / "config.json").is_file() and not (Path(model) / "config.json").exists()
    encoder = load_trained(inside if is_run else model)
    decisions = _own_decisions(encoder)
    if settle(precision) == "bfloat16":
        encoder.model.bfloat16()
    return Classifier(encoder, decisions=decisions)


def _own_decisions(encoder: Encoder) -> Decisions | None:
    """What the model decides by, unless it has been trained on since, or its labels renamed."""
    decisions = read_decisions(encoder.folder)
    if decisions is None:
        return None
    if (decisions.head, decisions.labels) == (encoder.head_hash, encoder.labels.names):
        return decisions
    logger.warning("%s/decisions.json is another training's; it is left aside.", encoder.folder)
    return None


def checked_texts(texts: Sequence[str]) -> Sequence[str]:
    """The texts again.

    Raises:
        DataError: There is one string in place of many, or something is not a string.
    """
    if isinstance(texts, str):
        raise DataError("A list of texts is wanted.", found="one string", fix="put it in a list")
    faults = [
        f"text {place} is {type(text).__name__}: {text!r}"
        for place, text in enumerate(texts, start=1)
        if not isinstance(text, str)
    ]
    if faults:
        raise DataError("Only strings can be classified.", details=faults)
    return texts
