"""The check of groups, such as films or authors, that are in more than one split."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import GROUP, row_ids


class SharedGroups(Check[DataSubject]):
    """Rows for evaluation that share their group with training rows."""

    code = "shared-groups"
    why = "The model may know the film or the author rather than what texts of its labels say."
    fix = "leave the cut to newtrick, which splits no group, or cut the splits by group"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for the groups of earlier splits in the later ones."""
        if GROUP not in subject.rows.columns:
            return
        for name, earlier in (("validation", ["train"]), ("test", ["train", "validation"])):
            if name not in subject.splits:
                continue
            seen = subject.rows.filter(pl.col("split").is_in(earlier))[GROUP].unique()
            rows = subject.splits[name].filter(pl.col(GROUP).is_in(seen.implode()))
            if rows.height:
                share = rows.height / subject.splits[name].height
                yield self.found(
                    Severity.WARNING,
                    f"{counted(rows.height, f'{name} row')} ({100 * share:.1f} %)"
                    f" {one_or_many(rows.height, 'shares its', 'share their')} group with rows of"
                    f" {' or '.join(earlier)}",
                    {
                        "split": name,
                        "rows": rows.height,
                        "share": round(share, 4),
                        "groups": rows[GROUP].n_unique(),
                        "example": rows[GROUP][0],
                    },
                    row_ids(rows),
                )
