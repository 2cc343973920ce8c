"""Which evaluation is the best so far, and when to give up hope for a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Flags, Floats
from newtrick.journal import Examination
from newtrick.recipe import TrainingSettings

ExaminationT = TypeVar("ExaminationT", bound=Examination)


class Judged(Protocol):
    """What an examination was taken from: rows, or the tokens that were asked for."""

    @property
    def losses(self) -> Floats:
        """Of each row, shape (rows,)."""

    @property
    def right(self) -> Flags:
        """Whether its answer is right, shape (rows,)."""


@dataclass(frozen=True)
class Standing:
    """Where a selection stands after an evaluation.

    Attributes:
        best: The best evaluation so far.
        merits: What each row adds to its figure that decides; shape (rows,).
        worse_in_a_row: Evaluations since then.
    """

    best: Examination
    merits: npt.NDArray[np.float64]
    worse_in_a_row: int = 0


class Selection:
    """Follows the evaluations of a run; the earlier of two equal ones is the better.

    `standing` is None before the first.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self._best_by = settings.best_by
        self._patience = settings.patience
        self.standing: Standing | None = None

    @property
    def best(self) -> Examination | None:
        """The best evaluation so far."""
        return None if self.standing is None else self.standing.best

    def consider(self, evaluation: ExaminationT, examined: Judged) -> ExaminationT:
        """The evaluation again, with its lead on the best before it, and marked if it is better.

        Args:
            evaluation: The scores.
            examined: What they were taken from.
        """
        merits = self._merits(examined)
        before = self.standing
        if before is not None:
            ahead = merits - before.merits
            evaluation = replace(
                evaluation,
                lead=float(ahead.mean()),
                lead_error=float(ahead.std() / math.sqrt(len(ahead))),
            )
            if self._merit(evaluation) <= self._merit(before.best):
                self.standing = replace(before, worse_in_a_row=before.worse_in_a_row + 1)
                return evaluation
        best = replace(evaluation, best=True)
        self.standing = Standing(best, merits)
        return best

    @property
    def lost_patience(self) -> bool:
        """Whether too many evaluations in a row were no better than the best."""
        if self._patience is None or self.standing is None:
            return False
        return self.standing.worse_in_a_row >= self._patience

    def _merits(self, examined: Judged) -> npt.NDArray[np.float64]:
        """What each row adds to the figure that decides; to an F1 it is taken to be a hit."""
        if self._best_by == "loss":
            return -examined.losses
        return examined.right.astype(np.float64)

    def _merit(self, evaluation: Examination) -> tuple[float, float]:
        """Higher is better; the loss decides between equal scores."""
        return evaluation.merit(self._best_by), -evaluation.validation_loss
