"""The figure of the validation rows that trials are judged by: what chooses checkpoints, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from newtrick.evaluation.arrays import Floats
from newtrick.evaluation.task import Examined
from newtrick.journal import Evaluation

FigureName = Literal["loss", "accuracy", "f1", "macro_f1", "micro_f1"]


@dataclass(frozen=True)
class Figure:
    """One of those that `training.best_by` may name."""

    name: FigureName

    @property
    def title(self) -> str:
        """As people write it."""
        words = self.name.replace("f1", "F1").replace("_", " ")
        return f"validation {words}"

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """Which is better, as Optuna has it."""
        return "minimize" if self.name == "loss" else "maximize"

    def gain(self, value: float, over: float) -> float:
        """How much better a value is than another; below 0 if it is worse."""
        return over - value if self.name == "loss" else value - over

    def of_evaluation(self, event: Evaluation) -> float:
        """Its value in the course of a training."""
        found = {
            "loss": event.validation_loss,
            "accuracy": event.accuracy,
            "f1": event.f1,
            "macro_f1": event.macro_f1,
            "micro_f1": event.micro_f1,
        }[self.name]
        return found or 0.0

    def of_examined(self, examined: Examined) -> float:
        """Its value at the end."""
        found = {
            "loss": float(examined.losses.mean()),
            "accuracy": float(examined.right.mean()),
            "f1": examined.f1,
            "macro_f1": examined.macro_f1,
            "micro_f1": examined.micro_f1,
        }[self.name]
        return found or 0.0

    def merits(self, examined: Examined) -> Floats:
        """What each row adds, the higher the better, shape (rows,); to an F1 it is taken a hit."""
        rows = -examined.losses if self.name == "loss" else examined.right
        return rows.astype("float64")
