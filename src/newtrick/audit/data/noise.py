"""Checks of labels that are wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import balanced_accuracy_score

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.data.wordmodel import out_of_fold
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import row_ids


class LabelNoise(Check[DataSubject]):
    """Labels at odds with a model of words where it is surest.

    A weak model is often wrong where it is not sure, and that says little about the labels. Hard
    texts thin out where it is surest, wrong labels do not.
    """

    code = "label-noise"
    why = "Wrong labels teach errors, and in the test rows they count right answers as wrong."
    fix = "look through these rows, the likeliest first, and correct their labels"
    fewest_of_class = 20  # different texts
    surest = 0.1
    fewest_at_odds = 5
    share_of_errors = 0.25
    least_skill = 0.3

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare the errors of the surest answers with all; rank by confident learning.

        Confident learning is that of Northcutt and others (2021), as cleanlab has it.
        """
        rows = subject.rows.with_row_index("place").filter(
            pl.col("key").n_unique().over("label") >= self.fewest_of_class
        )
        names, labels = np.unique(rows["label"].to_numpy(), return_inverse=True)
        # A label is wrong where another is right, and a word says so.
        if len(names) < 2 or subject.features.words.is_empty():  # noqa: PLR2004
            return
        table = subject.features.table[rows["place"].to_numpy()]
        shares = out_of_fold(table, labels, rows["key"].to_numpy())
        wrong = shares.argmax(axis=1) != labels
        surest = np.argsort(-shares.max(axis=1), kind="stable")[: round(self.surest * len(wrong))]
        at_odds = int(wrong[surest].sum())
        rate = float(wrong[surest].mean())
        enough = at_odds >= self.fewest_at_odds and rate > self.share_of_errors * wrong.mean()
        if not enough or _skill(shares, labels) < self.least_skill:
            return
        # Loading it takes more than a second, and few data sets come this far.
        from cleanlab.filter import find_label_issues  # noqa: PLC0415

        suspects = find_label_issues(
            labels,
            shares,
            filter_by="low_normalized_margin",
            return_indices_ranked_by="self_confidence",
            n_jobs=1,
        )
        yield self.found(
            Severity.WARNING,
            f"up to {100 * rate:.0f} % of the labels look wrong: {at_odds:,} of the {len(surest):,}"
            " surest answers of a word count are at odds with them",
            {
                "share": round(rate, 4),
                "surest": len(surest),
                "at_odds": at_odds,
                "suspects": len(suspects),
                "word_count_accuracy": round(float(1 - wrong.mean()), 4),
            },
            row_ids(rows[suspects]),
        )


def _skill(shares: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """How far from guessing (0) to knowing (1) a model is, every class counting the same."""
    return float(balanced_accuracy_score(labels, shares.argmax(axis=1), adjusted=True))
