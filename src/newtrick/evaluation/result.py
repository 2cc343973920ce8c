"""The Result: what a run found, as it is written to `result.json`."""

from __future__ import annotations

from typing import Literal

from newtrick.evaluation.decisions.scores import DecisionScores, LabelDecisionScores
from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.evaluation.masked_score import MaskedScores, TextsSummary, VocabularySummary
from newtrick.evaluation.scores import (
    BaselineScores,
    BlendScores,
    Gain,
    Scores,
    ScoresWithout,
    SeedScores,
)
from newtrick.evaluation.slices.scores import SlicesFound
from newtrick.evaluation.value import Value


class DataSummary(Value):
    """How many rows each split had."""

    name: str
    train_rows: int
    validation_rows: int
    test_rows: int


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


class EvaluationResult(Value):
    """The score of a trained model on labelled rows that it was given.

    `majority_accuracy` is what always naming the most frequent label scores on them, or naming each
    label that most of them have. `accepted` are the codes of findings that make the score
    worthless, and were accepted. `test_without` is absent where no finding names rows that were
    scored. `answered_by` is the `encoder`, its `blend` with a count of words, or the `cascade` of
    the two, whose `words_share` the word count answered alone. `rows_per_second` is of all that it
    takes to answer, tokenising among it.
    """

    format: Literal[1] = 1
    labels: tuple[str, ...]
    positive_label: str | None = None
    model: str
    data: str
    answered_by: Literal["encoder", "blend", "cascade"] = "encoder"
    words_share: float | None = None
    rows_per_second: float
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
    was best on the validation rows, `gain` what the encoder is worth beside it. `seeds` is there
    where the recipe asks for several. Where `blend` is used, all that is told of the encoder is of
    the encoder blended with a count of words, as `predict` answers.

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
    blend: BlendScores | None = None

    @property
    def answerer(self) -> str:
        """What answers: the model, with a count of words where their blend is used."""
        if self.blend is None or not self.blend.used:
            return self.model
        return f"{self.model} with {self.blend.words}"


class AdaptationResult(Value):
    """What adapting an encoder to texts gave.

    `base_perplexity` and `base_accuracy` are those of a model that knows how frequent each token is
    in the texts, and nothing else. `before` is the encoder as it was: with its own head, or with
    the new one that learned alone at first; absent where a new one did not. `after` is the model
    that is kept.
    """

    format: Literal[1] = 1
    model: str
    new_head: bool
    texts: TextsSummary
    vocabulary: VocabularySummary
    base_perplexity: float
    base_accuracy: float
    before: MaskedScores | None = None
    after: MaskedScores
    training: TrainingSummary
