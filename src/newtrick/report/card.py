"""The model card: the README.md of a model folder, with metadata that the Hub reads."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from jinja2 import Environment, PackageLoader, StrictUndefined

from newtrick.audit.finding import Severity, worst_first
from newtrick.data.sources.repository import HUB_SCHEME
from newtrick.evaluation.intervals import Interval
from newtrick.report.blended import blend_grid, blend_in_words, encoder_temperature
from newtrick.report.decisions import decided_grid
from newtrick.report.figured import figure_grid, label_grid
from newtrick.report.grid import WIDEST, Grid, confusion_grid, evaluation_grid, score_grid
from newtrick.report.measures import interval_of, measured
from newtrick.report.record import RunRecord
from newtrick.report.seeds import seeds_grid
from newtrick.report.sliced import slice_grid
from newtrick.report.verdict import verdict
from newtrick.report.without import without_grid
from newtrick.report.wording import Markdown, count, markdown, sentence

_TASK = "text-classification"
OPTIMIZERS = {"adamw": "AdamW", "adam": "Adam"}


def model_card(record: RunRecord, base_model_id: str | None = None) -> str:
    """Write the card of a run's model.

    Args:
        record: The run.
        base_model_id: The Hub's name for the model that was fine-tuned, if it is there.

    Returns:
        Markdown with YAML front matter. No licence is claimed: the one of the weights depends on
        those of the base model and of the data, which the run does not know.
    """
    template = card_templates().get_template("card.md.j2")
    return template.render(
        metadata=Markdown(_metadata(record, base_model_id).to_yaml()),
        name=_name(record),
        verdict=verdict(record.result, record.findings),
        concerns=[
            finding
            for finding in worst_first(record.findings)
            if finding.severity is not Severity.INFO
        ],
        result=record.result,
        labels=Markdown(_listed(record.result.labels)),
        scores=score_grid(record.result),
        figures=figure_grid(record.result),
        by_label=_few(label_grid(record.result.test)),
        slices=slice_grid(record.result.slices) if record.result.slices else None,
        findings=worst_first(record.findings),
        seeds=seeds_grid(record.result.seeds, record.result.task) if record.result.seeds else None,
        without=without_grid(record.result),
        best_by=record.recipe.training.best_by.replace("_", " "),
        decided=decided_grid(record.result),
        blend=blend_grid(record.result),
        blended=blend_in_words(record.result),
        is_blend=record.result.blend is not None and record.result.blend.used,
        several=record.result.task == "multi_label",
        temperature=encoder_temperature(record.result),
        confusion=None
        if record.confusion is None
        else confusion_grid(record.result.labels, record.confusion),
        notes=record.notes,
        truncation=record.truncation,
        pairs=record.recipe.data.pair_column is not None,
        training=record.recipe.training,
        optimizer=OPTIMIZERS[record.recipe.training.optimizer],
        evaluations=evaluation_grid(record.evaluations),
        environment=record.environment,
        command=Markdown(textwrap.indent(record.environment.command, "    ")),
    )


def card_templates() -> Environment:
    """Templates of cards: every string that is printed is escaped, unless it is Markdown."""

    def escape(value: object) -> object:
        return markdown(value) if isinstance(value, str) else value

    # Autoescaping knows HTML only; `finalize` sees what each {{ }} prints.
    templates = Environment(
        loader=PackageLoader("newtrick.report"),
        autoescape=False,  # noqa: S701
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters.update(count=count, sentence=sentence, table=markdown_table)
    return templates


def _metadata(record: RunRecord, base_model_id: str | None) -> ModelCardData:
    dataset = _hub_dataset(record)
    return ModelCardData(
        base_model=base_model_id,
        datasets=None if dataset is None else [dataset],
        library_name="transformers",
        pipeline_tag=_TASK,
        tags=[_TASK, "newtrick"],
        metrics=list(dict.fromkeys(measure.hub for measure, _ in measured(record.result.test))),
        model_name=_name(record),
        eval_results=_eval_results(record, dataset),
    )


def _eval_results(record: RunRecord, dataset: str | None) -> list[EvalResult]:
    """The figures of the test rows, in the form of the Hub's model-index."""
    result = record.result
    about: dict[str, Any] = {
        "task_type": _TASK,
        "task_name": "Text Classification",
        "dataset_type": dataset or _slug(result.data.name),
        "dataset_name": result.data.name,
        "dataset_split": "test",
    }
    binary = result.positive_label is not None
    return [
        EvalResult(
            **about,
            metric_type=measure.hub,
            metric_name=measure.title(binary=binary),
            metric_value=round(value, 4),
            metric_args=_interval(interval_of(result.test, measure)),
        )
        for measure, value in measured(result.test)
    ]


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    """An interval where the metadata of the Hub has room for it: it knows of none."""
    if interval is None:
        return None
    return {
        "confidence_level": 0.95,
        "confidence_interval": [round(bound, 4) for bound in interval],
    }


def _listed(labels: Sequence[str]) -> str:
    """The names of labels; of many, the first."""
    names = ", ".join(markdown(label) for label in labels[:WIDEST])
    more = len(labels) - WIDEST
    return f"{names} and {count(more)} more, in config.json" if more > 0 else names


def _few(grid: Grid | None) -> Grid | None:
    """A table, unless it has more lines than a card has room for."""
    return None if grid is None or len(grid.rows) > WIDEST else grid


def _hub_dataset(record: RunRecord) -> str | None:
    source = record.recipe.data.source
    if not isinstance(source, str) or not source.startswith(HUB_SCHEME):
        return None
    return source.removeprefix(HUB_SCHEME).partition("@")[0]


def _name(record: RunRecord) -> str:
    model = record.result.model.rstrip("/").rpartition("/")[2]
    return _slug(f"{model}-{record.result.data.name}")


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model"


def markdown_table(grid: Grid) -> Markdown:
    """A grid as a table of Markdown: figures to the right, marked rows bold."""
    lines: list[Sequence[str]] = [
        [markdown(name) for name in grid.header],
        [":---" if grid.named and not column else "---:" for column in range(len(grid.header))],
    ]
    for index, row in enumerate(grid.rows):
        cells = [markdown(cell) for cell in row]
        lines.append([f"**{cell}**" for cell in cells] if index in grid.marked else cells)
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
