"""Checks of the classes: which there are, and how many rows of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import all_label_ids, row_ids
from newtrick.data.labels import name_key
from newtrick.evaluation.intervals import wilson_interval


class OneClass(Check[DataSubject]):
    """One class only: in a split for evaluation, or in the whole data."""

    code = "one-class"
    why = "Always naming that class scores 100 %, so the score says nothing about the others."
    fix = (
        "evaluate on rows of every class; a file sorted by label must not be cut by its first rows"
    )

    needs_one_label = True

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the classes of the splits that decide, and of data that has no more."""
        for name, counts in subject.class_counts.items():
            present = [label for label, count in counts.items() if count]
            decides = name != "train" or len(subject.labels) == 1
            if decides and len(present) == 1:
                rows = counts[present[0]]
                yield self.found(
                    Severity.ERROR,
                    f"all {rows:,} {name} rows are {present[0]!r}"
                    if rows > 1
                    else f"the only {name} row is {present[0]!r}",
                    {"split": name, "label": present[0], "rows": rows},
                )


class MissingClass(Check[DataSubject]):
    """A class without rows in a split that holds others."""

    code = "missing-class"
    why = "What the model does with that class is not measured, or was never taught."
    fix = "add rows of that class, or leave the class out of all splits"
    most_shown = 20

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for classes without a row."""
        for name, counts in subject.class_counts.items():
            missing = [label for label, count in counts.items() if not count]
            if missing and len(counts) - len(missing) > 1:
                more = f" and {len(missing) - self.most_shown:,} more"
                yield self.found(
                    Severity.WARNING,
                    f"the {name} rows have no {', '.join(map(repr, missing[: self.most_shown]))}"
                    + more * (len(missing) > self.most_shown),
                    {"split": name, "classes": len(missing)},
                )


class TooFewRows(Check[DataSubject]):
    """A test set too small for the claim, as a whole or of a class."""

    code = "too-few-rows"
    why = "The score could be far from what the model does on other texts of the same kind."
    fix = "label more test rows: four times as many halve the interval"
    widest, widest_of_class = 0.05, 0.1

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Take 90 % accuracy, and 90 % of each class found, and see how wide the intervals are."""
        counts = {name: n for name, n in subject.class_counts.get("test", {}).items() if n}
        if not counts:
            return
        rows = subject.splits["test"].height
        smallest = min(counts, key=counts.__getitem__)
        half, half_of_class = _half_width(rows), _half_width(counts[smallest])
        claims = []
        if half > self.widest:
            claims.append(
                f"{counted(rows, 'test row')} {one_or_many(rows, 'leaves', 'leave')}"
                f" ±{100 * half:.0f} points of doubt at 90 % accuracy"
            )
        if half_of_class > self.widest_of_class:
            claims.append(
                f"{smallest!r} has {counts[smallest]:,} of {rows:,} test rows, which leaves"
                f" ±{100 * half_of_class:.0f} points at 90 % of them found"
            )
        if claims:
            yield self.found(
                Severity.WARNING,
                "; ".join(claims),
                {
                    "rows": rows,
                    "half_width": round(half, 4),
                    "smallest_class": smallest,
                    "smallest_class_rows": counts[smallest],
                    "smallest_class_half_width": round(half_of_class, 4),
                },
            )


class LabelVariants(Check[DataSubject]):
    """Classes whose names differ only in case, spaces or marks."""

    code = "label-variants"
    why = "They are one class to whoever wrote them, and the model learns ways of writing instead."
    fix = (
        "write each class in one way; or list the rows with --write-review FILE, relabel them"
        " there, and train with --corrections FILE"
    )
    most_shown = 3

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Group the names of the classes; in each group the one with the most rows is meant."""
        counts = Counter(all_label_ids(subject.rows).to_list())
        groups: dict[str, list[int]] = defaultdict(list)
        for label in sorted(range(len(subject.labels)), key=lambda label: -counts[label]):
            groups[name_key(subject.labels.names[label])].append(label)
        meant = {label: first for first, *others in groups.values() for label in others}
        if not meant:
            return
        names = subject.labels.id2label
        rows = subject.labelled(list(meant))
        pairs = [
            f"{names[label]!r} ({counted(counts[label], 'row')}) beside {names[first]!r}"
            f" ({counts[first]:,})"
            for label, first in meant.items()
        ]
        more = f" and {len(pairs) - self.most_shown:,} more" * (len(pairs) > self.most_shown)
        yield self.found(
            Severity.ERROR,
            "classes that differ only in how they are written: "
            + ", ".join(pairs[: self.most_shown])
            + more,
            {"variants": len(meant), "rows": rows.height},
            row_ids(rows),
            []
            if subject.labels.multi_label
            else [names[meant[label]] for label in rows["label"].to_list()],
        )


class Imbalance(Check[DataSubject]):
    """A majority so large that accuracy flatters."""

    code = "imbalance"
    why = "A model that always names the largest class has that accuracy already."
    fix = "look at macro F1; pick the checkpoint by it: --set training.best_by=macro_f1"
    needs_one_label = True
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


def _half_width(rows: int) -> float:
    """Half of the 95 % interval of 90 % measured on so many rows."""
    low, high = wilson_interval(round(0.9 * rows), rows)
    return (high - low) / 2
