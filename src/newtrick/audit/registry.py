"""All checks, by what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newtrick.audit.card.claims import (
    HeadlineMismatch,
    NoBaseline,
    NoInterval,
    NoTestSize,
    WordCountWouldDo,
)
from newtrick.audit.card.impossible import ImpossibleMetric
from newtrick.audit.card.scores import EvaluatedOnTrain, OneClassEvaluation
from newtrick.audit.card.subject import CardSubject
from newtrick.audit.card.training import CardOverFitting, EpochsNotTrained, NotBestCheckpoint
from newtrick.audit.check import Check
from newtrick.audit.data.adapted import AdaptedOn
from newtrick.audit.data.alike import CutAlike
from newtrick.audit.data.classes import (
    Imbalance,
    LabelVariants,
    MissingClass,
    OneClass,
    TooFewRows,
)
from newtrick.audit.data.copies import ConflictingLabels, Duplicates, Leakage
from newtrick.audit.data.giveaway import GiveAway
from newtrick.audit.data.groups import SharedGroups
from newtrick.audit.data.labelsets import CommonLabels, SameLabels
from newtrick.audit.data.length import CutTexts
from newtrick.audit.data.near import NearDuplicates
from newtrick.audit.data.noise import Answers, LabelNoise, LabelNoiseAfterwards
from newtrick.audit.data.order import SortedByLabel
from newtrick.audit.data.shift import SplitShift
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.data.texts import LabelTexts, Mojibake
from newtrick.audit.data.values import EmptyText, IdLabels, MissingValues, Placeholder
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.training.learning import Collapsed, NotLearning, OverFitting
from newtrick.audit.training.steps import BrokenNumbers, ExplodingGradient, LastBatch, LearningRate
from newtrick.audit.training.subject import TrainingSubject
from newtrick.audit.training.weights import FrozenEncoder, HeadAlone, IndistinguishableCheckpoints

EVALUATION_CHECKS: Sequence[Check[DataSubject]] = (
    OneClass(),
    MissingClass(),
    TooFewRows(),
    Imbalance(),
    SameLabels(),
    CommonLabels(),
    Leakage(),
    AdaptedOn(),
)
"""Those that need the split `test` alone."""

DATA_CHECKS: Sequence[Check[DataSubject]] = (
    *EVALUATION_CHECKS,
    LabelVariants(),
    SortedByLabel(),
    MissingValues(),
    EmptyText(),
    Placeholder(),
    Mojibake(),
    IdLabels(),
    LabelTexts(),
    SharedGroups(),
    Duplicates(),
    NearDuplicates(),
    ConflictingLabels(),
    GiveAway(),
    LabelNoise(),
    SplitShift(),
    CutTexts(),
    CutAlike(),
)
"""Those of a data set, with the splits `train`, `validation` and `test`."""

CARD_CHECKS: Sequence[Check[CardSubject]] = (
    OneClassEvaluation(),
    ImpossibleMetric(),
    EvaluatedOnTrain(),
    NotBestCheckpoint(),
    CardOverFitting(),
    HeadlineMismatch(),
    EpochsNotTrained(),
    WordCountWouldDo(),
    NoInterval(),
    NoBaseline(),
    NoTestSize(),
)
"""Those of a model card."""

TRAINING_CHECKS: Sequence[Check[TrainingSubject]] = (
    BrokenNumbers(),
    Collapsed(),
    NotLearning(),
    OverFitting(),
    ExplodingGradient(),
    LearningRate(),
    FrozenEncoder(),
    HeadAlone(),
    LastBatch(),
    IndistinguishableCheckpoints(),
)
"""Those of a training, while it goes on and after it."""

ANSWER_CHECKS: Sequence[Check[Answers]] = (LabelNoiseAfterwards(),)
"""Those of what a trained model says of the validation and test rows."""

CHECKS: Sequence[Check[Any]] = (*DATA_CHECKS, *TRAINING_CHECKS, *CARD_CHECKS, *MACHINE_CHECKS)
"""All checks there are."""
