"""A run's outcome ─► everything that a finished run is looked at by."""

from __future__ import annotations

from newtrick.assessment import Assessment
from newtrick.audit.outcome import findings_json
from newtrick.data.dataset import Dataset, label_ids
from newtrick.encoder.find import hub_id
from newtrick.evaluation.arrays import Ids, Logits
from newtrick.evaluation.decisions.check import curves
from newtrick.evaluation.decisions.document import Decisions
from newtrick.evaluation.metrics.decisions import confusion_matrix
from newtrick.evaluation.mistakes import mistakes_file
from newtrick.evaluation.predictions import predictions_file
from newtrick.job import SCORED
from newtrick.journal import Evaluation, Step, read_events
from newtrick.report.card import model_card
from newtrick.report.record import RunRecord
from newtrick.run import Environment, RunFolder
from newtrick.storage import write_file


def publish(assessment: Assessment, folder: RunFolder, environment: Environment) -> None:
    """Write predictions, findings, card, report, pictures, and last the result."""
    # They load matplotlib, which a run that begins can do without for half a second longer.
    from newtrick.report.html import html_report  # noqa: PLC0415
    from newtrick.report.plots import draw  # noqa: PLC0415

    job, logits, result = assessment.job, assessment.logits, assessment.result
    dataset = job.dataset
    events = read_events(folder.journal)
    record = RunRecord(
        result=result,
        recipe=job.recipe,
        evaluations=tuple(event for event in events if isinstance(event, Evaluation)),
        steps=tuple(event for event in events if isinstance(event, Step)),
        findings=job.findings,
        notes=dataset.notes,
        confusion=_confusion(dataset, logits["test"]),
        truncation=job.encoder.truncation,
        environment=environment,
        curves=curves(assessment.decisions, logits["test"], label_ids(dataset.test))
        if isinstance(assessment.decisions, Decisions)
        else None,
        mistakes=assessment.mistakes,
    )
    for name in SCORED:
        content = predictions_file(dataset.splits()[name], logits[name], dataset.labels)
        write_file(folder.predictions / f"{name}.parquet", content)
    if assessment.mistakes is not None:
        write_file(folder.mistakes, mistakes_file(assessment.mistakes.shown, dataset.labels))
    write_file(folder.audit, findings_json(job.findings))
    write_file(folder.model / "README.md", model_card(record, hub_id(result.model)))
    write_file(folder.report, html_report(record))
    for name, picture in draw(record).items():
        write_file(folder.plots / name, picture)
    write_file(folder.result, result.to_json() + "\n")


def _confusion(dataset: Dataset, logits: Logits) -> Ids | None:
    """None where a row may have several labels: then no label is named in place of another."""
    if dataset.labels.multi_label:
        return None
    return confusion_matrix(label_ids(dataset.test), logits.argmax(axis=1), len(dataset.labels))
