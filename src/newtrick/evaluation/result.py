"""The Result: what a run found, as it is written to `result.json`. All numbers are finite."""

from __future__ import annotations

from typing import Literal

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


class Scores(Value):
    """How predictions compare with labels.

    `accuracy_interval` is a 95 % interval. `f1` is that of the positive label for two classes, else
    absent; `macro_f1` is the unweighted mean over all classes.
    """

    rows: int
    loss: float | None = None
    accuracy: float
    accuracy_interval: tuple[float, float]
    f1: float | None = None
    macro_f1: float


class BaselineScores(Value):
    """The cheap model on the same test rows; `seconds` covers fitting and scoring it."""

    name: str
    accuracy: float
    accuracy_interval: tuple[float, float]
    f1: float | None = None
    macro_f1: float
    seconds: float


StoppedBy = Literal["epochs", "patience", "max_minutes"]


class TrainingSummary(Value):
    """What training did. `padding_share` is the share of padding among all tokens computed."""

    best_step: int
    last_step: int
    epochs: float
    stopped_by: StoppedBy
    seconds: float
    useful_tokens: int
    useful_tokens_per_second: float
    padding_share: float
    peak_memory_bytes: int | None = None


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


class EvaluationResult(Value):
    """The score of a trained model on labelled rows that it was given.

    `majority_accuracy` is what always naming the most frequent label scores on them. `accepted` are
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


class Result(Value):
    """Everything that a run claims, with what is needed to weigh the claim.

    `test` and `baseline` are of all test rows, whatever the audit found. What rows that a finding
    names do to them is in `test_without`, absent where there are none.
    """

    format: Literal[1] = 1
    task: Literal["single_label"] = "single_label"
    labels: tuple[str, ...]
    positive_label: str | None = None
    model: str
    data: DataSummary
    baseline: BaselineScores
    validation: Scores
    test: Scores
    training: TrainingSummary
    findings: FindingCounts
    test_without: tuple[ScoresWithout, ...] | None = None
