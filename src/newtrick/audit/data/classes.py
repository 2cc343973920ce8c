"""Checks of the classes: which there are, and how many rows of each."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.evaluation.intervals import wilson_interval


class OneClass(Check[DataSubject]):
    """One class only: in a split for evaluation, or in the whole data."""

    code = "one-class"
    why = "Always naming that class scores 100 %, so the score says nothing about the others."
    fix = (
        "evaluate on rows of every class; a file sorted by label must not be cut by its first rows"
    )

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the classes of the splits that decide, and of data that has no more."""
        for name, counts in subject.class_counts.items():
            present = [label for label, count in counts.items() if count]
            decides = name != "train" or len(subject.labels) == 1
            if decides and len(present) == 1:
                rows = counts[present[0]]
                yield self.found(
                    Severity.ERROR,
                    f"all {rows:,} {name} rows are {present[0]!r}",
                    {"split": name, "label": present[0], "rows": rows},
                )


class MissingClass(Check[DataSubject]):
    """A class without rows in a split that holds others."""

    code = "missing-class"
    why = "What the model does with that class is not measured, or was never taught."
    fix = "add rows of that class, or leave the class out of all splits"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for classes without a row."""
        for name, counts in subject.class_counts.items():
            missing = [label for label, count in counts.items() if not count]
            if missing and len(counts) - len(missing) > 1:
                yield self.found(
                    Severity.WARNING,
                    f"the {name} rows have no {', '.join(map(repr, missing))}",
                    {"split": name, "classes": len(missing)},
                )


class TooFewRows(Check[DataSubject]):
    """A test set too small for the claim."""

    code = "too-few-rows"
    why = "The score could be far from what the model does on other texts of the same kind."
    fix = "label more test rows: four times as many halve the interval"
    widest = 0.05

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Take 90 % accuracy, and see how wide its interval is."""
        rows = sum(subject.class_counts.get("test", {}).values())
        if not rows:
            return
        low, high = wilson_interval(round(0.9 * rows), rows)
        half = (high - low) / 2
        if half > self.widest:
            yield self.found(
                Severity.WARNING,
                f"{rows:,} test rows leave ±{100 * half:.0f} points of doubt at 90 % accuracy",
                {"rows": rows, "half_width": round(half, 4)},
            )


class Imbalance(Check[DataSubject]):
    """A majority so large that accuracy flatters."""

    code = "imbalance"
    why = "A model that always names the largest class has that accuracy already."
    fix = "look at macro F1; pick the checkpoint by it: --set training.best_by=macro_f1"
    largest = 0.75

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare the largest class with the rest."""
        counts = subject.class_counts.get("test")
        if counts is None:
            return
        label = max(counts, key=counts.__getitem__)
        share = counts[label] / sum(counts.values())
        if self.largest < share < 1:
            yield self.found(
                Severity.WARNING,
                f"{100 * share:.1f} % of the test rows are {label!r}: the score of a blind guess",
                {"label": label, "majority_accuracy": round(share, 4)},
            )
