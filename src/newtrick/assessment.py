"""What a trained encoder is worth: its scores, its decisions, and the doubts about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.audit.check import audit
from newtrick.audit.data.noise import Answers
from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import count_findings
from newtrick.audit.registry import ANSWER_CHECKS
from newtrick.baseline.ladder import Baseline
from newtrick.baseline.model import Ids
from newtrick.data.dataset import LabelSet, group_ids, label_ids
from newtrick.evaluation.decisions.check import check_decisions
from newtrick.evaluation.decisions.document import Decisions
from newtrick.evaluation.decisions.fit import fit_decisions
from newtrick.evaluation.mistakes import Mistakes
from newtrick.evaluation.paired import Paired, apart
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.evaluation.result import (
    BaselineScores,
    DataSummary,
    Gain,
    Result,
    SeedScores,
    TrainingSummary,
)
from newtrick.evaluation.score import score, score_decisions
from newtrick.failures import Failures, find_failures
from newtrick.job import SCORED, Job
from newtrick.progress import Watcher

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Assessment:
    """What is known of a trained encoder.

    Attributes:
        job: With all findings, those about its answers among them.
        logits: Of the scored splits, by name; shape (rows, classes).
        decisions: Fitted on the validation rows.
        mistakes: The test rows that it got wrong.
        result: Every figure.
    """

    job: Job
    logits: Mapping[str, Logits]
    decisions: Decisions
    mistakes: Mistakes
    result: Result

    def with_seeds(self, seeds: SeedScores) -> Assessment:
        """The same, and what other seeds gave."""
        return replace(self, result=self.result.model_copy(update={"seeds": seeds}))


def assess(job: Job, summary: TrainingSummary, watcher: Watcher) -> Assessment:
    """Score a job's encoder on the rows that it was not trained on."""
    logits = {name: _score(job, name, watcher) for name in SCORED}
    job = _with_findings(job, _doubts(job, logits), watcher)
    decisions = _decisions(job, logits["validation"])
    failures = find_failures(job, logits["test"], decisions.temperature, watcher)
    result = _result(job, logits, decisions, failures, summary)
    return Assessment(job, logits, decisions, failures.mistakes, result)


def _score(job: Job, name: str, watcher: Watcher) -> Logits:
    watcher.stage(f"Scoring the {name} rows", total=len(job.tokens[name]))
    return predict_logits(
        job.encoder.model,
        job.tokens[name],
        pad_id=job.encoder.pad_id,
        batch_size=job.recipe.training.eval_batch_size,
        progress=watcher.advance,
    )


def _doubts(job: Job, logits: Mapping[str, Logits]) -> tuple[Finding, ...]:
    """What the encoder has against labels of rows that it was not trained on."""
    splits = job.dataset.splits()
    rows = pl.concat(splits[name] for name in SCORED)
    shares = np.concatenate([probabilities(logits[name]) for name in SCORED]).astype(np.float64)
    answers = Answers(job.dataset.labels, rows, shares, job.dataset.decided)
    return audit(answers, ANSWER_CHECKS)


def _with_findings(job: Job, findings: Sequence[Finding], watcher: Watcher) -> Job:
    for finding in findings:
        watcher.finding(finding)
    return replace(job, findings=tuple(worst_first([*job.findings, *findings])))


def _decisions(job: Job, logits: Logits) -> Decisions:
    return fit_decisions(
        logits,
        label_ids(job.dataset.validation),
        job.dataset.labels,
        job.recipe.decisions,
        head=job.encoder.head_hash,
    )


def _result(
    job: Job,
    logits: Mapping[str, Logits],
    decisions: Decisions,
    failures: Failures,
    summary: TrainingSummary,
) -> Result:
    dataset, labels = job.dataset, job.dataset.labels
    truth, groups, cheap = label_ids(dataset.test), group_ids(dataset.test), job.baseline
    baselines = {each.name: _baseline(each, truth, labels, groups) for each in job.baselines}
    return Result(
        labels=labels.names,
        positive_label=labels.positive,
        model=job.encoder.name,
        data=DataSummary(
            name=dataset.name,
            train_rows=dataset.train.height,
            validation_rows=dataset.validation.height,
            test_rows=dataset.test.height,
        ),
        baseline=baselines[cheap.name],
        baselines=tuple(baselines.values()),
        gain=_gain(cheap, logits["test"], truth, groups),
        validation=score(
            logits["validation"],
            label_ids(dataset.validation),
            labels,
            groups=group_ids(dataset.validation),
        ),
        test=score(logits["test"], truth, labels, groups=groups),
        training=summary,
        findings=count_findings(job.findings),
        test_without=scores_without(
            job.findings, dataset.test, labels, logits["test"], cheap.classes
        ),
        decisions=check_decisions(decisions, logits["test"], truth, groups),
        slices=failures.slices,
        explanations=failures.explanations,
    )


def _baseline(
    baseline: Baseline, truth: Ids, labels: LabelSet, groups: Ids | None
) -> BaselineScores:
    scores = score_decisions(baseline.classes, truth, labels, groups=groups)
    return BaselineScores.of(scores, baseline.name, baseline.seconds)


def _gain(baseline: Baseline, logits: Logits, truth: Ids, groups: Ids | None) -> Gain:
    paired = Paired(baseline.classes == truth, logits.argmax(axis=1) == truth, groups)
    p, interval = paired.p(), paired.interval()
    return Gain(
        over=baseline.name,
        accuracy=paired.gap,
        interval=interval,
        p=p,
        told_apart=apart(p, interval),
    )
