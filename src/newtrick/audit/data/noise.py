"""Checks of labels that are wrong: before training by a word count, after it by the encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.slips import Shares, SlipFinder, slips_by_encoder, slips_by_words
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.data.wordmodel import out_of_fold
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import DECIDED_SCHEMA, LabelSet, label_ids, row_ids
from newtrick.evaluation.arrays import Ids

SubjectT = TypeVar("SubjectT")

TRAINED_MODEL = "the trained model"
_LEAST_SHARE = 1e-7


@dataclass(frozen=True)
class Answers:
    """What a model says of rows that it was not trained on.

    Attributes:
        labels: The classes.
        rows: With the columns of `SCHEMA`.
        shares: Probabilities; shape (rows, classes).
        decided: The rows that a person has decided on, as `DECIDED_SCHEMA` has them.
    """

    labels: LabelSet
    rows: pl.DataFrame
    shares: Shares
    decided: pl.DataFrame = field(default_factory=DECIDED_SCHEMA.to_frame)

    def in_doubt(self) -> Answers:
        """Those for rows that nobody has decided on yet."""
        decided = set(row_ids(self.decided))
        undecided = np.array([row not in decided for row in row_ids(self.rows)], dtype=np.bool_)
        return Answers(self.labels, self.rows.filter(undecided), self.shares[undecided])


class _DoubtedLabels(Check[SubjectT]):
    """What the two checks have in common."""

    code = "label-noise"
    why = "Wrong labels teach errors, and in the test rows they count right answers as wrong."
    fix = "newtrick audit DATA --write-review FILE, decide, train with --corrections FILE"
    needs_one_label = True
    least_skill = 0.3
    least_chance = 1 / 3
    fewest_suspects = 5

    def doubt(
        self, answers: Answers, find_slips: SlipFinder, judge: str, which: str
    ) -> Iterator[Finding]:
        """Name the rows whose labels are wrong with a fair chance, if it is clear that some are.

        The candidates are those of confident learning (Northcutt and others 2021), as cleanlab has
        it. By itself it would name up to a fifth of all rows of sound data that are hard.
        """
        rows, shares = answers.rows, answers.shares
        classes, labels = np.unique(label_ids(rows), return_inverse=True)
        if len(classes) < 2:  # noqa: PLR2004 (a label is wrong where another is right)
            return
        shares = np.maximum(shares[:, classes], _LEAST_SHARE)
        shares /= shares.sum(axis=1, keepdims=True)
        slips = find_slips(shares, labels)
        if not slips.clear or _skill(shares, labels) < self.least_skill:
            return
        # Loading it takes more than a second, and few data sets come this far.
        from cleanlab.filter import find_label_issues  # noqa: PLC0415

        candidates = find_label_issues(labels, shares, n_jobs=1)
        likeliest = np.argsort(-slips.chances, kind="stable")
        suspects = likeliest[(candidates & (slips.chances > self.least_chance))[likeliest]]
        if len(suspects) < self.fewest_suspects:
            return
        others = classes[shares[suspects].argmax(axis=1)]
        yield self.found(
            Severity.WARNING,
            f"about {100 * slips.rate:.1f} % of the {which} look wrong; {judge} doubts"
            f" {len(suspects):,} of them",
            {
                "judge": judge,
                "judged": rows.height,
                "share": round(slips.rate, 4),
                "suspects": len(suspects),
                "expected_wrong": round(float(slips.chances[suspects].sum())),
                "accuracy": round(float((shares.argmax(axis=1) == labels).mean()), 4),
            },
            row_ids(rows[suspects]),
            [answers.labels.names[label] for label in others],
        )


class LabelNoise(_DoubtedLabels[DataSubject]):
    """Labels that are at odds with a word count of other rows where it is sure.

    A weak model is often wrong, and that says little about the labels. What it should rarely be is
    wrong and sure; more of that than its probabilities account for are labels that slipped.
    """

    fewest_of_class = 20  # different texts

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Judge the rows of all splits out of fold."""
        rows = subject.rows.with_row_index("place").filter(
            pl.col("key").n_unique().over("label") >= self.fewest_of_class
        )
        classes, labels = np.unique(label_ids(rows), return_inverse=True)
        if len(classes) < 2 or subject.features.words.is_empty():  # noqa: PLR2004
            return
        table = subject.features.table[rows["place"].to_numpy()]
        shares = np.zeros((rows.height, len(subject.labels)))
        shares[:, classes] = out_of_fold(table, labels, rows["key"].to_numpy())
        answers = Answers(subject.labels, rows, shares, subject.decided).in_doubt()
        yield from self.doubt(answers, slips_by_words, "a word count", "labels")


class LabelNoiseAfterwards(_DoubtedLabels[Answers]):
    """Labels that are at odds with the trained model where it is sure.

    It knows more than a word count, but can judge only rows that it was not trained on.
    """

    def look(self, subject: Answers) -> Iterator[Finding]:
        """Judge the validation and test rows."""
        which = "validation and test labels"
        yield from self.doubt(subject.in_doubt(), slips_by_encoder, TRAINED_MODEL, which)


def _skill(shares: Shares, labels: Ids) -> float:
    """How far from guessing (0) to knowing (1) a model is, every class counting the same."""
    from sklearn.metrics import balanced_accuracy_score  # noqa: PLC0415 (half a second to load)

    return float(balanced_accuracy_score(labels, shares.argmax(axis=1), adjusted=True))
