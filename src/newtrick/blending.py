"""A trained encoder and the best count of words ─► both together, if that is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from newtrick.baseline.blend import fit_blend, out_of_fold, word_logits
from newtrick.baseline.blendfile import BlendDocument, WordHelp
from newtrick.baseline.cascade import Cascade, fit_cascade
from newtrick.baseline.ladder import WordBaseline, best_of
from newtrick.baseline.linear import Shares
from newtrick.data.dataset import Targets, group_ids, targets
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.decisions.fit import fit_either
from newtrick.evaluation.scores import BlendScores, CascadeScores, Gain, Scores
from newtrick.evaluation.task import Task, task_of
from newtrick.job import Job

ALONE = "the encoder alone"


@dataclass(frozen=True)
class Blending:
    """What a count of words adds to an encoder.

    Attributes:
        known: What is kept beside the model.
        logits: The blend's, of the scored splits by name, shape (rows, labels); those of validation
            rows are each by a blend that never saw the row.
        scores: What it is worth.
    """

    known: WordHelp
    logits: Mapping[str, Logits]
    scores: BlendScores


@dataclass(frozen=True)
class _Split:
    """What both said of the rows of a split, and what is true."""

    encoder: Logits
    words: Logits
    shares: Shares
    truth: Targets
    groups: Ids | None

    @classmethod
    def of(cls, job: Job, name: str, encoder: Logits, shares: Shares) -> _Split:
        rows, labels = job.dataset.splits()[name], job.dataset.labels
        words = word_logits(shares, several=labels.multi_label)
        return cls(encoder, words, shares, targets(rows, labels), group_ids(rows))

    def score(self, task: Task, logits: Logits) -> Scores:
        return task.score(logits, self.truth, groups=self.groups)

    def gain(self, task: Task, logits: Logits) -> Gain:
        """Over the encoder alone."""
        first, other = task.decide(self.encoder), task.decide(logits)
        return Gain.of(task.lead(first, other, self.truth, self.groups), over=ALONE)


@dataclass(frozen=True)
class _Tried:
    """A blend on the validation rows.

    Attributes:
        counts: The word count that helps best.
        rows: What both said.
        logits: Of both together, each row by weights that were fitted without it.
        gain: Over the encoder alone.
        used: Whether it is what answers.
    """

    counts: WordBaseline
    rows: _Split
    logits: Logits
    gain: Gain
    used: bool

    @classmethod
    def of(cls, job: Job, encoder: Logits) -> _Tried | None:
        """None where the recipe wants no blend."""
        wanted, task = job.recipe.blend.enabled, task_of(job.dataset.labels)
        if wanted is False:
            return None
        truth = targets(job.dataset.validation, job.dataset.labels)
        counting = (each for each in job.baselines if isinstance(each, WordBaseline))
        counts = best_of(counting, truth, task)
        rows = _Split.of(job, "validation", encoder, counts.validation)
        logits = out_of_fold(rows.encoder, rows.words, truth, rows.groups)
        gain = rows.gain(task, logits)
        used = wanted is True or (gain.told_apart and gain.difference > 0)
        return cls(counts, rows, logits, gain, used)


def answers_to_validation(job: Job, encoder: Logits) -> Logits:
    """What answers to the validation rows: the blend where it is used, or the encoder alone.

    Args:
        job: With its baselines.
        encoder: The logits of the encoder alone, shape (rows, labels).
    """
    tried = _Tried.of(job, encoder)
    return tried.logits if tried and tried.used else encoder


def blend_with_words(
    job: Job, encoder: Mapping[str, Logits], decisions: Decisions | LabelDecisions
) -> Blending | None:
    """Fit the blend and the cascade on the validation rows, and score them.

    Neither model was trained on these. `auto` turns the blend on where it is better on them, each
    row blended by weights that were fitted without it, and by more than chance.

    Args:
        job: With its baselines.
        encoder: The logits of the encoder alone, by split; shape (rows, labels).
        decisions: What its answers are decided by.

    Returns:
        None where the recipe wants no blend.
    """
    tried = _Tried.of(job, encoder["validation"])
    if tried is None:
        return None
    task, counts, validation = task_of(job.dataset.labels), tried.counts, tried.rows
    test = _Split.of(job, "test", encoder["test"], counts.test)
    blend = fit_blend(validation.encoder, validation.words, validation.truth)
    logits = {"validation": tried.logits, "test": blend.logits(test.encoder, test.words)}
    cascading = _cascade(job, validation, test, logits if tried.used else encoder)
    document = BlendDocument(
        labels=job.dataset.labels.names,
        head=job.encoder.head_hash,
        rows=len(validation.truth),
        enabled=tried.used,
        words=counts.name,
        blend=blend,
        decisions=decisions_of(job, logits["validation"]),
        cascade=cascading.cascade if cascading else None,
        cascade_decisions=cascading.decisions if cascading else None,
    )
    scores = BlendScores(
        used=tried.used,
        asked=job.recipe.blend.enabled is True,
        words=counts.name,
        encoder_weight=blend.encoder,
        words_weight=blend.words,
        fitted_on_rows=len(validation.truth),
        encoder_temperature=decisions.temperature,
        encoder_validation=validation.score(task, validation.encoder),
        encoder_test=test.score(task, test.encoder),
        validation=validation.score(task, logits["validation"]),
        validation_gain=tried.gain,
        test=test.score(task, logits["test"]),
        test_gain=test.gain(task, logits["test"]),
        cascade=cascading.scores if cascading else None,
    )
    return Blending(WordHelp(document, counts.words), logits, scores)


def decisions_of(job: Job, logits: Logits) -> Decisions | LabelDecisions:
    """Fit what answers to the validation rows are decided by; shape (rows, labels)."""
    labels, settings, head = job.dataset.labels, job.recipe.decisions, job.encoder.head_hash
    truth = targets(job.dataset.validation, labels)
    return fit_either(logits, truth, labels, settings, head=head)


@dataclass(frozen=True)
class _Cascading:
    """A cascade, what it is decided by, and what it is worth."""

    cascade: Cascade
    decisions: Decisions | LabelDecisions
    scores: CascadeScores


def _cascade(
    job: Job, validation: _Split, test: _Split, others: Mapping[str, Logits]
) -> _Cascading | None:
    """Let the word count answer alone where it is sure, and `others` the rest.

    Where a text may have several labels it never does: it is sure of some of them at most.
    """
    if job.dataset.labels.multi_label:
        return None
    cascade = fit_cascade(
        validation.shares,
        validation.words,
        validation.encoder,
        others["validation"],
        validation.truth.astype(np.int64, copy=False),
        groups=validation.groups,
        most_lost=job.recipe.blend.cascade_loss,
    )
    if cascade is None:
        return None
    merged = {}
    for name, split in (("validation", validation), ("test", test)):
        sure = cascade.sure(split.shares)
        merged[name] = cascade.merge(sure, split.words, others[name][~sure])
    task = task_of(job.dataset.labels)
    scores = CascadeScores(
        threshold=cascade.threshold,
        validation_share=cascade.share,
        test_share=float(cascade.sure(test.shares).mean()),
        assured_loss=cascade.assured_loss,
        test=test.score(task, merged["test"]),
        gain=test.gain(task, merged["test"]),
    )
    return _Cascading(cascade, decisions_of(job, merged["validation"]), scores)
