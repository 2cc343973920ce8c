"""Checks of rows that have any number of labels: which of them they have together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import LabelSet


class SameLabels(Check[DataSubject]):
    """Rows for evaluation that all have the same labels."""

    code = "same-labels"
    why = "Always giving those labels scores 100 %, so the score says nothing about other rows."
    fix = (
        "evaluate on rows of every label; a file sorted by label must not be cut by its first rows"
    )

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the different sets of labels."""
        if not subject.labels.multi_label:
            return
        for name, rows in subject.splits.items():
            if name != "train" and rows["label"].n_unique() == 1:
                told = _told(rows["label"][0].to_list(), subject.labels)
                yield self.found(
                    Severity.ERROR,
                    f"all {rows.height:,} {name} rows have {told}",
                    {"split": name, "labels": told, "rows": rows.height},
                )


class CommonLabels(Check[DataSubject]):
    """One set of labels so frequent that the share of rows with all labels right flatters."""

    code = "common-labels"
    why = "A model that gives every row those labels has all of them right as often already."
    fix = "look at macro F1; pick the checkpoint by it: --set training.best_by=macro_f1"
    largest = 0.75

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare the most frequent set of labels with the rest."""
        rows = subject.splits.get("test")
        if rows is None or not subject.labels.multi_label:
            return
        counts = rows["label"].value_counts(sort=True)
        share = counts["count"][0] / rows.height
        if self.largest < share < 1:
            told = _told(counts["label"][0].to_list(), subject.labels)
            yield self.found(
                Severity.WARNING,
                f"{100 * share:.1f} % of the test rows have {told}: the score of a blind guess",
                {"labels": told, "share": round(share, 4)},
            )


def _told(ids: Sequence[int], labels: LabelSet) -> str:
    return " and ".join(repr(labels.names[label]) for label in ids) or "none of the labels"
