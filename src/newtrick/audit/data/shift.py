"""Checks of whether the splits come from one world."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.data.wordmodel import fit_words, out_of_fold
from newtrick.audit.finding import Finding, Severity
from newtrick.evaluation.intervals import Z_95


class SplitShift(Check[DataSubject]):
    """Training and test rows that a word count can tell apart."""

    code = "split-shift"
    why = "The score is about texts of another kind than those that were learned."
    fix = "cut the test rows from the same texts, or take the score for that of the other kind"
    fewest_rows = 100
    most_rows = 5000
    surely_different = 0.7  # random cuts that keep near-duplicates together come to 0.66

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Teach a model to tell training rows from test rows, and see how well it can."""
        once = subject.rows.with_row_index("place").unique("key", maintain_order=True)
        sampled = [
            once.filter(pl.col("split") == split)["place"].shuffle(seed=0).head(self.most_rows)
            for split in ("train", "test")
        ]
        if min(map(len, sampled)) < self.fewest_rows or subject.features.words.is_empty():
            return
        from sklearn.metrics import roc_auc_score  # noqa: PLC0415 (half a second to load)

        places = pl.concat(sampled).to_numpy()
        is_test = np.repeat([0, 1], [len(part) for part in sampled])
        features = subject.features
        table = features.table[places]
        keys = subject.rows["key"].to_numpy()[places]
        share = out_of_fold(table, is_test, keys)[:, 1]
        auc = float(roc_auc_score(is_test, share))
        low, high = auc_interval(auc, len(sampled[1]), len(sampled[0]))
        if low > self.surely_different:
            weights = fit_words(table, is_test).coef_[0]
            order = np.argsort(weights)
            words = {"test": order[:-6:-1], "train": order[:5]}
            named = {name: features.words[at].to_list() for name, at in words.items()}
            yield self.found(
                Severity.WARNING,
                f"a word count tells test rows from training rows (AUC {auc:.2f}, 95 % interval"
                f" {low:.2f} to {high:.2f}), by words such as {named['test'][0]!r}",
                {
                    "auc": round(auc, 4),
                    "auc_low": round(low, 4),
                    "auc_high": round(high, 4),
                    **{f"{name}_words": " ".join(found) for name, found in named.items()},
                },
            )


def auc_interval(auc: float, positives: int, negatives: int) -> tuple[float, float]:
    """95 % interval of an area under the ROC curve (Hanley and McNeil 1982)."""
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc)
    variance += (positives - 1) * (one - auc**2) + (negatives - 1) * (two - auc**2)
    half = Z_95 * math.sqrt(max(0.0, variance) / (positives * negatives))
    return max(0.0, auc - half), min(1.0, auc + half)
