"""Checks of texts that differ in a word or two."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import row_ids
from newtrick.data.near import near_groups
from newtrick.data.words import find_words


class NearDuplicates(Check[DataSubject]):
    """Texts that differ from another in a word or two, above all from one of another split."""

    code = "near-duplicates"
    why = "Who knows the one text knows the answer to the other: across splits, the score flatters."
    fix = (
        "put texts that are alike into one split; newtrick does so for groups that fit (10 rows, or"
        " 1 % of all)"
    )
    tolerable = 0.01

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Group what is alike, exact copies aside, and look for earlier splits in the groups."""
        different = subject.rows.unique(["split", "key"], keep="first", maintain_order=True)
        texts = different.unique("key", keep="first", maintain_order=True)
        groups = pl.Series("near", near_groups(find_words(texts["text"])))
        near = different.join(texts.select("key", groups), on="key", maintain_order="left")
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
                    f"{rows.height:,} {name} rows ({100 * share:.1f} %) differ from a text of"
                    f" {splits} in a word or two",
                    {"split": name, "rows": rows.height, "share": round(share, 4)},
                    row_ids(rows),
                )
        yield from self._within(near)

    def _within(self, near: pl.DataFrame) -> Iterator[Finding]:
        later = near.filter(~pl.struct("split", "near").is_first_distinct())
        share = later.height / near.height
        if share > self.tolerable:
            yield self.found(
                Severity.INFO,
                f"{later.height:,} rows ({100 * share:.1f} %) differ from an earlier text of their"
                " split in a word or two",
                {"split": "all", "rows": later.height, "share": round(share, 4)},
                row_ids(later),
            )
