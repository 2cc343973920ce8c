"""Decisions of either kind, measured, as the fields of a result."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.decisions.check import check_decisions
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.decisions.labels import check_label_decisions
from newtrick.evaluation.decisions.scores import DecisionScores, LabelDecisionScores


def checked(
    decisions: Decisions | LabelDecisions | None,
    logits: Logits,
    targets: Targets,
    groups: Ids | None = None,
) -> Mapping[str, DecisionScores | LabelDecisionScores]:
    """The field `decisions` or `label_decisions` of a result; none where there are none."""
    if isinstance(decisions, LabelDecisions):
        truth = targets.astype(np.bool_, copy=False)
        return {"label_decisions": check_label_decisions(decisions, logits, truth)}
    if decisions is None:
        return {}
    ids = targets.astype(np.int64, copy=False)
    return {"decisions": check_decisions(decisions, logits, ids, groups)}
