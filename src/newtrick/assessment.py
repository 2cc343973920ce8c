"""What a trained encoder is worth: its scores, its decisions, and the doubts about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from newtrick.audit.check import applicable, audit
from newtrick.audit.data.noise import Answers
from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import count_findings
from newtrick.audit.registry import ANSWER_CHECKS
from newtrick.baseline.ladder import Baseline, best_of
from newtrick.data.dataset import Targets, group_ids, label_ids, label_matrix, targets
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.decisions.check import check_either
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.decisions.fit import fit_decisions
from newtrick.evaluation.decisions.labels import fit_label_decisions
from newtrick.evaluation.mistakes import Mistakes
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.result import DataSummary, Result, TrainingSummary
from newtrick.evaluation.scores import BaselineScores, Gain, SeedScores
from newtrick.evaluation.task import Task, task_of
from newtrick.failures import Failures, find_failures
from newtrick.job import SCORED, Job
from newtrick.progress import Watcher


@dataclass(frozen=True)
class Assessment:
    """What is known of a trained encoder.

    Attributes:
        job: With all findings, those about its answers among them.
        logits: Of the scored splits, by name; shape (rows, classes).
        decisions: Fitted on the validation rows.
        mistakes: The test rows that it got wrong; None where a row may have several labels.
        result: Every figure.
    """

    job: Job
    logits: Mapping[str, Logits]
    decisions: Decisions | LabelDecisions
    mistakes: Mistakes | None
    result: Result

    def with_seeds(self, seeds: SeedScores) -> Assessment:
        """The same, and what other seeds gave."""
        return replace(self, result=self.result.model_copy(update={"seeds": seeds}))


def assess(job: Job, summary: TrainingSummary, watcher: Watcher) -> Assessment:
    """Score a job's encoder on the rows that it was not trained on."""
    logits = {name: answers_of(job, name, watcher) for name in SCORED}
    job = _with_findings(job, _doubts(job, logits), watcher)
    decisions = _decisions(job, logits["validation"])
    failures = None
    if not job.dataset.labels.multi_label:
        failures = find_failures(job, logits["test"], decisions.temperature, watcher)
    result = _result(job, logits, decisions, failures, summary)
    return Assessment(job, logits, decisions, failures.mistakes if failures else None, result)


def answers_of(job: Job, name: str, watcher: Watcher) -> Logits:
    """The logits of a job's encoder for the rows of a split, shape (rows, classes)."""
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
    labels = job.dataset.labels
    shares = np.concatenate([task_of(labels).probabilities(logits[name]) for name in SCORED])
    answers = Answers(labels, rows, shares.astype(np.float64), job.dataset.decided)
    return audit(answers, applicable(ANSWER_CHECKS, labels))


def _with_findings(job: Job, findings: Sequence[Finding], watcher: Watcher) -> Job:
    for finding in findings:
        watcher.finding(finding)
    return replace(job, findings=tuple(worst_first([*job.findings, *findings])))


def _decisions(job: Job, logits: Logits) -> Decisions | LabelDecisions:
    labels, settings, head = job.dataset.labels, job.recipe.decisions, job.encoder.head_hash
    if labels.multi_label:
        truth = label_matrix(job.dataset.validation, len(labels))
        return fit_label_decisions(logits, truth, labels, settings, head=head)
    ids = label_ids(job.dataset.validation)
    return fit_decisions(logits, ids, labels, settings, head=head)


def _result(
    job: Job,
    logits: Mapping[str, Logits],
    decisions: Decisions | LabelDecisions,
    failures: Failures | None,
    summary: TrainingSummary,
) -> Result:
    dataset, labels, task = job.dataset, job.dataset.labels, task_of(job.dataset.labels)
    truth = {name: targets(dataset.splits()[name], labels) for name in SCORED}
    groups = {name: group_ids(dataset.splits()[name]) for name in SCORED}
    cheap = best_of(job.baselines, truth["validation"], task)
    baselines = {
        each.name: _baseline(each, truth["test"], task, groups["test"]) for each in job.baselines
    }
    result = Result(
        task=task.name,
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
        gain=_gain(cheap, task.decide(logits["test"]), truth["test"], task, groups["test"]),
        validation=task.score(
            logits["validation"], truth["validation"], groups=groups["validation"]
        ),
        test=task.score(logits["test"], truth["test"], groups=groups["test"]),
        training=summary,
        findings=count_findings(job.findings),
        test_without=scores_without(
            job.findings, dataset.test, labels, logits["test"], task.decide_by(cheap.test)
        ),
        slices=failures.slices if failures else None,
        explanations=failures.explanations if failures else None,
    )
    decided = check_either(decisions, logits["test"], truth["test"], groups["test"])
    return result.model_copy(update=decided)


def _baseline(baseline: Baseline, truth: Targets, task: Task, groups: Ids | None) -> BaselineScores:
    scores = task.score_decided(task.decide_by(baseline.test), truth, groups=groups)
    return BaselineScores.of(scores, baseline.name, baseline.seconds)


def _gain(
    baseline: Baseline, answers: Targets, truth: Targets, task: Task, groups: Ids | None
) -> Gain:
    lead = task.lead(task.decide_by(baseline.test), answers, truth, groups)
    return Gain(
        over=baseline.name,
        difference=lead.difference,
        interval=lead.interval,
        p=lead.p,
        told_apart=lead.told_apart,
    )
