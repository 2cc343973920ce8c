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
from newtrick.blending import Blending, blend_with_words, decisions_of
from newtrick.data.dataset import Targets, group_ids, targets
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.decisions.check import check_either
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.mistakes import Mistakes
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.result import DataSummary, Result, TrainingSummary
from newtrick.evaluation.scores import BaselineScores, Gain, Scores, SeedScores
from newtrick.evaluation.task import Task, task_of
from newtrick.failures import Failures, find_failures
from newtrick.job import SCORED, Job
from newtrick.progress import Watcher


@dataclass(frozen=True)
class Assessment:
    """What is known of a trained encoder.

    Attributes:
        job: With all findings, those about its answers among them.
        logits: Of the scored splits, by name; shape (rows, classes). They are the answers of
            `predict`: the blend's where that is used, else the encoder's.
        decisions: Fitted on those of the validation rows.
        encoder_decisions: The same for the encoder alone.
        blending: What a count of words adds; None where that is not wanted.
        mistakes: The test rows that it got wrong; None where a row may have several labels.
        result: Every figure.
    """

    job: Job
    logits: Mapping[str, Logits]
    decisions: Decisions | LabelDecisions
    encoder_decisions: Decisions | LabelDecisions
    blending: Blending | None
    mistakes: Mistakes | None
    result: Result

    def with_seeds(self, seeds: SeedScores) -> Assessment:
        """The same, and what other seeds gave."""
        return replace(self, result=self.result.model_copy(update={"seeds": seeds}))


@dataclass(frozen=True)
class _Answers:
    """What is answered to the scored rows, and decided by; see `Assessment`."""

    logits: Mapping[str, Logits]
    decisions: Decisions | LabelDecisions
    blending: Blending | None

    @classmethod
    def of(
        cls,
        encoder: Mapping[str, Logits],
        decisions: Decisions | LabelDecisions,
        blending: Blending | None,
    ) -> _Answers:
        """The blend's, where it is used, or else those of the encoder alone."""
        if blending and blending.scores.used:
            return cls(blending.logits, blending.known.document.decisions, blending)
        return cls(encoder, decisions, blending)


def assess(job: Job, summary: TrainingSummary, watcher: Watcher) -> Assessment:
    """Score a job's encoder on the rows that it was not trained on, and its blend with words."""
    encoder = {name: answers_of(job, name, watcher) for name in SCORED}
    own = decisions_of(job, encoder["validation"])
    watcher.stage("Blending with the word count")
    answers = _Answers.of(encoder, own, blend_with_words(job, encoder, own))
    job = _with_findings(job, _doubts(job, answers.logits), watcher)
    failures = None
    if not job.dataset.labels.multi_label:
        test, temperature = answers.logits["test"], answers.decisions.temperature
        failures = find_failures(job, test, encoder["test"], temperature, watcher)
    return Assessment(
        job,
        answers.logits,
        answers.decisions,
        own,
        answers.blending,
        failures.mistakes if failures else None,
        _result(job, answers, failures, summary),
    )


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


def _result(
    job: Job, answers: _Answers, failures: Failures | None, summary: TrainingSummary
) -> Result:
    logits, blending = answers.logits, answers.blending
    dataset, labels, task = job.dataset, job.dataset.labels, task_of(job.dataset.labels)
    truth = {name: targets(dataset.splits()[name], labels) for name in SCORED}
    groups = {name: group_ids(dataset.splits()[name]) for name in SCORED}
    cheap = best_of(job.baselines, truth["validation"], task)
    baselines = {
        each.name: _baseline(each, truth["test"], task, groups["test"]) for each in job.baselines
    }
    scored = _scored_before(blending) or {
        name: task.score(logits[name], truth[name], groups=groups[name]) for name in SCORED
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
        validation=scored["validation"],
        test=scored["test"],
        training=summary,
        findings=count_findings(job.findings),
        test_without=scores_without(
            job.findings, dataset.test, labels, logits["test"], task.decide_by(cheap.test)
        ),
        slices=failures.slices if failures else None,
        explanations=failures.explanations if failures else None,
        blend=blending.scores if blending else None,
    )
    decided = check_either(answers.decisions, logits["test"], truth["test"], groups["test"])
    return result.model_copy(update=decided)


def _scored_before(blending: Blending | None) -> dict[str, Scores] | None:
    """What comparing the encoder with its blend has found already of the one that is used."""
    if blending is None:
        return None
    known = blending.scores
    if known.used:
        return {"validation": known.validation, "test": known.test}
    return {"validation": known.encoder_validation, "test": known.encoder_test}


def _baseline(baseline: Baseline, truth: Targets, task: Task, groups: Ids | None) -> BaselineScores:
    scores = task.score_decided(task.decide_by(baseline.test), truth, groups=groups)
    return BaselineScores.of(scores, baseline.name, baseline.seconds)


def _gain(
    baseline: Baseline, answers: Targets, truth: Targets, task: Task, groups: Ids | None
) -> Gain:
    lead = task.lead(task.decide_by(baseline.test), answers, truth, groups)
    return Gain.of(lead, over=baseline.name)
