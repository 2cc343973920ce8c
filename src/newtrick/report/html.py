"""The report of a run: one page that needs nothing but itself, on paper, a phone or a screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from newtrick.audit.finding import worst_first
from newtrick.report.blended import blend_grid, blend_in_words
from newtrick.report.curved import reliability_grid, risk_grid
from newtrick.report.decided import answer_grid, calibration_grid
from newtrick.report.decisions import decided_in_words
from newtrick.report.explained import explanations_in_words
from newtrick.report.figured import figure_grid, label_grid
from newtrick.report.flagged import label_decision_grid
from newtrick.report.grid import (
    best_index,
    confusion_grid,
    environment_grid,
    evaluation_grid,
    score_grid,
    settings_grid,
    training_grid,
)
from newtrick.report.measures import headline
from newtrick.report.page import inset, page_templates, policy
from newtrick.report.plots import draw_svg
from newtrick.report.record import RunRecord
from newtrick.report.reread import shown_mistakes, shown_pairs
from newtrick.report.seeds import seeds_grid
from newtrick.report.sliced import slice_grid
from newtrick.report.verdict import judge
from newtrick.report.without import without_grid


@dataclass(frozen=True)
class Section:
    """A part of the report; its template is named like it."""

    name: str
    title: str


def html_report(record: RunRecord) -> str:
    """Write the report of a run.

    Returns:
        A complete HTML document: its style, its script and its pictures are in it, and it can ask
        for no other file. Without the script the mistakes cannot be searched; all else is there.
        All text from the data is escaped.
    """
    templates = page_templates()
    drawings = draw_svg(record)
    style = inset("report/report.css", drawings.style)
    script = inset("report/search.js") if record.mistakes else None
    result = record.result
    best = best_index(record.evaluations)
    decisions, curves = result.decisions, record.curves
    return templates.get_template("report/page.html.j2").render(
        style=style,
        script=script,
        policy=policy(style, script),
        sections=tuple(_sections(record)),
        result=result,
        judgement=judge(result, record.findings),
        headline=headline(result.test),
        best_baseline=headline(result.baseline),
        judged_by="Accuracy" if result.task == "single_label" else "Micro F1",
        # matplotlib has escaped the text in its drawings
        pictures={name: Markup(svg) for name, svg in drawings.elements.items()},  # noqa: S704
        scores=score_grid(result),
        blend=blend_grid(result),
        blended=blend_in_words(result),
        seeds=seeds_grid(result.seeds, result.task) if result.seeds else None,
        figures=figure_grid(result),
        by_label=label_grid(result.test),
        without=without_grid(result),
        kept=None if best is None else record.evaluations[best],
        evaluations=evaluation_grid(record.evaluations),
        best_by=record.recipe.training.best_by.replace("_", " "),
        decisions=decided_in_words(result),
        calibration=calibration_grid(decisions, result.test.rows) if decisions else None,
        answers=answer_grid(decisions, result.test.rows) if decisions else None,
        bins=reliability_grid(curves.before, curves.after) if curves else None,
        risk=risk_grid(curves.risk) if curves else None,
        confusion=None
        if record.confusion is None
        else confusion_grid(result.labels, record.confusion),
        thresholds=label_decision_grid(result.label_decisions, result.test.rows)
        if result.label_decisions
        else None,
        mistakes=record.mistakes,
        explained=explanations_in_words(result.explanations) if result.explanations else None,
        shown=shown_mistakes(record.mistakes, result.labels) if record.mistakes else (),
        pairs=shown_pairs(record.mistakes) if record.mistakes else (),
        slices=slice_grid(result.slices) if result.slices else None,
        findings=worst_first(record.findings),
        notes=record.notes,
        training=training_grid(result),
        settings=settings_grid(record.recipe),
        environment=environment_grid(record.environment),
        command=record.environment.command,
        started=record.environment.started,
    )


def _sections(record: RunRecord) -> Iterator[Section]:
    """The parts that there is something to say in, in order."""
    yield Section("baselines", "Beside the baselines")
    yield Section("figures", "All figures")
    yield Section("course", "How it learned")
    if record.result.decisions:
        yield Section("calibration", "Calibration")
    if record.confusion is not None:
        yield Section("confusion", "Confusion")
    if record.result.label_decisions:
        yield Section("thresholds", "Thresholds")
    if record.result.decisions:
        yield Section("answers", "When to answer")
    if record.mistakes:
        yield Section("mistakes", "Mistakes")
    if record.result.slices:
        yield Section("slices", "Where it is worse")
    yield Section("findings", "Findings of the audit")
    yield Section("data", "Data")
    yield Section("recipe", "Recipe")
    yield Section("machine", "Machine and time")
    yield Section("command", "The command")
