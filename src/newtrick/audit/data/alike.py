"""The check of texts that differ only in what the model does not read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import row_ids

_OTHER_PART = {
    "head": "--set data.truncation=head+tail",
    "tail": "--set data.truncation=head+tail",
    "head+tail": "--set data.truncation=tail",
    "windows": "--set data.max_windows=N",
}


class CutAlike(Check[DataSubject]):
    """Different texts that are the same to the model, such as letters under one long heading."""

    code = "cut-alike"
    why = (
        "To the model they are one text: it cannot give them different labels, and across splits"
        " it has seen the answer."
    )
    fix = "remove what the texts have in common, or read another part of them"
    tolerable = 0.01

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Group the cut texts of all splits by the tokens that are left of them."""
        reading = subject.reading
        if reading is None or not reading.tokens:
            return
        cut = pl.concat(
            _cut_texts(rows, reading, name).with_columns(split=pl.lit(name))
            for name, rows in subject.keyed.items()
        )
        alike = cut.filter(pl.col("key").n_unique().over("kept") > 1)
        if alike.is_empty():
            return
        conflicting = alike.filter(pl.col("label").n_unique().over("kept") > 1)
        seen = alike.filter(pl.col("split") == "train")
        across = alike.filter(
            pl.col("split") != "train",
            pl.col("kept").is_in(seen["kept"].unique().implode()),
            ~pl.col("key").is_in(seen["key"].unique().implode()),
        )
        share = alike.height / subject.rows.height
        across_share = across.height / (subject.rows.height - subject.splits["train"].height)
        if share <= self.tolerable and conflicting.is_empty() and across.is_empty():
            return
        consequences = [
            f"{conflicting.height:,} of them from one with another label"
            * bool(conflicting.height),
            f"{across.height:,} rows for evaluation from one of train" * bool(across.height),
        ]
        told = " and ".join(filter(None, consequences))
        yield self.found(
            Severity.WARNING if max(share, across_share) > self.tolerable else Severity.INFO,
            f"{alike.height:,} texts ({100 * share:.1f} %) differ from another only in what is cut"
            " off" + (f": {told}" if told else ""),
            {
                "rows": alike.height,
                "share": round(share, 4),
                "conflicting_rows": conflicting.height,
                "evaluation_rows": across.height,
            },
            row_ids(alike),
            fix=f"{self.fix}: {_OTHER_PART[reading.truncation.keep]}",
        )


def _cut_texts(rows: pl.DataFrame, reading: Reading, split: str) -> pl.DataFrame:
    """The rows whose texts are cut, with a hash `kept` of the tokens that are left."""
    tokens = reading.tokens[split]
    places = np.flatnonzero(tokens.full_lengths > reading.longest_whole)
    hashes = [
        hashlib.blake2b(tokens[place].tobytes(), digest_size=8).digest()
        for place in places.tolist()
    ]
    return rows[places].with_columns(kept=pl.Series(hashes, dtype=pl.Binary))
