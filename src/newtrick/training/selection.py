"""Which evaluation is the best so far, and when to give up hope for a better one."""

from __future__ import annotations

from dataclasses import replace

from newtrick.journal import Evaluation
from newtrick.recipe import TrainingSettings


class Selection:
    """Follows the evaluations of a run; the earlier of two equal ones is the better."""

    def __init__(self, settings: TrainingSettings) -> None:
        self._best_by = settings.best_by
        self._patience = settings.patience
        self._worse_in_a_row = 0
        self.best: Evaluation | None = None

    def consider(self, evaluation: Evaluation) -> Evaluation:
        """The evaluation again, marked as the best if it is better than all before it."""
        if self.best is not None and self._merit(evaluation) <= self._merit(self.best):
            self._worse_in_a_row += 1
            return evaluation
        self.best = replace(evaluation, best=True)
        self._worse_in_a_row = 0
        return self.best

    @property
    def lost_patience(self) -> bool:
        """Whether too many evaluations in a row were no better than the best."""
        return self._patience is not None and self._worse_in_a_row >= self._patience

    def _merit(self, evaluation: Evaluation) -> tuple[float, float]:
        """Higher is better; the loss decides between equal scores."""
        score = {
            "loss": -evaluation.validation_loss,
            "accuracy": evaluation.accuracy,
            "f1": evaluation.f1 or 0.0,
            "macro_f1": evaluation.macro_f1,
        }[self._best_by]
        return score, -evaluation.validation_loss
