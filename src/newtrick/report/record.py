"""What the reports show: one value that every page, table and picture of a run is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from newtrick.audit.finding import Finding
    from newtrick.data.dataset import Note
    from newtrick.encoder.tokens import Truncation
    from newtrick.evaluation.decisions.check import Curves
    from newtrick.evaluation.mistakes import Mistakes
    from newtrick.evaluation.result import Result
    from newtrick.journal import Evaluation, Step
    from newtrick.recipe import Recipe
    from newtrick.run import Environment


@dataclass(frozen=True)
class RunRecord:
    """Everything that the reports show of one run.

    Attributes:
        result: What the run claims.
        recipe: Every setting of it.
        evaluations: The scores on the validation split, in the order of their steps.
        steps: The training loss, in the order of steps.
        findings: What the audit found.
        notes: What reading, cleaning and splitting chose or changed.
        confusion: Counts of test rows, shape (classes, classes): rows are true labels, columns
            predicted ones, both in the order of `result.labels`; None where a row may have several
            labels.
        truncation: How long a text may be for the model, and what is kept of a longer one.
        environment: What ran, where.
        curves: Calibration and risk on the test rows; None where nothing was decided by.
        mistakes: What the model got wrong on the test rows; None where that is not told.
    """

    result: Result
    recipe: Recipe
    evaluations: tuple[Evaluation, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    confusion: npt.NDArray[np.int64] | None
    truncation: Truncation
    environment: Environment
    curves: Curves | None = None
    mistakes: Mistakes | None = None
