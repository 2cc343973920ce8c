"""What each policy of truncation keeps of long texts, as far as a count of words can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from newtrick.audit.data.wordmodel import fit_words, tfidf_features
from newtrick.data.words import Words
from newtrick.encoder.tokens import Keep

Part = Literal["head", "tail", "head+tail", "whole"]
PARTS: Sequence[Part] = ("head", "tail", "head+tail", "whole")
READ: Mapping[Keep, Part] = {
    "head": "head",
    "tail": "tail",
    "head+tail": "head+tail",
    "windows": "head+tail",
}
"""What each policy reads of a text that is too long for it."""

_AS_QUICK: Sequence[Keep] = ("head", "tail", "head+tail")

_FOLDS = 3
_SURELY = 3.0  # standard errors: there are three comparisons, and advice hangs on them


@dataclass(frozen=True)
class PartScores:
    """Which texts a word count gets right from which part of them.

    Attributes:
        right: For each of `PARTS`, shape (texts,).
    """

    right: Mapping[Part, npt.NDArray[np.bool_]]

    def accuracy(self, part: Part) -> float:
        """The share of texts that it gets right."""
        return float(self.right[part].mean())

    def best_policy(self, keep: Keep) -> Keep:
        """One that is as quick and surely better than this one, the best of several; or this one.

        Windows are slower than any other, and what they read of a text can be read by no other.
        """
        if keep == "windows":
            return keep
        better = [
            policy for policy in _AS_QUICK if self.is_surely_better(READ[policy], than=READ[keep])
        ]
        return max(better, key=lambda policy: self.accuracy(READ[policy]), default=keep)

    def gain(self, keep: Keep) -> float:
        """By how much more accurate the best policy is than this one."""
        return self.accuracy(READ[self.best_policy(keep)]) - self.accuracy(READ[keep])

    def is_surely_better(self, part: Part, than: Part) -> bool:
        """Whether the texts that only one of two parts gets right speak for the first."""
        gains = self.right[part].astype(np.int64) - self.right[than]
        return float(gains.sum()) > _SURELY * float(np.sqrt(np.square(gains).sum()))


def score_parts(
    words: Words, kept: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
) -> PartScores | None:
    """Let a model that has learned from whole texts decide on others by a part of each.

    Args:
        words: Of texts that are cut, each different from the others.
        kept: The share of each text that is kept; tokens are taken to be spread evenly over it.
        labels: The class of each text.

    Returns:
        None if the texts say nothing: they hold no words, or most are of one class.
    """
    features = tfidf_features(_parts(words, kept))
    texts = len(words)
    folds = np.arange(texts) % _FOLDS
    if features.words.is_empty() or any(
        len(np.unique(labels[folds != fold])) == 1 for fold in range(_FOLDS)
    ):
        return None
    right = {part: np.zeros(texts, dtype=np.bool_) for part in PARTS}
    tables = {
        part: features.table[place * texts : (place + 1) * texts]
        for place, part in enumerate(PARTS)
    }
    for fold in range(_FOLDS):
        held = folds == fold
        model = fit_words(tables["whole"][~held], labels[~held])
        for part, table in tables.items():
            right[part][held] = model.predict(table[held]) == labels[held]
    return PartScores(right)


def _parts(words: Words, kept: npt.NDArray[np.float64]) -> Words:
    """The words of each part of each text: all heads, then all tails, and so on."""
    lengths = words.lengths
    room = np.floor(lengths * kept).astype(np.int64)
    ends = {  # how many words of the head, and of the tail
        "head": (room, 0 * room),
        "tail": (0 * room, room),
        "head+tail": (room - room // 2, room // 2),
        "whole": (lengths, 0 * room),
    }
    place = np.arange(len(words.ids)) - np.repeat(words.offsets[:-1], lengths)
    from_end = np.repeat(lengths, lengths) - place
    ids, sizes = [], []
    for part in PARTS:
        head, tail = ends[part]
        is_kept = (place < np.repeat(head, lengths)) | (from_end <= np.repeat(tail, lengths))
        ids.append(words.ids[is_kept])
        sizes.append(head + tail)
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return Words(np.concatenate(ids), offsets, words.vocabulary)
