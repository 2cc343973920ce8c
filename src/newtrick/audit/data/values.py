"""Checks of rows that hold no text or no label, or something that only stands for one."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import row_ids

MANY = 0.05
"""A share of rows above which reading, or the source, has probably gone wrong."""

_PLACEHOLDERS = (
    *("null", "(null)", "<null>", "none", "nan", "n/a", "#n/a", "<na>", "undefined", "nil"),
    *("#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "[deleted]", "[removed]"),
    *("[object object]", "tbd", "todo", "placeholder", "lorem ipsum"),
)
_REAL_LABELS = {"none", "undefined", "placeholder"}


class MissingValues(Check[DataSubject]):
    """Rows without text or without label."""

    code = "missing-values"
    why = "They are left out; if that is not by chance, the data is not what it stands for."
    fix = "fill them or remove them; --strict refuses them"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the rows that were dropped for it."""
        rows = subject.dropped.filter(pl.col("reason").str.starts_with("missing"))
        if rows.height:
            texts = rows.filter(pl.col("reason") == "missing-text").height
            labels = rows.height - texts
            share = _share_of_all(rows, subject)
            yield self.found(
                Severity.WARNING if share > MANY else Severity.INFO,
                f"{counted(rows.height, 'row')} ({100 * share:.1f} %)"
                f" {one_or_many(rows.height, 'was', 'were')} left out:"
                f" {texts:,} without text, {labels:,} without label",
                {"texts": texts, "labels": labels, "share": round(share, 4)},
                row_ids(rows),
            )


class EmptyText(Check[DataSubject]):
    """Texts that are nothing but white space or markup."""

    code = "empty-text"
    why = "They are left out; what made them empty may have cut other texts short."
    fix = "look at how these rows were collected; --strict refuses them"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the rows that were dropped for it."""
        rows = subject.dropped.filter(pl.col("reason").is_in(["empty-text", "markup-only"]))
        if rows.height:
            markup = rows.filter(pl.col("reason") == "markup-only").height
            share = _share_of_all(rows, subject)
            yield self.found(
                Severity.WARNING if share > MANY else Severity.INFO,
                f"{counted(rows.height, 'empty text')} ({100 * share:.1f} %) left out"
                + (f"; nothing but markup: {markup:,}" if markup else ""),
                {"rows": rows.height, "markup_only": markup, "share": round(share, 4)},
                row_ids(rows),
            )


class Placeholder(Check[DataSubject]):
    """Texts or labels such as `null`, `n/a` or `#REF!`."""

    code = "placeholder"
    why = "Some program wrote it where a value was missing; a model would learn it as text."
    fix = "remove these rows, or find the values that were lost"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare whole texts, and names of classes, with what programs write."""
        is_one = pl.element().is_in(_PLACEHOLDERS)
        texts = pl.col("text").str.to_lowercase().str.split("\n")
        rows = subject.rows.filter(texts.list.eval(is_one).list.any())
        if rows.height:
            example = rows["text"].mode(maintain_order=True)[0]
            yield self.found(
                Severity.WARNING,
                f"{counted(rows.height, 'text')} in place of none, such as {example!r}",
                {"rows": rows.height, "example": example},
                row_ids(rows),
            )
        for index, label in enumerate(subject.labels):
            if label.casefold() in _PLACEHOLDERS and label.casefold() not in _REAL_LABELS:
                rows = subject.labelled([index])
                yield self.found(
                    Severity.WARNING,
                    f"{counted(rows.height, 'row')} with the label {label!r}, which stands for"
                    " none",
                    {"rows": rows.height, "label": label},
                    row_ids(rows),
                )


class IdLabels(Check[DataSubject]):
    """A label column that looks like an id."""

    code = "id-labels"
    why = "Ids and measurements are no classes: nobody can tell them from a text."
    fix = "choose the column of the classes: --label-column"
    most_classes = 20
    fewest_rows = 10

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for many labels with digits and few rows each; class ids go from 0 or 1 up."""
        labels = subject.labels.names
        if len(labels) <= self.most_classes or not all(any(map(str.isdigit, n)) for n in labels):
            return
        rows = int(median(subject.class_counts["train"].values()))
        plain = [{str(start + index) for index in range(len(labels))} for start in (0, 1)]
        if rows < self.fewest_rows and set(labels) not in plain:
            yield self.found(
                Severity.WARNING,
                f"the {len(labels):,} labels look like ids, such as {labels[0]!r}:"
                f" half of them have {rows:,} training rows or fewer",
                {"labels": len(labels), "median_rows": rows, "example": labels[0]},
            )


def _share_of_all(rows: pl.DataFrame, subject: DataSubject) -> float:
    return rows.height / (subject.rows.height + subject.dropped.height)
