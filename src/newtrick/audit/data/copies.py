"""Checks of texts that occur more than once: in a split, across splits, with other labels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.example import example
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import row_ids


class Duplicates(Check[DataSubject]):
    """Texts that occur more than once in a split."""

    code = "duplicates"
    why = "They count twice, in training and in the score; the rows are fewer than they seem."
    fix = "if they are an accident of collecting, train with --fix duplicates"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the copies in each split."""
        rows = subject.rows
        copies = rows.filter(~pl.struct("split", "key").is_first_distinct())
        if copies.height:
            share = copies.height / rows.height
            by_split = {
                f"{name}_rows": copies.filter(pl.col("split") == name).height
                for name in subject.splits
            }
            yield self.found(
                Severity.INFO,
                f"{counted(copies.height, 'row')} ({100 * share:.1f} %)"
                f" {one_or_many(copies.height, 'repeats', 'repeat')} an earlier text of the same"
                " split",
                {
                    "rows": copies.height,
                    "share": round(share, 4),
                    **by_split,
                    "example": example(copies),
                },
                row_ids(copies),
            )


class Leakage(Check[DataSubject]):
    """Texts of a split for evaluation that trained the model, or chose its checkpoint."""

    code = "leakage"
    why = "The model has seen those answers, so the score is too good."
    fix = "score on other rows, or train with --fix leakage"
    tolerable = 0.05

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for texts of earlier splits, and of earlier trainings, in the later ones."""
        for name, earlier in (("validation", ["train"]), ("test", ["train", "validation"])):
            if name not in subject.keyed:
                continue
            seen = [subject.keyed[split]["key"] for split in earlier if split in subject.keyed]
            before = subject.trained_on.filter(pl.col("split").is_in(earlier))["hash"]
            rows = subject.keyed[name]
            leaked = rows.filter(pl.col("key").is_in(pl.concat([before, *seen]).implode()))
            if leaked.height:
                chose = leaked.filter(~pl.col("key").is_in(_trained(subject).implode())).height
                share = leaked.height / rows.height
                yield self.found(
                    Severity.ERROR if share > self.tolerable else Severity.WARNING,
                    f"{counted(leaked.height, f'{name} row')} ({100 * share:.1f} %)"
                    f" {one_or_many(leaked.height, 'was', 'were')} trained on"
                    + (f", {chose:,} of them to choose the checkpoint" if chose else ""),
                    {
                        "split": name,
                        "rows": leaked.height,
                        "share": round(share, 4),
                        "example": example(leaked),
                    },
                    row_ids(leaked),
                )


def _trained(subject: DataSubject) -> pl.Series:
    """The keys of the texts that train the model, or have trained it before."""
    before = subject.trained_on.filter(pl.col("split") == "train")["hash"]
    now = [subject.keyed["train"]["key"]] if "train" in subject.keyed else []
    return pl.concat([before, *now])


class ConflictingLabels(Check[DataSubject]):
    """The same text under different labels."""

    code = "conflicting-labels"
    why = "At most one of the labels is right; no model can get the others."
    fix = "newtrick audit DATA --write-review FILE, decide, train with --corrections FILE"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Group by text, over all splits."""
        rows = subject.rows
        conflicting = rows.filter(pl.col("label").n_unique().over("key") > 1)
        if conflicting.height:
            yield self.found(
                Severity.WARNING,
                f"{conflicting.height:,} rows have a text that also has another label",
                {
                    "rows": conflicting.height,
                    "texts": conflicting["key"].n_unique(),
                    "example": example(conflicting),
                },
                row_ids(conflicting),
            )
