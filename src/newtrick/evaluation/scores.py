"""How a model fared on rows with labels, alone and beside others on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, stdev
from typing import Self

from pydantic import Field

from newtrick.evaluation.paired import Lead
from newtrick.evaluation.value import Value


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
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    by_label: dict[str, LabelScores] = Field(default_factory=dict)


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
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    seconds: float

    @classmethod
    def of(cls, scores: Scores, name: str, seconds: float) -> Self:
        """What the scores of its decisions have of these figures."""
        named = scores.model_dump(include=set(cls.model_fields))
        intervals = {key: pair for key, pair in scores.intervals.items() if key in named}
        return cls(**(named | {"name": name, "seconds": seconds, "intervals": intervals}))


class Gain(Value):
    """How much better a model is than another one, on the same rows.

    `difference` is that of the accuracy; where a row may have several labels, that of the micro F1.
    `over` is the name of the other; `p` is that of McNemar's exact test, which the micro F1 does
    not have. See `newtrick.evaluation.paired` for when the two are told apart.
    """

    over: str
    difference: float
    interval: tuple[float, float]
    p: float | None = None
    told_apart: bool

    @classmethod
    def of(cls, lead: Lead, over: str) -> Self:
        """What a paired comparison found."""
        return cls(
            over=over,
            difference=lead.difference,
            interval=lead.interval,
            p=lead.p,
            told_apart=lead.told_apart,
        )


class CascadeScores(Value):
    """What the word count loses, or wins, where it answers alone all texts that it is sure of.

    `threshold` is the least probability at which it does. `validation_share` and `test_share` are
    the shares of rows that it answers, `test` the scores of all answers, its own and the others.
    `gain` is over the encoder alone; `assured_loss` is the share of right answers that is lost at
    most, by the validation rows, and won below 0.
    """

    threshold: float
    validation_share: float
    test_share: float
    assured_loss: float
    test: Scores
    gain: Gain


class BlendScores(Value):
    """What a count of words adds to the encoder.

    `used` tells whether the run's scores, decisions and predictions are those of the blend, and
    `asked` whether that was the recipe's wish rather than found on the validation rows. `words` is
    the name of the word count, `encoder_weight` and `words_weight` multiply the logits of the two.

    `validation` is of blends that were fitted without the rows that they answer, and so is
    `validation_gain`, over the encoder alone; `test` and `test_gain` are of the blend that is kept.
    `encoder_validation` and `encoder_test` are the encoder alone; `encoder_temperature` is what its
    logits are divided by for calibrated probabilities. `cascade` is absent where no threshold
    assures that little enough is lost, and where a row may have several labels.
    """

    used: bool
    asked: bool
    words: str
    encoder_weight: float
    words_weight: float
    fitted_on_rows: int
    encoder_temperature: float
    encoder_validation: Scores
    encoder_test: Scores
    validation: Scores
    validation_gain: Gain
    test: Scores
    test_gain: Gain
    cascade: CascadeScores | None = None


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
