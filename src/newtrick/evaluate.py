"""A trained classifier and labelled rows ─► its scores, looked at by the audit first."""

from __future__ import annotations

from collections.abc import Collection

from newtrick.audit.checks import EVALUATION_CHECKS, Subject
from newtrick.audit.run import audit, check_codes, count_findings, refuse_errors
from newtrick.classifier import Classifier
from newtrick.data.dataset import label_ids, texts
from newtrick.data.load import load_labelled
from newtrick.evaluation.result import EvaluationResult
from newtrick.evaluation.score import score
from newtrick.progress import Watcher
from newtrick.recipe import DataSettings


def evaluate(
    classifier: Classifier,
    source: str,
    *,
    settings: DataSettings | None = None,
    accept: Collection[str] = (),
    watcher: Watcher | None = None,
) -> EvaluationResult:
    """Score a classifier on labelled rows: of data with splits, on those of its test split.

    Args:
        classifier: What is scored.
        source: A catalogue name, a file, a folder, or a hub id.
        settings: The columns; detected when not given.
        accept: Codes of findings that would stop it, and shall not.
        watcher: Sees it as it goes.

    Raises:
        DataError: The data cannot be read, or has labels that the model does not know.
        AuditRefused: A score on these rows would be worthless, as when all have one class.
    """
    check_codes(accept)
    watcher = watcher or Watcher()
    watcher.stage("Reading the data")
    labels = classifier.encoder.labels
    labelled = load_labelled(source, labels, settings or DataSettings())
    for note in labelled.notes:
        watcher.note(note)
    findings = audit(Subject(labels, {"test": labelled.frame}), EVALUATION_CHECKS)
    for finding in findings:
        watcher.finding(finding)
    refuse_errors(findings, accept)
    watcher.stage("Scoring", total=labelled.frame.height)
    logits = classifier.predict_logits(texts(labelled.frame), watcher.advance)
    return EvaluationResult(
        labels=labels.names,
        positive_label=labels.positive,
        model=classifier.encoder.name,
        data=labelled.name,
        test=score(logits, label_ids(labelled.frame), labels),
        findings=count_findings(findings),
    )
