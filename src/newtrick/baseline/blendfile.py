"""`blend.json` and `words.parquet` of a model folder: what a count of words adds to the encoder.

Plain transformers looks at neither, and loads the encoder alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from newtrick.baseline.blend import Blend, word_logits
from newtrick.baseline.cascade import Cascade
from newtrick.baseline.linear import Shares
from newtrick.baseline.wordmodel import WordModel
from newtrick.beside import read_beside
from newtrick.data.pairs import Text
from newtrick.evaluation.arrays import Logits
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.value import Value
from newtrick.storage import write_file

_FILE, _WORDS = "blend.json", "words.parquet"
_FORMAT = 1


class BlendDocument(Value):
    """What `blend.json` says.

    Attributes:
        format: Of the file.
        labels: In the order of the logits.
        head: A hash of the classification head that it was fitted for.
        rows: How many validation rows it was fitted on.
        enabled: Whether the blend answers unless told otherwise; else the encoder alone.
        words: The name of the word count.
        blend: The weights.
        decisions: What blended answers are decided by.
        cascade: When the word count answers alone, where speed is asked for; absent where that is
            never assured.
        cascade_decisions: What the cascade's answers are decided by.
    """

    format: Literal[1] = 1
    labels: tuple[str, ...]
    head: str
    rows: int
    enabled: bool
    words: str
    blend: Blend
    decisions: Decisions | LabelDecisions
    cascade: Cascade | None = None
    cascade_decisions: Decisions | LabelDecisions | None = None


@dataclass(frozen=True)
class WordHelp:
    """A count of words that helps an encoder, and how.

    Attributes:
        document: The weights and thresholds.
        words: The count.
    """

    document: BlendDocument
    words: WordModel

    @property
    def several(self) -> bool:
        """Whether a text may have several labels."""
        return isinstance(self.document.decisions, LabelDecisions)

    def shares(self, texts: Sequence[Text]) -> Shares:
        """The word count's probabilities, shape (texts, labels)."""
        return self.words.shares(texts)

    def logits(self, shares: Shares) -> Logits:
        """The same as logits."""
        return word_logits(shares, several=self.several)


def save_blend(folder: Path, known: WordHelp) -> None:
    """Write both files beside the weights.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    known.words.save(folder / _WORDS)
    write_file(folder / _FILE, known.document.to_json() + "\n")


def read_blend(folder: Path) -> WordHelp | None:
    """What a model folder has, or None if there is none.

    Raises:
        ModelError: A file is damaged or of a later format.
    """
    known = read_beside(
        folder / _FILE,
        _FORMAT,
        "The blend was",
        BlendDocument.model_validate,
        without="the encoder then answers alone",
    )
    if known is None:
        return None
    words = WordModel.read(folder / _WORDS)
    return WordHelp(known, words)
