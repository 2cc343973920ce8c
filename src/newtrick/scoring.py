"""A trained classifier and labelled rows ─► its scores, looked at by the audit first."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from newtrick.audit.check import applicable, audit
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Severity
from newtrick.audit.outcome import check_codes, count_findings, refuse_errors
from newtrick.audit.registry import EVALUATION_CHECKS
from newtrick.classifier import Classifier, refuse_other_reading
from newtrick.data.dataset import group_ids, targets, texts
from newtrick.data.load import load_labelled
from newtrick.encoder.save import read_trained_on
from newtrick.evaluation.decisions.check import check_either
from newtrick.evaluation.result import EvaluationResult
from newtrick.evaluation.task import task_of
from newtrick.progress import Watcher
from newtrick.recipe import DataSettings


def evaluate(
    classifier: Classifier,
    source: str | Path,
    *,
    text_column: str | None = None,
    pair_column: str | None = None,
    label_column: str | None = None,
    group_column: str | None = None,
    label_separator: str | None = None,
    strict: bool = False,
    accept: Collection[str] = (),
    watcher: Watcher | None = None,
) -> EvaluationResult:
    """Score a classifier on labelled rows: of data with splits, on those of its test split.

    Args:
        classifier: What is scored.
        source: A catalogue name, a file, a folder, or a hub id.
        text_column: The column with the text; detected when not given.
        pair_column: The column with a second text, for a model that was trained on pairs.
        label_column: The column with the label; detected when not given. Or several columns of 0
            and 1, one for each label: "a,b,c".
        group_column: The column of what rows share, such as a film or an author: the intervals are
            then by group.
        label_separator: What stands between the labels of a text in one cell, if it has several.
        strict: Refuse rows without text or label instead of dropping them.
        accept: Codes of findings that would stop it, and shall not.
        watcher: Sees it as it goes.

    Raises:
        UsageError: The model reads pairs and the data has none, or the other way round.
        DataError: The data cannot be read, or has labels that the model does not know.
        AuditRefused: A score on these rows would be worthless: all have one class, or the model was
            trained on many of them.
    """
    check_codes(accept, EVALUATION_CHECKS)
    refuse_other_reading(classifier.encoder, pair_column)
    watcher = watcher or Watcher()
    watcher.stage("Reading the data")
    encoder = classifier.encoder
    settings = DataSettings(
        text_column=text_column,
        pair_column=pair_column,
        label_column=label_column,
        label_separator=label_separator,
        group_column=group_column,
        strict=strict,
    )
    labelled = load_labelled(str(source), encoder.labels, settings)
    for note in labelled.notes:
        watcher.note(note)
    subject = DataSubject(
        encoder.labels, {"test": labelled.frame}, trained_on=read_trained_on(encoder.folder)
    )
    findings = audit(subject, applicable(EVALUATION_CHECKS, encoder.labels))
    for finding in findings:
        watcher.finding(finding)
    refuse_errors(findings, accept)
    watcher.stage("Scoring", total=labelled.frame.height)
    started = time.monotonic()
    answered = classifier.score(texts(labelled.frame), watcher.advance)
    seconds = time.monotonic() - started
    logits, way = answered.logits, classifier.answerer.way
    task, truth = task_of(encoder.labels), targets(labelled.frame, encoder.labels)
    groups = group_ids(labelled.frame)
    result = EvaluationResult(
        labels=encoder.labels.names,
        positive_label=encoder.labels.positive,
        model=encoder.name,
        data=labelled.name,
        answered_by=way,
        words_share=answered.by_words / len(logits) if way == "cascade" else None,
        rows_per_second=len(logits) / seconds,
        test=task.score(logits, truth, groups=groups),
        majority_accuracy=task.majority_accuracy(truth),
        findings=count_findings(findings),
        accepted=tuple(f.code for f in findings if f.severity is Severity.ERROR),
        test_without=scores_without(findings, labelled.frame, encoder.labels, logits),
    )
    return result.model_copy(update=check_either(classifier.decisions, logits, truth, groups))
