"""A trained classifier in use: texts ─► labels and probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from newtrick.answering import Answered, Answerer, EncoderAlone, answerer_of
from newtrick.data.clean import clean_text
from newtrick.data.pairs import Text
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_trained
from newtrick.errors import SHOWN_DETAILS, DataError, UsageError
from newtrick.evaluation.decisions.decide import Decision, decide_each
from newtrick.evaluation.decisions.document import LabelDecisions
from newtrick.evaluation.decisions.labels import LabelDecision, flag_each
from newtrick.evaluation.explain.explain import explain
from newtrick.evaluation.explain.explanation import Explanation
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.task import task_of
from newtrick.machine.products import settle

Label = str | tuple[str, ...]
"""The name of a class, or of any number of labels."""


@dataclass(frozen=True)
class Answer:
    """What the model says of a text, and what to do with it.

    Attributes:
        label: The most probable class; of a model with several labels a text, all that are more
            probable than not.
        probabilities: Of all classes, in the model's order; those of plain transformers, unless
            a count of words helps.
        decision: By calibrated probabilities; None of a model that has nothing to decide by.
    """

    label: Label
    probabilities: tuple[float, ...]
    decision: Decision | LabelDecision | None


class Classifier:
    """Scores texts with a trained encoder, and with a count of words if the model has one.

    Attributes:
        encoder: The model and its tokenizer.
        task: What it does: choose one label for a text, or any number of them.
        labels: The class names, in the order of the probabilities' columns.
        answerer: Who answers: the encoder alone, or with the help of a count of words.
        decisions: What was fitted on the validation rows to decide by; None if the model has none.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        batch_size: int = 64,
        answerer: Answerer | None = None,
    ) -> None:
        self.encoder = encoder
        self.task = task_of(encoder.labels)
        self.labels = encoder.labels.names
        self.answerer = answerer or EncoderAlone()
        self.decisions = self.answerer.decisions
        self._batch_size = batch_size

    def predict(self, texts: Sequence[Text]) -> list[Label]:
        """The most probable class name of each text or pair; or all labels more probable than not.

        Raises:
            DataError: Something among the texts is not what the model reads.
        """
        return self._named(self.predict_logits(texts))

    def predict_proba(self, texts: Sequence[Text]) -> npt.NDArray[np.float32]:
        """The probability of each class; shape (texts, classes).

        Rows sum to 1, unless a text may have several labels: then each has a probability by itself.

        Raises:
            DataError: Something among the texts is not what the model reads.
        """
        return self.task.probabilities(self.predict_logits(texts))

    def answer(self, texts: Sequence[Text]) -> list[Answer]:
        """Label and probabilities of each text, and what to do with it.

        Raises:
            DataError: Something among the texts is not what the model reads.
        """
        logits = self.predict_logits(texts)
        shares = self.task.probabilities(logits).tolist()
        return [
            Answer(label, tuple(share), decision)
            for label, share, decision in zip(
                self._named(logits), shares, self._decided(logits), strict=False
            )
        ]

    def explain(self, texts: Sequence[Text]) -> list[Explanation]:
        """Which words of each text moved the decision, by how much, and which way.

        It takes some twenty times as long as the answers alone. The texts of the explanations are
        those that the model reads: cleaned as training texts are. Where a count of words helps,
        what moved the encoder is told, towards the answer of both.

        Raises:
            DataError: Something among the texts is not what the model reads.
            UsageError: A text may have several labels, or most are answered without the encoder.
        """
        if self.answerer.way == "cascade":
            raise UsageError(
                "Fast answers are not explained: most of them are not the encoder's.",
                where=self.encoder.folder,
                fix="leave out --fast or --explain",
            )
        if self.encoder.labels.multi_label:
            raise UsageError(
                "Where a text may have several labels, answers are not explained.",
                where=self.encoder.folder,
                fix="predict without --explain",
            )
        checked = _checked(texts, reads_pairs=self.encoder.reads_pairs)
        own = self._encode(checked)
        answered = self.answerer.answer(checked, lambda _: own)
        return explain(self.encoder, checked, own, answers=answered.logits.argmax(axis=1))

    def _named(self, logits: npt.NDArray[np.float32]) -> list[Label]:
        decided = self.task.decide(logits)
        if self.encoder.labels.multi_label:
            names = np.array(self.labels, dtype=object)
            return [tuple(names[flags]) for flags in decided]
        return [self.labels[index] for index in decided]

    def _decided(
        self, logits: npt.NDArray[np.float32]
    ) -> Iterable[Decision | LabelDecision | None]:
        if isinstance(self.decisions, LabelDecisions):
            return flag_each(self.decisions, logits)
        return decide_each(self.decisions, logits) if self.decisions else repeat(None)

    def predict_logits(
        self, texts: Sequence[Text], progress: Callable[[int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """The model's raw scores; shape (texts, classes).

        Args:
            texts: They are cleaned as training texts are; (text, second text) each, for a model
                that was trained on pairs.
            progress: Called with the number of texts done.

        Raises:
            DataError: Something among the texts is not what the model reads.
        """
        return self.score(texts, progress).logits

    def score(
        self, texts: Sequence[Text], progress: Callable[[int], None] | None = None
    ) -> Answered:
        """The same, with how many texts the encoder was not asked about; see `predict_logits`."""
        checked = _checked(texts, reads_pairs=self.encoder.reads_pairs)
        return self.answerer.answer(checked, partial(self._encode, progress=progress))

    def _encode(
        self, texts: Sequence[Text], progress: Callable[[int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """The encoder's logits of clean texts."""
        return predict_logits(
            self.encoder.model,
            self.encoder.tokenize(texts),
            pad_id=self.encoder.pad_id,
            batch_size=self._batch_size,
            progress=progress,
        )


def refuse_other_reading(encoder: Encoder, pair_column: str | None) -> None:
    """Refuse to give single texts to a model that was trained on pairs, or pairs to another.

    Raises:
        UsageError: With what to do instead.
    """
    if encoder.reads_pairs and pair_column is None:
        raise UsageError(
            "The model was trained on pairs of texts, and the second text is not named.",
            where=encoder.folder,
            fix="name its column: --pair-column",
        )
    if encoder.reads_pairs is False and pair_column is not None:
        raise UsageError(
            "The model was trained on single texts, and reads no pairs.",
            where=encoder.folder,
            found=f"--pair-column {pair_column}",
            fix="leave out --pair-column, or give a model that was trained with one",
        )


def load(
    model: str | Path,
    *,
    precision: Literal["float32", "bfloat16", "auto"] = "float32",
    blend: bool | None = None,
    fast: bool = False,
) -> Classifier:
    """Load a classifier from a model folder, from the run folder around it, or from a hub.

    Args:
        model: A folder, or a hub id (hf://owner/name).
        precision: The format to compute in. With float32 the answers are those of plain
            transformers. bfloat16 is several times as quick on processors that compute in it, and
            moves a probability in its third decimal; `auto` takes it there, and float32 elsewhere.
        blend: Whether a count of words helps the encoder; by default if it was better on the
            validation rows of the training. Without, answers are those of plain transformers.
        fast: Let the count of words answer alone where it is sure.

    Raises:
        UsageError: The model has no count of words to help or to be fast with.
        ModelError: No model there, no weights, pickled weights only, or no trained head.
        FetchError: A hub id could not be fetched.
    """
    inside = Path(model) / "model"
    is_run = (inside / "config.json").is_file() and not (Path(model) / "config.json").exists()
    encoder = load_trained(inside if is_run else model)
    answerer = answerer_of(encoder, blend=blend, fast=fast)
    if settle(precision) == "bfloat16":
        encoder.model.bfloat16()
    return Classifier(encoder, answerer=answerer)


def _checked(texts: Sequence[Text], *, reads_pairs: bool | None) -> Sequence[Text]:
    """The texts, clean; single or pairs, as the model wants them, or as the first one is.

    Raises:
        DataError: Something is neither, or not what the others are.
    """
    if reads_pairs is None:
        reads_pairs = not isinstance(texts, str) and _is_pair(next(iter(texts), None))
    if not reads_pairs:
        return [clean_text(text) for text in checked_texts(texts)]
    faults = [
        f"text {place} is no pair: {text!r}"
        for place, text in enumerate(texts, start=1)
        if not _is_pair(text)
    ]
    if isinstance(texts, str) or faults:
        raise DataError(
            "The model reads pairs of texts.",
            details=faults[:SHOWN_DETAILS],
            fix="give a list with (text, second text) for each",
        )
    return [(clean_text(text[0]), clean_text(text[1])) for text in texts]


def _is_pair(text: object) -> bool:
    """Two strings in a tuple, or in a list, as from JSON."""
    return (
        isinstance(text, tuple | list)
        and len(text) == 2  # noqa: PLR2004 (a pair is two)
        and all(isinstance(part, str) for part in text)
    )


def checked_texts(texts: Sequence[Text]) -> list[str]:
    """The texts again, none of them a pair.

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
    return [text for text in texts if isinstance(text, str)]
