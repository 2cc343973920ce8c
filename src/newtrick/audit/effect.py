"""What findings do to a score: the test rows scored again without those that a finding names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from newtrick.audit.data.copies import ConflictingLabels, Leakage
from newtrick.audit.data.near import NearDuplicates
from newtrick.audit.data.noise import TRAINED_MODEL, LabelNoise
from newtrick.audit.finding import Finding
from newtrick.data.dataset import LabelSet, Targets, group_ids, row_ids, targets
from newtrick.evaluation.arrays import Flags, Logits
from newtrick.evaluation.scores import ScoresWithout
from newtrick.evaluation.task import task_of

_CODES = (Leakage.code, NearDuplicates.code, ConflictingLabels.code, LabelNoise.code)


def scores_without(
    findings: Sequence[Finding],
    test: pl.DataFrame,
    labels: LabelSet,
    logits: Logits,
    baseline: Targets | None = None,
) -> tuple[ScoresWithout, ...] | None:
    """Score the test rows once more for each code whose findings name some of them.

    Nothing is taken out of the score itself; this stands beside it.

    Suspected label errors are rows that a model gets wrong, so whoever suspects them scores higher
    without them, be the labels right or wrong. Those that the trained model suspects are therefore
    not asked about; a word count suspects the others, out of fold, and the encoder has no say in
    it. The baseline, most often a word count itself, has no score there.

    Args:
        findings: All there are, their rows as `file:row`.
        test: The rows that were scored.
        labels: The classes in the order of the logits.
        logits: Shape (rows, classes).
        baseline: What the baseline decided on, if there is one.

    Returns:
        One for each code, in a fixed order; None if no finding names a test row.
    """
    truth, groups, task = targets(test, labels), group_ids(test), task_of(labels)
    effects = []
    for code in _CODES:
        kept = ~_named(findings, code, test)
        if kept.all():
            continue
        effect = ScoresWithout(code=code, removed_rows=int((~kept).sum()))
        if len(np.unique(truth[kept], axis=0)) > 1:
            loss = float(task.examine(logits[kept], truth[kept]).losses.mean())
            answers = task.decide(logits[kept])
            left = None if groups is None else np.unique(groups[kept], return_inverse=True)[1]
            scores = {"test": task.score_decided(answers, truth[kept], loss=loss, groups=left)}
            if baseline is not None and code != LabelNoise.code:
                scores["baseline"] = task.score_decided(baseline[kept], truth[kept], groups=left)
            effect = effect.model_copy(update=scores)
        effects.append(effect)
    return tuple(effects) or None


def _named(findings: Sequence[Finding], code: str, test: pl.DataFrame) -> Flags:
    """Which test rows the findings of a code name; shape (rows,).

    A finding of another split, or of texts that are alike within their own, is no matter here.
    """
    named = {
        row
        for finding in findings
        if finding.code == code
        and finding.evidence.get("split", "test") == "test"
        and finding.evidence.get("judge") != TRAINED_MODEL
        for row in finding.rows
    }
    return np.array([row in named for row in row_ids(test)], dtype=np.bool_)
