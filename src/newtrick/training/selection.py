"""Which evaluation is the best so far, and when to give up hope for a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.task import Examined
from newtrick.journal import Evaluation
from newtrick.recipe import TrainingSettings


@dataclass(frozen=True)
class Standing:
    """Where a selection stands after an evaluation.

    Attributes:
        best: The best evaluation so far.
        merits: What each row adds to its figure that decides; shape (rows,).
        worse_in_a_row: Evaluations since then.
    """

    best: Evaluation
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
    def best(self) -> Evaluation | None:
        """The best evaluation so far."""
        return None if self.standing is None else self.standing.best

    def consider(self, evaluation: Evaluation, examined: Examined) -> Evaluation:
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
        self.standing = Standing(replace(evaluation, best=True), merits)
        return self.standing.best

    @property
    def lost_patience(self) -> bool:
        """Whether too many evaluations in a row were no better than the best."""
        if self._patience is None or self.standing is None:
            return False
        return self.standing.worse_in_a_row >= self._patience

    def _merits(self, examined: Examined) -> npt.NDArray[np.float64]:
        """What each row adds to the figure that decides; to an F1 it is taken to be a hit."""
        if self._best_by == "loss":
            return -examined.losses
        return examined.right.astype(np.float64)

    def _merit(self, evaluation: Evaluation) -> tuple[float, float]:
        """Higher is better; the loss decides between equal scores."""
        score = {
            "loss": -evaluation.validation_loss,
            "accuracy": evaluation.accuracy,
            "f1": evaluation.f1 or 0.0,
            "micro_f1": evaluation.micro_f1 or 0.0,
            "macro_f1": evaluation.macro_f1,
        }[self._best_by]
        return score, -evaluation.validation_loss
