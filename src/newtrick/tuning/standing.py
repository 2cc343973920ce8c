"""Where a study stands: which trials are over, which are best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from newtrick.evaluation.arrays import Floats
from newtrick.tuning.figure import Figure
from newtrick.tuning.folder import StudyFolder
from newtrick.tuning.ledger import trial_name
from newtrick.tuning.plan import StageName
from newtrick.tuning.space import Point
from newtrick.tuning.trial import MERITS


def finished(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those that are over, whatever came of them."""
    return [trial for trial in trials if trial.state.is_finished()]


def done(trials: Sequence[FrozenTrial], figure: Figure) -> list[FrozenTrial]:
    """Those that did their whole training, the best first; of equals, the first."""
    whole = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return sorted(whole, key=lambda trial: figure.gain(_value(trial), 0.0), reverse=True)


def promising(trials: Sequence[FrozenTrial], figure: Figure, most: int) -> list[Point]:
    """The points of the best trials."""
    return [trial.params for trial in done(trials, figure)[:most]]


def merits_of(
    folder: StudyFolder, stage: StageName, trials: Sequence[FrozenTrial]
) -> list[Floats | None]:
    """What each validation row adds to the figure of each trial; None of one given up."""
    return [
        np.load(folder.trial(trial_name(stage, trial.number)).path / MERITS, allow_pickle=False)
        if trial.state == TrialState.COMPLETE
        else None
        for trial in trials
    ]


def _value(trial: FrozenTrial) -> float:
    return 0.0 if trial.value is None else trial.value
