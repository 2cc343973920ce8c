"""What the checks of a model card look at."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from newtrick.audit.card.classes import ClassReport
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import SCORES, Measure
from newtrick.counted import counted
from newtrick.data.catalogue import DataEntry

Origin = Literal["text", "metadata", "table"]
Split = Literal["train", "evaluation", "test"]
Figures = Mapping[Measure, Figure]
REPORTED = frozenset({Measure.LOSS, *SCORES})
"""What a headline reports."""
_SHOWN_SIZES = 3


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
        rows: How many rows were scored, where its own line says so.
    """

    figures: Figures
    origin: Origin
    split: Split | None = None
    line: int = 1
    rows: int | None = None


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
    def candidates(self) -> tuple[Checkpoint, ...]:
        """The checkpoints whose figures can be the headline, or else the one that is marked.

        Of few digits there may be several. Metadata does not count where the text has another loss
        or another score than any checkpoint: whose figures are reported is open then.
        """
        of_course = [line for line in self.headlines if line.split not in {"test", "train"}]
        in_text = [line for line in self.headlines if line.origin != "metadata"]
        said = any(line.origin == "text" and self._compares(line) for line in of_course)
        for headline in in_text if said else self.headlines:
            if same := [row for row in self.course if is_same(row, headline)]:
                return tuple(same)
        return tuple([row for row in self.course if row.is_marked][-1:])

    @property
    def reported(self) -> Checkpoint | None:
        """The best of the candidates."""
        return min(self.candidates, key=_loss, default=None)

    @property
    def claimed(self) -> Figures:
        """What the card claims: its result on test rows if it has one, or else another.

        Lines of a table come after results of this model alone, and those of training rows last.
        Of a training table alone, it is the most accurate checkpoint.
        """
        if self.headlines:
            return min(self.headlines, key=_rank).figures
        shown = self.reported or max(self.course, key=_accuracy, default=None)
        return shown.figures if shown else {}

    @property
    def told(self) -> str:
        """What was understood of it."""
        parts = []
        if self.course:
            measures = dict.fromkeys(measure for row in self.course for measure in row.figures)
            parts.append(
                f"training table, {counted(len(self.course), 'row')}: {', '.join(measures)}"
            )
        if self.headlines:
            claimed = [f"{measure} {figure.shown}" for measure, figure in self.claimed.items()]
            parts.append(
                f"{counted(len(self.headlines), 'result')}, above all {', '.join(claimed)}"
            )
        if self.reports:
            parts.append(counted(len(self.reports), "report") + " on classes")
        if self.sizes:
            largest = sorted(self.sizes, reverse=True)[:_SHOWN_SIZES]
            parts.append(f"numbers of rows: {', '.join(map(str, largest))}")
        return "; ".join(parts)

    def _compares(self, headline: Headline) -> bool:
        """Whether the training table has measures of the headline."""
        measures = headline.figures.keys() & REPORTED
        return any(measures & row.figures.keys() for row in self.course)

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


def accuracy_and_f1(figures: Figures) -> tuple[Figure, Figure] | None:
    """Accuracy and F1, that of one class or weighted, if both are there."""
    accuracy = figures.get(Measure.ACCURACY)
    f1 = figures.get(Measure.F1) or figures.get(Measure.WEIGHTED_F1)
    return (accuracy, f1) if accuracy and f1 else None


def _rank(headline: Headline) -> tuple[bool, ...]:
    split, origin = headline.split, headline.origin
    return split == "train", origin == "table", origin == "metadata", split != "test"


def _loss(row: Checkpoint) -> float:
    return row.loss.value if row.loss else 0.0


def _accuracy(row: Checkpoint) -> float:
    accuracy = row.figures.get(Measure.ACCURACY)
    return accuracy.value if accuracy else -1.0
