"""What an adaptation gave: in a sentence, as a table, and as the card of its model."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

from huggingface_hub import ModelCardData

from newtrick.counted import counted
from newtrick.evaluation.intervals import Interval
from newtrick.evaluation.masked_score import MaskedScores
from newtrick.evaluation.result import AdaptationResult
from newtrick.journal import MaskedEvaluation
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.report.card import OPTIMIZERS, card_templates
from newtrick.report.grid import Grid
from newtrick.report.wording import Markdown, count, percent
from newtrick.run import Environment


def evaluated_in_words(event: MaskedEvaluation) -> str:
    """An evaluation on the way, as a line."""
    star = " *" if event.best else ""
    return (
        f"step {count(event.step)}: perplexity {event.perplexity:.2f}, masked accuracy"
        f" {percent(event.accuracy)} %{star}"
    )


def in_words(result: AdaptationResult) -> str:
    """What was read, and what it changed."""
    texts = result.texts
    kept_out = sum(texts.kept_out.values())
    before = "" if result.before is None else f" from {result.before.perplexity:.2f}"
    return (
        f"{result.model} was first adapted to {counted(texts.read, 'text')} of {texts.name}"
        f" ({count(kept_out)} kept out, for they are validation or test texts or nearly so); its"
        f" perplexity on {count(texts.held_out)} others went{before} to"
        f" {result.after.perplexity:.2f}."
    )


def adaptation_grid(result: AdaptationResult) -> Grid:
    """The figures of held-out texts, from what is known without a model to the adapted one."""
    rows = [
        (
            "token frequencies",
            f"{result.base_perplexity:.1f}",
            "",
            percent(result.base_accuracy),
            "",
        )
    ]
    if result.before is not None:
        name = "before, with a new head" if result.new_head else "before"
        rows.append((name, *_cells(result.before)))
    rows.append(("adapted", *_cells(result.after)))
    return Grid(
        caption=(
            f"{counted(result.after.tokens, 'hidden token')} of"
            f" {counted(result.texts.held_out, 'text')} that {result.texts.name} was not adapted"
            " to; the same are hidden each time."
        ),
        header=("Model", "Perplexity", "95 % interval", "Accuracy", "95 % interval"),
        rows=tuple(rows),
        marked=frozenset({len(rows) - 1}),
    )


def _cells(scores: MaskedScores) -> tuple[str, str, str, str]:
    return (
        f"{scores.perplexity:.2f}",
        _shown(scores.perplexity_interval, "{:.2f}".format),
        percent(scores.accuracy),
        _shown(scores.accuracy_interval, percent),
    )


def _shown(interval: Interval | None, written: Callable[[float], str]) -> str:
    return "" if interval is None else " – ".join(map(written, interval))


def adaptation_card(
    result: AdaptationResult,
    recipe: Recipe,
    settings: TrainingSettings,
    environment: Environment,
    base_model_id: str | None = None,
) -> str:
    """Write the card of an adapted encoder; no licence is claimed.

    Args:
        result: What the adaptation gave.
        recipe: Which texts, and how they were read and hidden.
        settings: How it was trained.
        environment: What ran, where.
        base_model_id: The Hub's name for the model that was adapted, if it is there.
    """
    metadata = ModelCardData(
        base_model=base_model_id,
        library_name="transformers",
        pipeline_tag="fill-mask",
        tags=["fill-mask", "newtrick"],
    )
    return (
        card_templates()
        .get_template("adapted.md.j2")
        .render(
            metadata=Markdown(metadata.to_yaml()),
            name=f"{Path(result.model).name}-{result.texts.name}",
            result=result,
            scores=adaptation_grid(result),
            data=recipe.data,
            adaptation=recipe.adaptation,
            training=settings,
            optimizer=OPTIMIZERS[settings.optimizer],
            environment=environment,
            command=Markdown(textwrap.indent(environment.command, "    ")),
        )
    )
