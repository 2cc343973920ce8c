"""What the checks of a model card look at."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from newtrick.audit.card.classes import ClassReport
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import SCORES, Measure
from newtrick.data.catalogue import DataEntry

Origin = Literal["text", "metadata", "table"]
Split = Literal["train", "evaluation", "test"]
Figures = Mapping[Measure, Figure]
REPORTED = frozenset({Measure.LOSS, *SCORES})
"""What a headline reports."""


@dataclass(frozen=True)
class Checkpoint:
    """A row of the training table.

    Attributes:
        line: The number of its line in the card.
        figures: What was measured, by measure.
        is_marked: Whether it is set in bold or has a star.
    """

    line: int
    figures: Figures
    is_marked: bool = False

    @property
    def name(self) -> str:
        """`step 1,000`, or `epoch 2` in a table without steps."""
        step = self.figures.get(Measure.STEP)
        if step is not None:
            return f"step {step.value:,.0f}"
        return f"epoch {self.figures[Measure.EPOCH].value:g}"

    @property
    def loss(self) -> Figure | None:
        """The loss on the rows of the evaluation."""
        return self.figures.get(Measure.LOSS)


@dataclass(frozen=True)
class Headline:
    """Figures that a card reports as the result.

    Attributes:
        figures: By measure.
        origin: `text`; `metadata` for the front matter; `table` for a line of several in one, which
            may be about another model, or other rows.
        split: The rows that they were measured on, where the card says so.
        line: The number of the first line in the card.
    """

    figures: Figures
    origin: Origin
    split: Split | None = None
    line: int = 1


@dataclass(frozen=True)
class CardSubject:
    """A model card.

    Attributes:
        name: The name of its file.
        course: The training table, in the order of training.
        headlines: The reported figures: those of the text, then those of the metadata.
        reports: What it says of single classes.
        data: The data set, if it is one that the catalogue knows.
        sizes: Numbers of evaluation rows that the card states.
        epochs: Those that training was configured for.
        early_stop: Whether it mentions a reason to end earlier.
        interval: Whether it gives an interval, or a spread.
        baseline: Whether it compares with a simple model.
    """

    name: str
    course: tuple[Checkpoint, ...]
    headlines: tuple[Headline, ...]
    reports: tuple[ClassReport, ...] = ()
    data: DataEntry | None = None
    sizes: frozenset[int] = frozenset()
    epochs: float | None = None
    early_stop: bool = False
    interval: bool = False
    baseline: bool = False

    @functools.cached_property
    def reported(self) -> Checkpoint | None:
        """The checkpoint whose figures are the headline, or else the one that is marked."""
        for headline in self.headlines:
            same = [row for row in self.course if is_same(row, headline)]
            if same:
                return min(same, key=_loss)
        marked = [row for row in self.course if row.is_marked]
        return marked[-1] if marked else None

    @property
    def claimed(self) -> Figures:
        """What the card claims: its result on test rows if it has one, or else another.

        Lines of a table come after results of this model alone, and those of training rows last.
        """
        if self.headlines:
            return min(self.headlines, key=_rank).figures
        return self.reported.figures if self.reported else {}

    @property
    def is_binary(self) -> bool:
        """Whether the data set is known to have two labels, so that F1 is that of one of them."""
        return self.data is not None and len(self.data.labels) == 2  # noqa: PLR2004

    def at(self, line: int) -> str:
        """A line of the card as a finding names it."""
        return f"{self.name}:{line}"


def is_same(row: Checkpoint, headline: Headline) -> bool:
    """Whether the headline is that of this checkpoint: all figures that both have agree."""
    shared = row.figures.keys() & headline.figures.keys() & REPORTED
    return bool(shared) and all(
        row.figures[measure].agrees(headline.figures[measure]) for measure in shared
    )


def _rank(headline: Headline) -> tuple[bool, ...]:
    split, origin = headline.split, headline.origin
    return split == "train", origin == "table", origin == "metadata", split != "test"


def _loss(row: Checkpoint) -> float:
    return row.loss.value if row.loss else 0.0
