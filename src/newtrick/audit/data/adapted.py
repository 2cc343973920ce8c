"""The check of test texts that the model's encoder was adapted to."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.example import example
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import row_ids


class AdaptedOn(Check[DataSubject]):
    """Test texts that the encoder has read before, without their labels."""

    code = "adapted-on"
    why = "The model knows these texts, though not their answers: on others it may be a bit worse."
    fix = "adapt the encoder again with newtrick adapt TEXTS --test DATA, which keeps them out"
    tolerable = 0.01

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for texts of earlier adaptations in the test split."""
        if "test" not in subject.keyed:
            return
        read = subject.trained_on.filter(pl.col("split") == "adaptation")["hash"]
        rows = subject.keyed["test"]
        known = rows.filter(pl.col("key").is_in(read.implode()))
        if known.height:
            share = known.height / rows.height
            yield self.found(
                Severity.WARNING if share > self.tolerable else Severity.INFO,
                f"the encoder was adapted to {counted(known.height, 'test text')}"
                f" ({100 * share:.1f} %), which it read without"
                f" {one_or_many(known.height, 'its label', 'their labels')}",
                {
                    "rows": known.height,
                    "share": round(share, 4),
                    "example": example(known),
                },
                row_ids(known),
            )
