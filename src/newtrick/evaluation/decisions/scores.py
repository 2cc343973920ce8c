"""How decisions fared that were fitted on the validation rows, measured on the test rows."""

from __future__ import annotations

from typing import Literal

from newtrick.evaluation.scores import Scores
from newtrick.evaluation.value import Value


class CalibrationScores(Value):
    """How far probabilities can be believed, before and after they are calibrated.

    `error` is the expected calibration error over 15 bins, `error_by_chance` what it would be for
    perfect calibration and as many rows; `loss` is in nats.
    """

    error_before: float
    error: float
    error_by_chance: float
    loss_before: float
    loss: float


class AbstentionScores(Value):
    """What comes of withholding the answers that are not sure enough.

    `threshold` is the least calibrated probability of an answer that is given; absent where none
    assures the wanted accuracy. `assured` is the accuracy that it assures, or else the highest that
    could be. `accuracy` is that of the answers given, with a 95 % interval; absent where there are
    none. `coverage` is their share of all.
    """

    wanted_accuracy: float
    threshold: float | None = None
    assured: float
    coverage: float
    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    area_under_risk_coverage: float


class SetScores(Value):
    """How often prediction sets hold the true label, how large they are, how many are single.

    A label belongs in the set with a calibrated probability of at least `least_probability`, and
    the most probable one always.
    """

    stated_coverage: float
    least_probability: float
    coverage: float
    coverage_interval: tuple[float, float]
    mean_size: float
    single_share: float


class ThresholdScores(Value):
    """What naming a label from a probability on comes to.

    `threshold` and `assured` are as in `AbstentionScores`, for the `share` of precision or recall
    that was wanted. `precision` is absent where the label is never named, `recall` where no row has
    it.
    """

    label: str
    wanted: Literal["precision", "recall"]
    share: float
    threshold: float | None = None
    assured: float
    precision: float | None = None
    recall: float | None = None


class CostScores(Value):
    """The mean cost of a row by the cheapest label, and by the most probable one."""

    cheapest: float
    most_probable: float


class DecisionScores(Value):
    """What was fitted on the validation rows to decide by, measured on the test rows.

    Logits divided by the temperature give calibrated probabilities. It is at its bound where the
    validation rows asked for one beyond.
    """

    fitted_on_rows: int
    temperature: float
    temperature_at_bound: bool = False
    calibration: CalibrationScores
    abstention: AbstentionScores
    sets: SetScores
    thresholds: tuple[ThresholdScores, ...] | None = None
    costs: CostScores | None = None


class LabelRule(Value):
    """From which calibrated probability on a label is named, where a row may have several.

    `wanted` is what the threshold was fitted for: the best F1, or a `share` of precision or recall,
    of which `assured` is kept; both are absent for F1. `threshold` is absent where none keeps it:
    then the label is never named for a wanted precision, always for a wanted recall.
    """

    label: str
    wanted: Literal["f1", "precision", "recall"]
    share: float | None = None
    threshold: float | None = None
    assured: float | None = None


class LabelDecisionScores(Value):
    """What was fitted on the validation rows to name labels by, measured on the test rows.

    `calibration` is that of the probabilities of all labels together; `flagged` are the scores of
    the labels that reach their thresholds.
    """

    fitted_on_rows: int
    temperature: float
    temperature_at_bound: bool = False
    calibration: CalibrationScores
    rules: tuple[LabelRule, ...]
    flagged: Scores
