"""One label against the rest: from which probability on it is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from newtrick.evaluation.arrays import Flags, Floats
from newtrick.evaluation.decisions.document import Wanted
from newtrick.evaluation.decisions.selection import CONFIDENCE, Selection, select
from newtrick.recipe import DecisionSettings


@dataclass(frozen=True)
class Aim:
    """What the threshold of a label is to keep.

    Attributes:
        wanted: Precision or recall.
        share: The least of it.
    """

    wanted: Wanted
    share: float

    @classmethod
    def of(cls, settings: DecisionSettings) -> Aim | None:
        """What the settings ask for; None if it is nothing."""
        if settings.wanted_precision is not None:
            return cls("precision", settings.wanted_precision)
        if settings.wanted_recall is not None:
            return cls("recall", settings.wanted_recall)
        return None

    def threshold(self, probabilities: Floats, has_label: Flags) -> Selection:
        """The threshold that keeps it; see `precision_threshold` and `recall_threshold`."""
        fit = precision_threshold if self.wanted == "precision" else recall_threshold
        return fit(probabilities, has_label, self.share)


def precision_threshold(probabilities: Floats, has_label: Flags, wanted: float) -> Selection:
    """The lowest threshold above which enough of the rows have the label.

    Args:
        probabilities: Of the label, shape (rows,).
        has_label: Shape (rows,).
        wanted: The least precision.
    """
    return select(probabilities, has_label, wanted)


def recall_threshold(probabilities: Floats, has_label: Flags, wanted: float) -> Selection:
    """The highest threshold that enough of the label's rows reach, also among other rows.

    It is a tolerance limit (Wilks 1941): the lowest probabilities of the label's rows are passed
    over, as many as keep the promise.

    Args:
        probabilities: Of the label, shape (rows,).
        has_label: Shape (rows,).
        wanted: The least recall.
    """
    own = np.sort(probabilities[has_label])
    places = np.arange(len(own))
    passed_over = int((bdtr(places, len(own), 1 - wanted) <= 1 - CONFIDENCE).sum())
    if not passed_over:
        return Selection(None, (1 - CONFIDENCE) ** (1 / len(own)) if len(own) else 0.0)
    return Selection(float(own[passed_over - 1]), wanted)
