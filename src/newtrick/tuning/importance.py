"""What mattered: the share of the differences between trials that each setting explains."""

from __future__ import annotations

import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState

_FEWEST = 8
"""Fewer trials fit a forest of trees to chance."""


def importance_of(study: optuna.Study) -> dict[str, float]:
    """By functional analysis of variance (Hutter, Hoos & Leyton-Brown 2014), the highest first.

    Returns:
        Shares that sum to 1, by dotted name; nothing where too few trials did their whole training,
        or all came to the same.
    """
    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(whole) < _FEWEST or len({trial.value for trial in whole}) == 1:
        return {}
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return {key: float(share) for key, share in shares.items()}
