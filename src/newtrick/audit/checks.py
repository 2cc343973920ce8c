"""What can be wrong with a data set. A check is a small object; `CHECKS` is all of them."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import polars as pl

from newtrick.audit.finding import MAX_ROWS, Finding, Severity
from newtrick.data.dataset import LabelSet, row_ids
from newtrick.data.split import text_key_hashes
from newtrick.encoder.save import TRAINED_ON_SCHEMA
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.intervals import wilson_interval


@dataclass(frozen=True)
class Subject:
    """What is looked at.

    Attributes:
        labels: The classes.
        splits: The rows of each split there is, by its name.
        tokens: The training texts as the model will read them, if there are any.
        trained_on: What the model was trained on before, as `TRAINED_ON_SCHEMA` has it.
    """

    labels: LabelSet
    splits: Mapping[str, pl.DataFrame]
    tokens: TokenIds | None = None
    trained_on: pl.DataFrame = field(default_factory=TRAINED_ON_SCHEMA.to_frame)

    @functools.cached_property
    def keyed(self) -> dict[str, pl.DataFrame]:
        """The splits with a column `key`: equal for texts that differ in case and marks alone."""
        return {
            name: split.with_columns(text_key_hashes(split).alias("key"))
            for name, split in self.splits.items()
        }

    @functools.cached_property
    def class_counts(self) -> dict[str, dict[str, int]]:
        """Rows of each class, by the split's name and the label's."""
        classes = len(self.labels)
        counts = {
            name: np.bincount(split["label"].to_numpy(), minlength=classes).tolist()
            for name, split in self.splits.items()
        }
        return {name: dict(zip(self.labels, count, strict=True)) for name, count in counts.items()}


class Check(ABC):
    """One thing that can be wrong.

    Attributes:
        code: A stable word.
        why: Why it matters.
        fix: What to do about it.
    """

    code: ClassVar[str]
    why: ClassVar[str]
    fix: ClassVar[str]

    @abstractmethod
    def look(self, subject: Subject) -> Iterator[Finding]:
        """Find it, or nothing."""

    def found(
        self,
        severity: Severity,
        title: str,
        evidence: Mapping[str, float | int | str],
        rows: pl.DataFrame | None = None,
    ) -> Finding:
        """A finding of this check; of many rows the first are kept."""
        ids = () if rows is None else tuple(row_ids(rows.head(MAX_ROWS)))
        return Finding(self.code, severity, title, self.why, self.fix, evidence, ids)


class OneClass(Check):
    """A split for evaluation that holds one class."""

    code = "one-class"
    why = "Always naming that class scores 100 %, so the score says nothing about the others."
    fix = (
        "evaluate on rows of every class; a file sorted by label must not be cut by its first rows"
    )

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Count the classes of the splits that decide."""
        for name, counts in subject.class_counts.items():
            present = [label for label, count in counts.items() if count]
            if name != "train" and len(present) == 1:
                rows = counts[present[0]]
                yield self.found(
                    Severity.ERROR,
                    f"all {rows:,} {name} rows are {present[0]!r}",
                    {"split": name, "label": present[0], "rows": rows},
                )


class MissingClass(Check):
    """A class without rows in a split that holds others."""

    code = "missing-class"
    why = "What the model does with that class is not measured, or was never taught."
    fix = "add rows of that class, or leave the class out of all splits"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Look for classes without a row."""
        for name, counts in subject.class_counts.items():
            missing = [label for label, count in counts.items() if not count]
            if missing and len(counts) - len(missing) > 1:
                yield self.found(
                    Severity.WARNING,
                    f"the {name} rows have no {', '.join(map(repr, missing))}",
                    {"split": name, "classes": len(missing)},
                )


class TooFewRows(Check):
    """A test set too small for the claim."""

    code = "too-few-rows"
    why = "The score could be far from what the model does on other texts of the same kind."
    fix = "label more test rows: four times as many halve the interval"
    widest = 0.05

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Take 90 % accuracy, and see how wide its interval is."""
        rows = subject.splits["test"].height
        low, high = wilson_interval(round(0.9 * rows), rows)
        half = (high - low) / 2
        if half > self.widest:
            yield self.found(
                Severity.WARNING,
                f"{rows:,} test rows leave ±{100 * half:.0f} points of doubt at 90 % accuracy",
                {"rows": rows, "half_width": round(half, 4)},
            )


class Imbalance(Check):
    """A majority so large that accuracy flatters."""

    code = "imbalance"
    why = "A model that always names the largest class has that accuracy already."
    fix = "look at macro F1; pick the checkpoint by it: --set training.best_by=macro_f1"
    largest = 0.75

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Compare the largest class with the rest."""
        counts = subject.class_counts["test"]
        label = max(counts, key=counts.__getitem__)
        share = counts[label] / sum(counts.values())
        if self.largest < share < 1:
            yield self.found(
                Severity.WARNING,
                f"{100 * share:.1f} % of the test rows are {label!r}: the score of a blind guess",
                {"label": label, "majority_accuracy": round(share, 4)},
            )


class Duplicates(Check):
    """Training texts that occur more than once."""

    code = "duplicates"
    why = "They count twice in training, and less was learned than the rows suggest."
    fix = "drop the copies if they are an accident of collecting"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Count the copies."""
        train = subject.keyed["train"]
        copies = train.filter(~pl.col("key").is_first_distinct())
        if copies.height:
            share = copies.height / train.height
            yield self.found(
                Severity.INFO,
                f"{copies.height:,} training rows ({100 * share:.1f} %) repeat an earlier text",
                {"rows": copies.height, "share": round(share, 4)},
                copies,
            )


class Leakage(Check):
    """Texts of a split for evaluation that trained the model, or chose its checkpoint."""

    code = "leakage"
    why = "The model has seen those answers, so the score is too good."
    fix = "score on other rows, or remove the shared texts from the training rows"
    tolerable = 0.05

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Look for texts of earlier splits, and of earlier trainings, in the later ones."""
        for name, earlier in (("validation", ["train"]), ("test", ["train", "validation"])):
            if name not in subject.keyed:
                continue
            seen = [subject.keyed[split]["key"] for split in earlier if split in subject.keyed]
            before = subject.trained_on.filter(pl.col("split").is_in(earlier))["hash"]
            rows = subject.keyed[name]
            leaked = rows.filter(pl.col("key").is_in(pl.concat([before, *seen]).implode()))
            if leaked.height:
                share = leaked.height / rows.height
                yield self.found(
                    Severity.ERROR if share > self.tolerable else Severity.WARNING,
                    f"{leaked.height:,} {name} rows ({100 * share:.1f} %) were trained on",
                    {"split": name, "rows": leaked.height, "share": round(share, 4)},
                    leaked,
                )


class ConflictingLabels(Check):
    """The same text under different labels."""

    code = "conflicting-labels"
    why = "At most one of the labels is right; no model can get the others."
    fix = "decide on one label for each of these texts"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Group by text, over all splits."""
        rows = pl.concat(subject.keyed.values())
        conflicting = rows.filter(pl.col("label").n_unique().over("key") > 1)
        if conflicting.height:
            yield self.found(
                Severity.WARNING,
                f"{conflicting.height:,} rows have a text that also has another label",
                {"rows": conflicting.height, "texts": conflicting["key"].n_unique()},
                conflicting,
            )


class CutTexts(Check):
    """Texts longer than what the model reads."""

    code = "truncation"
    why = "What is cut off cannot count, and the verdict of a review is often its last sentence."
    fix = "raise data.max_tokens (up to the model's limit), or keep both ends: head+tail"
    noticeable = 0.01

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Compare lengths before and after cutting."""
        tokens = subject.tokens
        if tokens is None:
            return
        texts_cut = float(np.mean(tokens.full_lengths > tokens.lengths))
        tokens_cut = 1 - float(tokens.lengths.sum() / tokens.full_lengths.sum())
        if texts_cut >= self.noticeable:
            yield self.found(
                Severity.INFO,
                f"{100 * texts_cut:.0f} % of the training texts are cut,"
                f" {100 * tokens_cut:.0f} % of their tokens lost",
                {"texts_share": round(texts_cut, 4), "tokens_share": round(tokens_cut, 4)},
            )


EVALUATION_CHECKS: tuple[Check, ...] = (
    OneClass(),
    MissingClass(),
    TooFewRows(),
    Imbalance(),
    Leakage(),
)
"""Those that need the split `test` alone."""

CHECKS: tuple[Check, ...] = (
    *EVALUATION_CHECKS,
    Duplicates(),
    ConflictingLabels(),
    CutTexts(),
)
"""All of them; they look at the splits `train`, `validation` and `test`."""
