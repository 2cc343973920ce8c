"""The outcome of a study ─► `study.html`, one file that asks for nothing, and its pictures."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup

from newtrick.report.page import inset, page_templates, policy
from newtrick.report.plots.render import render_png, render_svg
from newtrick.report.plots.vector import inline
from newtrick.storage import write_file
from newtrick.tuning.figure import Figure
from newtrick.tuning.folder import StudyFolder
from newtrick.tuning.outcome import StudyOutcome
from newtrick.tuning.pictures import pictures_of
from newtrick.tuning.words import seeds_pair_grid, sentences, trials_grid, verdict

_TONES = {"best": "better", "start": "worse", None: "unclear"}
_SECTIONS = {
    "worth": "What it came to",
    "course": "The search",
    "settings": "What mattered",
    "trials": "All trials",
    "best": "The best recipe",
}


def publish_study(outcome: StudyOutcome, folder: StudyFolder) -> None:
    """Write the page, and its pictures as PNG."""
    write_file(folder.report, study_page(outcome, folder.best.read_text("utf-8")))
    for name, draw in pictures_of(outcome).items():
        write_file(folder.plots / f"{name}.png", render_png(partial(draw, outcome)))


def study_page(outcome: StudyOutcome, recipe: str) -> str:
    """A complete HTML document; all text from the data is escaped.

    Args:
        outcome: What the study found.
        recipe: The best one, in TOML.
    """
    drawings = inline(
        {name: render_svg(partial(draw, outcome)) for name, draw in pictures_of(outcome).items()}
    )
    style = inset("report/report.css", drawings.style)
    comparison = outcome.comparison
    return (
        page_templates()
        .get_template("study/page.html.j2")
        .render(
            style=style,
            policy=policy(style, None),
            outcome=outcome,
            figure=Figure(outcome.figure).title,
            verdict=verdict(outcome),
            tone=_TONES[comparison.better if comparison else None],
            sections=_SECTIONS,
            # the verdict, the last of them, stands above
            sentences=list(sentences(outcome))[:-1],
            seeds=None if comparison is None else seeds_pair_grid(comparison),
            trials=trials_grid(outcome),
            # matplotlib has escaped the text in its drawings
            pictures={name: Markup(svg) for name, svg in drawings.elements.items()},  # noqa: S704
            recipe=recipe,
        )
    )
