"""Checks of the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import label_ids, row_ids


class SortedByLabel(Check[DataSubject]):
    """Rows in the order of their labels."""

    code = "sorted-by-label"
    why = "The first rows all have one label: a sample or a test set cut from the top is worthless."
    fix = "never take the first rows; for a sample of every class: --set data.max_train_rows=N"
    needs_one_label = True
    fewest_expected = 20
    share_of_expected = 0.2

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare the runs of equal labels with those of shuffled rows.

        A few rows out of place change nothing: movie-snippets has a tenth of the runs expected,
        and its first thousand rows are positive but for 33. Rows in the order of time have half.
        """
        runs: dict[str, int] = {}
        borders: list[str] = []
        for name, rows in subject.splits.items():
            labels = label_ids(rows)
            changes = np.flatnonzero(np.diff(labels)) + 1
            expected = _runs_when_shuffled(np.bincount(labels))
            few = self.share_of_expected * expected
            if expected >= self.fewest_expected and len(changes) + 1 < few:
                runs[name] = len(changes) + 1
                borders += row_ids(rows.filter(pl.int_range(rows.height).is_in(changes[:3])))
        if runs:
            shown = ", ".join(f"{name} in {count:,} runs" for name, count in runs.items())
            yield self.found(
                Severity.INFO,
                f"the rows are sorted by label: {shown}",
                {f"{name}_runs": count for name, count in runs.items()},
                borders,
            )


def _runs_when_shuffled(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """The expected runs of rows in a random order (Wald and Wolfowitz 1940, for more classes)."""
    rows = int(counts.sum())
    return 1 + rows - float((counts.astype(float) ** 2).sum()) / rows if rows else 0.0
