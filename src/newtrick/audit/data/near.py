"""Checks of texts that differ in a word or two."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.example import example
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import row_ids
from newtrick.data.near import near_groups
from newtrick.data.words import find_words


class NearDuplicates(Check[DataSubject]):
    """Texts that differ from another in a word or two, above all from one of another split."""

    code = "near-duplicates"
    why = "Who knows the one text knows the answer to the other: across splits, the score flatters."
    fix = "train with --fix near-duplicates, which drops training rows like those to be scored"
    tolerable = 0.01

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Group what is alike, exact copies aside, and look for earlier splits in the groups."""
        texts = subject.rows.unique("key", keep="first", maintain_order=True)
        groups = pl.Series("near", near_groups(find_words(texts["text"])))
        near = subject.rows.join(texts.select("key", groups), on="key", maintain_order="left")
        for name, earlier in (("validation", ["train"]), ("test", ["train", "validation"])):
            # A text that is itself in an earlier split is a leak rather than alike.
            seen = near.filter(pl.col("split").is_in(earlier))
            rows = near.filter(
                pl.col("split") == name,
                pl.col("near").is_in(seen["near"].unique().implode()),
                ~pl.col("key").is_in(seen["key"].unique().implode()),
            )
            if rows.height:
                share = rows.height / subject.splits[name].height
                splits = " or ".join(split for split in earlier if split in subject.splits)
                yield self.found(
                    Severity.WARNING if share > self.tolerable else Severity.INFO,
                    f"{counted(rows.height, f'{name} row')} ({100 * share:.1f} %)"
                    f" {one_or_many(rows.height, 'differs', 'differ')} from a text of"
                    f" {splits} in a word or two",
                    {
                        "split": name,
                        "rows": rows.height,
                        "share": round(share, 4),
                        **_examples(rows, seen),
                    },
                    row_ids(rows),
                )
        yield from self._within(near.unique(["split", "key"], keep="first", maintain_order=True))

    def _within(self, near: pl.DataFrame) -> Iterator[Finding]:
        later = near.filter(~pl.struct("split", "near").is_first_distinct())
        share = later.height / near.height
        if share > self.tolerable:
            of_one_split = pl.col("split") == later["split"][0]
            yield self.found(
                Severity.INFO,
                f"{counted(later.height, 'row')} ({100 * share:.1f} %)"
                f" {one_or_many(later.height, 'differs', 'differ')} from an earlier text of the"
                " same split in a word or two",
                {
                    "split": "all",
                    "rows": later.height,
                    "share": round(share, 4),
                    **_examples(later.filter(of_one_split), near.filter(of_one_split)),
                },
                row_ids(later),
                fix="list them with --write-review FILE, and drop there those that add nothing",
            )


def _examples(rows: pl.DataFrame, earlier: pl.DataFrame) -> dict[str, str]:
    """One of the rows, and an earlier one that is alike: in a small group, all are."""
    others = earlier.filter(pl.col("near").is_in(rows["near"].unique().implode()))
    smallest = others.group_by("near", maintain_order=True).len().sort("len", maintain_order=True)
    of_group = pl.col("near") == smallest["near"][0]
    return {"example": example(rows.filter(of_group)), "like": example(others.filter(of_group))}
