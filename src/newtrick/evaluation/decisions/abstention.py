"""Risk against coverage: how often answers are wrong when only the surest ones are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from newtrick.evaluation.arrays import Flags, Floats

_POINTS = 200


@dataclass(frozen=True)
class RiskCoverage:
    """What giving only the surest answers costs and brings.

    Attributes:
        coverage: The share of rows that is answered; ascending, shape (points,).
        risk: The share of wrong ones among them; shape (points,).
        area: The mean risk over all coverages (AURC; Geifman and others 2019); 0 is perfect.
    """

    coverage: Floats
    risk: Floats
    area: float


def risk_coverage(confidence: Floats, right: Flags) -> RiskCoverage:
    """Follow the risk from the surest row to all of them; equal confidences come in no order.

    Args:
        confidence: Shape (rows,), at least one.
        right: Whether the answer is right, shape (rows,).
    """
    order = np.argsort(-confidence, kind="stable")
    surest, wrong = confidence[order], np.cumsum(~right[order])
    ends = np.flatnonzero(np.append(surest[1:] != surest[:-1], True))
    answered = np.arange(1, len(order) + 1)
    risk = np.interp(answered, np.append(0, ends + 1), np.append(0, wrong[ends])) / answered
    shown = np.unique(np.linspace(0, len(order) - 1, _POINTS).astype(np.int64))
    return RiskCoverage(answered[shown] / len(order), risk[shown], float(risk.mean()))
