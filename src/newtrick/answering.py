"""Who answers: the encoder alone, together with a count of words, or where that is not sure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from newtrick.baseline.blendfile import WordHelp, read_blend
from newtrick.baseline.cascade import Cascade
from newtrick.data.pairs import Text
from newtrick.encoder.encoder import Encoder
from newtrick.errors import UsageError
from newtrick.evaluation.arrays import Logits
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions, read_decisions

logger = logging.getLogger("newtrick")

Way = Literal["encoder", "blend", "cascade"]

Encode = Callable[[Sequence[Text]], Logits]
"""Clean texts ─► the encoder's logits, shape (texts, labels)."""


@dataclass(frozen=True)
class Answered:
    """What was answered.

    Attributes:
        logits: Shape (texts, labels).
        by_words: How many of the texts the word count answered, without the encoder.
    """

    logits: Logits
    by_words: int = 0


class Answerer(Protocol):
    """A way to answer, and what its answers are decided by."""

    @property
    def way(self) -> Way:
        """Its name in results."""

    @property
    def decisions(self) -> Decisions | LabelDecisions | None:
        """Fitted on answers of this way; None if there are none."""

    def answer(self, texts: Sequence[Text], encode: Encode) -> Answered:
        """Score clean texts."""


@dataclass(frozen=True)
class EncoderAlone:
    """As plain transformers answers."""

    decisions: Decisions | LabelDecisions | None = None
    way: Way = "encoder"

    def answer(self, texts: Sequence[Text], encode: Encode) -> Answered:
        """Ask the encoder."""
        return Answered(encode(texts))


@dataclass(frozen=True)
class Blended:
    """The encoder and the word count together."""

    known: WordHelp
    way: Way = "blend"

    @property
    def decisions(self) -> Decisions | LabelDecisions:
        """Those of the blend."""
        return self.known.document.decisions

    def answer(self, texts: Sequence[Text], encode: Encode) -> Answered:
        """Ask both."""
        words = self.known.logits(self.known.shares(texts))
        return Answered(self.known.document.blend.logits(encode(texts), words))


@dataclass(frozen=True)
class Cascaded:
    """The word count where it is sure; the encoder, or the blend if that is on, for the rest."""

    known: WordHelp
    cascade: Cascade
    way: Way = "cascade"

    @property
    def decisions(self) -> Decisions | LabelDecisions | None:
        """Those of the cascade."""
        return self.known.document.cascade_decisions

    def answer(self, texts: Sequence[Text], encode: Encode) -> Answered:
        """Ask the word count, and the encoder about the rest."""
        shares = self.known.shares(texts)
        words, sure = self.known.logits(shares), self.cascade.sure(shares)
        rest = np.flatnonzero(~sure)
        others = words[:0]
        if len(rest):
            others = encode([texts[place] for place in rest.tolist()])
            if self.known.document.enabled:
                others = self.known.document.blend.logits(others, words[rest])
        return Answered(self.cascade.merge(sure, words, others), int(sure.sum()))


def answerer_of(encoder: Encoder, *, blend: bool | None = None, fast: bool = False) -> Answerer:
    """The way that a model folder has for its answers, or the one that is asked for.

    Args:
        encoder: From the folder.
        blend: Whether a word count helps; by default as the folder says.
        fast: Whether it answers alone where it is sure.

    Raises:
        UsageError: The folder has no such way.
        ModelError: One of its files is damaged or of a later format.
    """
    if fast and blend is not None:
        raise UsageError(
            "A fast answer is one of the word count or of the model as it is saved.",
            fix="give --fast, or --blend or --no-blend",
        )
    known = None if blend is False else _own_help(encoder)
    if known is None and (blend or fast):
        raise UsageError(
            "The model has no count of words beside it, to help or to be fast.",
            where=encoder.folder,
            fix=f"leave out {'--fast' if fast else '--blend'}; or train it with"
            " --set blend.enabled=auto (or true)",
        )
    if known is not None and fast:
        cascade = known.document.cascade
        if cascade is None:
            raise UsageError(
                "The word count may not answer alone: no threshold assures that too little is"
                " lost.",
                where=encoder.folder,
                fix="leave out --fast; or train it with more validation rows"
                " (data.validation_share), or allow more to be lost (blend.cascade_loss)",
            )
        return Cascaded(known, cascade)
    if known is not None and (blend or known.document.enabled):
        return Blended(known)
    return EncoderAlone(_own_decisions(encoder))


def _own_help(encoder: Encoder) -> WordHelp | None:
    """The word count beside the model, unless that was trained on since, or its labels renamed."""
    known = read_blend(encoder.folder)
    if known is None or (
        (known.document.head, known.document.labels, known.several)
        == (encoder.head_hash, encoder.labels.names, encoder.labels.multi_label)
    ):
        return known
    logger.warning("%s/blend.json is another training's; it is left aside.", encoder.folder)
    return None


def _own_decisions(encoder: Encoder) -> Decisions | LabelDecisions | None:
    """What the model decides by, unless it has been trained on since, or its labels renamed."""
    decisions = read_decisions(encoder.folder)
    if decisions is None:
        return None
    fitted_for = (decisions.head, decisions.labels, isinstance(decisions, LabelDecisions))
    if fitted_for == (encoder.head_hash, encoder.labels.names, encoder.labels.multi_label):
        return decisions
    logger.warning("%s/decisions.json is another training's; it is left aside.", encoder.folder)
    return None
