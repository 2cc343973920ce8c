"""Where a model fails on the test rows, and why: its mistakes, its slices, its explanations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from newtrick.audit.data.noise import LabelNoise
from newtrick.audit.finding import Finding
from newtrick.data.dataset import label_ids, texts
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.explain.explain import explain
from newtrick.evaluation.explain.explanation import Explanation
from newtrick.evaluation.explain.faithfulness import check_explanations
from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.evaluation.intervals import SEED
from newtrick.evaluation.mistakes import Mistakes, confident_mistakes, find_mistakes
from newtrick.evaluation.slices.find import find_slices
from newtrick.evaluation.slices.scores import SlicesFound
from newtrick.job import Job
from newtrick.progress import Watcher

_MISTAKES, _SAMPLE = 20, 50
_MOST_TOKENS = 4096  # of each of the two: a token takes some 16 forward passes to explain


@dataclass(frozen=True)
class Failures:
    """Where a model fails, and why.

    Attributes:
        mistakes: The test rows that it got wrong; the first of them explained.
        slices: The groups of test rows where it is worse; None where there are no groups.
        explanations: Whether explanations of its answers hold; None where they cannot be checked.
    """

    mistakes: Mistakes
    slices: SlicesFound | None
    explanations: ExplanationScores | None


def find_failures(
    job: Job, logits: Logits, encoder: Logits, temperature: float, watcher: Watcher
) -> Failures:
    """Look closer at the test rows of a job with one label for each text.

    Args:
        job: With all findings.
        logits: The answers to the test rows, shape (rows, classes).
        encoder: Those of the encoder alone, which is what words are seen to move.
        temperature: Calibrates the probabilities.
        watcher: Sees the explanations go by.
    """
    test, labels = job.dataset.test, job.dataset.labels
    truth = label_ids(test)
    shares = calibrated(logits, temperature)
    wrong = _within_reason(confident_mistakes(shares, truth), job, _MISTAKES)
    drawn = np.random.default_rng(SEED).permutation(test.height)
    sample = _within_reason(drawn, job, _SAMPLE)
    answers = logits.argmax(axis=1)
    explained = _explain(job, np.union1d(wrong, sample), encoder, answers, watcher)
    return Failures(
        mistakes=find_mistakes(test, shares, labels, _doubts(job.findings), explained),
        slices=find_slices(test, answers == truth, labels),
        explanations=check_explanations(job.encoder, [explained[place] for place in sample]),
    )


def _within_reason(places: Ids, job: Job, most: int) -> Ids:
    """The first rows: not too many, and none that would take too long together."""
    first = places[:most]
    tokens = np.cumsum(job.tokens["test"].lengths[first])
    kept: Ids = first[tokens <= max(_MOST_TOKENS, tokens[:1].sum())]
    return kept


def _explain(
    job: Job, places: Ids, encoder: Logits, answers: Ids, watcher: Watcher
) -> Mapping[int, Explanation]:
    watcher.stage("Explaining answers", total=len(places))
    asked = texts(job.dataset.test[places])
    known = explain(job.encoder, asked, encoder[places], watcher.advance, answers=answers[places])
    return dict(zip(places.tolist(), known, strict=True))


def _doubts(findings: Iterable[Finding]) -> Mapping[str, set[str]]:
    """By what judged the labels, the rows whose labels are in doubt."""
    doubts: defaultdict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.code == LabelNoise.code:
            doubts[str(finding.evidence["judge"])].update(finding.rows)
    return doubts
