"""Checks of what the texts look like."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted
from newtrick.data.dataset import row_ids

_AFTER = "\u00a0-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"
"""How the later bytes of a UTF-8 character look in Windows-1252."""

_SIGNS = "\u00a0-\u00ba\u00bc-\u00bfŒœŠšŽžŸƒˆ˜‚„†‡•‰€™"
"""Those of them that do not follow a capital letter in honest text, as quotes and dashes do."""

_MOJIBAKE = "|".join(
    (
        f"Ã[{_SIGNS}]",  # é, ü, ñ
        "Â[\u00a1-\u00aa\u00ac-\u00ba\u00bc-\u00bf]",  # £, °, ½
        f"(?:[ÐÑ][{_AFTER}]){{2}}",  # Cyrillic
        "â€",  # quotes, dashes, dots
        "ðŸ",  # emoji
        "ï¿½|ï»¿|\ufffd",  # what could not be read, and the mark of the byte order
    )
)
_SHOWN_CHARACTERS = 20


class Mojibake(Check[DataSubject]):
    """Texts that were decoded with the wrong encoding."""

    code = "mojibake"
    why = "The model learns broken characters, and will meet whole ones."
    fix = "export the data as UTF-8 once more; what a text has lost cannot be brought back here"

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Look for UTF-8 that was read as Windows-1252, and for replacement characters."""
        rows = subject.rows.filter(pl.col("text").str.contains(_MOJIBAKE))
        if rows.height:
            around = rf".{{0,{_SHOWN_CHARACTERS}}}(?:{_MOJIBAKE}).{{0,{_SHOWN_CHARACTERS}}}"
            example = rows.head(1).select(pl.col("text").str.extract(f"({around})")).item()
            yield self.found(
                Severity.WARNING,
                f"{counted(rows.height, 'text')} with broken characters, such as {example!r}",
                {"rows": rows.height, "example": example},
                row_ids(rows),
            )


class LabelTexts(Check[DataSubject]):
    """A text column that looks like a label."""

    code = "label-texts"
    why = "A few values that come back all the time are a category rather than text."
    fix = "choose the column of the texts: --text-column"
    fewest_rows = 100
    most_different = 0.05

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the different training texts."""
        train = subject.keyed["train"]
        different = train["key"].n_unique()
        if train.height >= self.fewest_rows and different < self.most_different * train.height:
            example = train["text"].mode(maintain_order=True)[0][:_SHOWN_CHARACTERS]
            yield self.found(
                Severity.WARNING,
                f"the {train.height:,} training texts take {different:,} different values,"
                f" such as {example!r}",
                {"rows": train.height, "different": different, "example": example},
            )
