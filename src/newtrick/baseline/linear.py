"""A fitted linear model of words: a table of counts ─► probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Flags, Floats
from newtrick.evaluation.metrics.multilabel import sigmoid
from newtrick.evaluation.metrics.probability import softmax

Table: TypeAlias = csr_array
"""A row for each text, a column for each of its terms: how often it is there."""

Shares = npt.NDArray[np.float64]
"""Probabilities of the labels, shape (rows, labels)."""

Link = Literal["two", "classes", "rest", "labels"]
"""What the odds of a text stand for: those of the second class against the first; of all classes,
for a softmax; of each class against the rest, whose probabilities are divided by their sum; or of
each label by itself."""

_NEVER = 30.0  # log-odds of a label that all training rows have, or none


@dataclass(frozen=True)
class Column:
    """The odds of one class.

    Attributes:
        weights: Of each term, shape (terms,).
        bias: Of a text without terms.
    """

    weights: Floats
    bias: float


@dataclass(frozen=True)
class Linear:
    """Terms weighed and added up.

    Attributes:
        link: What the odds stand for.
        weights: float32, shape (terms, odds).
        bias: Shape (odds,).
        rarity: What a term counts for by its inverse document frequency, float32, shape (terms,):
            counts are then log-scaled, and each text of length one. None where a term is there or
            not, however often.
    """

    link: Link
    weights: npt.NDArray[np.float32]
    bias: Floats
    rarity: npt.NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls, link: Link, columns: list[Column], rarity: npt.NDArray[np.float32] | None = None
    ) -> Linear:
        """Put the odds of several classes side by side."""
        weights = np.stack([column.weights for column in columns], axis=1).astype(np.float32)
        return cls(link, weights, np.array([column.bias for column in columns]), rarity)

    def shares(self, table: Table) -> Shares:
        """The probability of each label for each text; shape (texts, labels)."""
        weighed = present(table) if self.rarity is None else weighed_by(self.rarity, table)
        odds = weighed @ self.weights.astype(np.float64) + self.bias
        if self.link == "classes":
            return softmax(odds)
        shares = sigmoid(odds)
        if self.link == "two":
            return np.hstack([1 - shares, shares])
        return shares / shares.sum(axis=1, keepdims=True) if self.link == "rest" else shares


Model = Callable[[Table, Targets], Linear]
"""Training rows and what they are labelled with ─► a fitted model."""


def each_label(fit: Callable[[Flags], Column], truth: Flags, terms: int) -> list[Column]:
    """Fit one label after the other; one that all training rows have, or none, stays so.

    Args:
        fit: Fits one, told which rows have it.
        truth: Which labels the training rows have, shape (rows, labels).
        terms: How many there are.
    """
    return [
        Column(np.zeros(terms), _NEVER if flags.all() else -_NEVER)
        if flags.all() or not flags.any()
        else fit(flags)
        for flags in truth.T
    ]


def present(table: Table) -> Table:
    """Whether a text has a term: 1, however often."""
    table = table.copy()
    table.data[:] = 1
    return table


def weighed_by(rarity: npt.NDArray[np.float32], table: Table) -> Table:
    """TF-IDF: log-scaled counts by how rare the term is, each text of length one."""
    table = table.copy()
    table.data = (1 + np.log(table.data)) * rarity[table.indices]
    lengths = np.sqrt(table.multiply(table).sum(axis=1))
    table.data /= np.repeat(lengths, np.diff(table.indptr))
    return table
