"""The Result: what a run found, as it is written to `result.json`. All numbers are finite."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, stdev
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value whose numbers are finite; what was not measured is absent from its JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json(self) -> str:
        """One JSON document; fields that are None are left out."""
        return self.model_dump_json(exclude_none=True, indent=2)


class DataSummary(Value):
    """How many rows each split had."""

    name: str
    train_rows: int
    validation_rows: int
    test_rows: int


class LabelScores(Value):
    """How the rows of one label fared; `support` is how many have it."""

    precision: float
    recall: float
    f1: float
    support: int


class Scores(Value):
    """How predictions compare with labels. A figure that has no value for the rows is absent.

    `f1`, `precision` and `recall` are those of the positive label for two classes, else absent; the
    areas under the curves (`roc_auc`, `average_precision`) are of it too, or for more classes the
    mean over those present, each against the rest. `macro_` is the unweighted mean over all classes
    that are present or predicted. `loss` is the log loss; `calibration_error` has 15 bins. The last
    two figures are there where the labels are a scale, such as one to five stars.

    Where a row may have several labels, `accuracy` is the share of rows with exactly the labels
    that they should have (subset accuracy). `micro_` is of all decisions about a label together,
    `macro_` the mean over all labels, and `hamming_loss` the share of these decisions that are
    wrong; `loss` is their mean log loss. A label is named that is more probable than not.

    `accuracy_interval` and `intervals`, which has those of the other figures by name, are of 95 %;
    see `newtrick.evaluation.intervals`. Where rows share groups, `groups` counts these, and the
    intervals tell what other groups could have given.
    """

    rows: int
    groups: int | None = None
    loss: float | None = None
    accuracy: float
    accuracy_interval: tuple[float, float]
    balanced_accuracy: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    macro_f1: float
    macro_precision: float | None = None
    macro_recall: float | None = None
    weighted_f1: float | None = None
    micro_f1: float | None = None
    micro_precision: float | None = None
    micro_recall: float | None = None
    hamming_loss: float | None = None
    mcc: float | None = None
    roc_auc: float | None = None
    average_precision: float | None = None
    brier_score: float | None = None
    calibration_error: float | None = None
    mean_absolute_error: float | None = None
    quadratic_kappa: float | None = None
    intervals: dict[str, tuple[float, float]] = {}
    by_label: dict[str, LabelScores] = {}


class BaselineScores(Value):
    """A cheap model on the same test rows; `seconds` covers fitting and scoring it.

    Its figures are those of `Scores` with the same names.
    """

    name: str
    accuracy: float
    accuracy_interval: tuple[float, float]
    balanced_accuracy: float | None = None
    f1: float | None = None
    micro_f1: float | None = None
    macro_f1: float
    mcc: float | None = None
    mean_absolute_error: float | None = None
    quadratic_kappa: float | None = None
    hamming_loss: float | None = None
    intervals: dict[str, tuple[float, float]] = {}
    seconds: float

    @classmethod
    def of(cls, scores: Scores, name: str, seconds: float) -> Self:
        """What the scores of its decisions have of these figures."""
        named = scores.model_dump(include=set(cls.model_fields))
        intervals = {key: pair for key, pair in scores.intervals.items() if key in named}
        return cls(**(named | {"name": name, "seconds": seconds, "intervals": intervals}))


class Gain(Value):
    """How much better the encoder is than the best baseline, on the same test rows.

    `difference` is that of the accuracy; where a row may have several labels, that of the micro F1.
    `over` is the name of the baseline; `p` is that of McNemar's exact test, which the micro F1 does
    not have. See `newtrick.evaluation.paired` for when the two are told apart.
    """

    over: str
    difference: float
    interval: tuple[float, float]
    p: float | None = None
    told_apart: bool


class SeedScores(Value):
    """What the same recipe gives with several seeds, on the same test rows.

    `accuracy` and `macro_f1` have one figure for each of `seeds`; the run's model is that of the
    first. The spread is the standard deviation between seeds, absent where there is one alone; the
    training of those in `lost` came to nothing. `best_lead` is by how much the best one is above
    the mean: what reporting that one alone would add, for no better reason than luck.
    """

    seeds: tuple[int, ...]
    lost: tuple[int, ...] = ()
    accuracy: tuple[float, ...]
    mean_accuracy: float
    accuracy_spread: float | None = None
    best_lead: float
    macro_f1: tuple[float, ...]
    mean_macro_f1: float
    macro_f1_spread: float | None = None

    @classmethod
    def of(cls, scores: Mapping[int, Scores | None]) -> Self:
        """The test scores by seed, None for a training that was lost."""
        found = {seed: each for seed, each in scores.items() if each is not None}
        accuracy = tuple(each.accuracy for each in found.values())
        macro_f1 = tuple(each.macro_f1 for each in found.values())
        several = len(found) > 1
        return cls(
            seeds=tuple(found),
            lost=tuple(seed for seed in scores if seed not in found),
            accuracy=accuracy,
            mean_accuracy=fmean(accuracy),
            accuracy_spread=stdev(accuracy) if several else None,
            best_lead=max(accuracy) - fmean(accuracy),
            macro_f1=macro_f1,
            mean_macro_f1=fmean(macro_f1),
            macro_f1_spread=stdev(macro_f1) if several else None,
        )


StoppedBy = Literal["epochs", "patience", "max_minutes"]


class TrainingSummary(Value):
    """What training did. `padding_share` is the share of padding among all tokens computed.

    `energy_joules` is what the processors used meanwhile, for this and all else that ran on them;
    absent where the system does not say, and for a training that was resumed.
    """

    best_step: int
    last_step: int
    epochs: float
    stopped_by: StoppedBy
    seconds: float
    useful_tokens: int
    useful_tokens_per_second: float
    padding_share: float
    peak_memory_bytes: int | None = None
    energy_joules: float | None = None


class FindingCounts(Value):
    """How many findings of each severity the audit had."""

    error: int = 0
    warning: int = 0
    info: int = 0


class ScoresWithout(Value):
    """What the test rows give without those that a finding names.

    `removed_rows` are left out. `test` is absent where the rest has fewer than two labels, so that
    a score of it would say nothing; `baseline` too where it is what spoke for the finding, or where
    there is none.
    """

    code: str
    removed_rows: int
    test: Scores | None = None
    baseline: Scores | None = None


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


class SliceScores(Value):
    """How a group of test rows fared on which the model is worse than on the others.

    `what` says which rows: `with the word "but"`, `of 31 words and more`. The interval of the
    `accuracy` is of 95 %. `p_value` is the chance that any group looked at would be as much worse,
    were all alike.
    """

    what: str
    rows: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    p_value: float


class SlicesFound(Value):
    """The groups of test rows where the model is worse by more than chance, the worst first.

    `looked_at` is how many groups were.
    """

    looked_at: int
    worst: tuple[SliceScores, ...] = ()


class ExplanationScores(Value):
    """Whether the words that are said to have moved a decision did, on some test rows.

    Of each text the `share_removed` of its words was removed: those that spoke most for the answer,
    or as many at random. `drop_by_...` is by how much the probability of the answer fell, on
    average, and `difference` how much more by the top words, with an interval of 95 %; absent where
    all texts are alike.
    """

    rows: int
    share_removed: float
    drop_by_top_words: float
    drop_by_random_words: float
    difference: float
    difference_interval: tuple[float, float] | None = None


class EvaluationResult(Value):
    """The score of a trained model on labelled rows that it was given.

    `majority_accuracy` is what always naming the most frequent label scores on them, or naming each
    label that most of them have. `accepted` are
    the codes of findings that make the score worthless, and were accepted. `test_without` is absent
    where no finding names rows that were scored.
    """

    format: Literal[1] = 1
    labels: tuple[str, ...]
    positive_label: str | None = None
    model: str
    data: str
    test: Scores
    majority_accuracy: float
    findings: FindingCounts
    accepted: tuple[str, ...] = ()
    test_without: tuple[ScoresWithout, ...] | None = None
    decisions: DecisionScores | None = None
    label_decisions: LabelDecisionScores | None = None


class Result(Value):
    """Everything that a run claims, with what is needed to weigh the claim.

    `baselines` are the cheap models, from the cheapest to the dearest. `baseline` is the one that
    was best on the validation rows, `gain` what the encoder is worth beside it.

    `seeds` is there where the recipe asks for several.

    `test` and `baseline` are of all test rows, whatever the audit found. What rows that a finding
    names do to them is in `test_without`, absent where there are none. `decisions` are of rows that
    have one label each, `label_decisions` of those that may have several. `slices` is absent where
    there was no group to look at, `explanations` where there was no text to explain.
    """

    format: Literal[1] = 1
    task: Literal["single_label", "multi_label"] = "single_label"
    labels: tuple[str, ...]
    positive_label: str | None = None
    model: str
    data: DataSummary
    baseline: BaselineScores
    baselines: tuple[BaselineScores, ...]
    gain: Gain
    validation: Scores
    test: Scores
    training: TrainingSummary
    findings: FindingCounts
    seeds: SeedScores | None = None
    test_without: tuple[ScoresWithout, ...] | None = None
    decisions: DecisionScores | None = None
    slices: SlicesFound | None = None
    explanations: ExplanationScores | None = None
    label_decisions: LabelDecisionScores | None = None
