"""The report of a run: one page that needs nothing but itself, on paper, a phone or a screen."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from newtrick.audit.finding import worst_first
from newtrick.report.decided import decision_grid, decisions_in_words
from newtrick.report.grid import (
    best_index,
    confusion_grid,
    environment_grid,
    evaluation_grid,
    score_grid,
    settings_grid,
    training_grid,
)
from newtrick.report.plots import draw_svg
from newtrick.report.record import RunRecord
from newtrick.report.seeds import seeds_grid
from newtrick.report.verdict import judge
from newtrick.report.without import without_grid
from newtrick.report.wording import count, decimals, percent, sentence


def html_report(record: RunRecord) -> str:
    """Write the report of a run.

    Returns:
        A complete HTML document: its style and its pictures are in it, it asks for no other file
        and runs no script. All text from the data is escaped.
    """
    templates = Environment(
        loader=PackageLoader("newtrick.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(count=count, decimals=decimals, percent=percent, sentence=sentence)
    best = best_index(record.evaluations)
    decisions = record.result.decisions
    return templates.get_template("report.html.j2").render(
        result=record.result,
        judgement=judge(record.result, record.findings),
        findings=worst_first(record.findings),
        scores=score_grid(record.result),
        seeds=seeds_grid(record.result.seeds) if record.result.seeds else None,
        without=without_grid(record.result),
        # matplotlib has escaped the text in its drawings
        pictures={name: Markup(svg) for name, svg in draw_svg(record).items()},  # noqa: S704
        kept=None if best is None else record.evaluations[best],
        evaluations=evaluation_grid(record.evaluations),
        best_by=record.recipe.training.best_by.replace("_", " "),
        decisions=decisions_in_words(decisions) if decisions else (),
        decided=decision_grid(decisions, record.result.test.rows) if decisions else None,
        confusion=confusion_grid(record.result.labels, record.confusion),
        notes=record.notes,
        training=training_grid(record.result),
        settings=settings_grid(record.recipe),
        environment=environment_grid(record.environment),
        command=record.environment.command,
        started=record.environment.started,
    )
