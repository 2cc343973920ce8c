"""What a training works with: read, loaded, tokenised, and looked at by the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding
from newtrick.audit.kept import audited
from newtrick.audit.outcome import check_codes, refuse_errors
from newtrick.audit.registry import DATA_CHECKS, TRAINING_CHECKS
from newtrick.baseline.kept import baselines_of, frozen_of
from newtrick.baseline.ladder import Baseline
from newtrick.data.dataset import Dataset, LabelSet, label_odds, texts
from newtrick.data.load import load_dataset
from newtrick.data.rawfile import STANDARD_INPUT
from newtrick.data.rawtexts import find_texts
from newtrick.data.split import text_key_hashes
from newtrick.distillation.lessons import (
    Lessons,
    check_distillation,
    find_teachers,
    take_lessons,
)
from newtrick.encoder.ahead import TokensAhead
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.find import check_model_name
from newtrick.encoder.load import load_encoder
from newtrick.encoder.save import read_trained_on
from newtrick.encoder.token_cache import tokenizer_hash
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import RecipeError, UsageError, did_you_mean
from newtrick.progress import Watcher
from newtrick.recipe import DecisionSettings, Recipe
from newtrick.resume import Beginning, Inputs, data_inputs, model_inputs

SCORED = ("validation", "test")
"""The splits that are scored at the end."""

MOST_FROZEN_TOKENS = 1_000_000
"""Of more tokens, the untrained encoder is not asked as a baseline: it would take minutes."""


@dataclass(frozen=True)
class Job:
    """What training works with.

    Attributes:
        recipe: What to do.
        dataset: The rows.
        encoder: The model and its tokenizer.
        tokens: The texts of the data set's splits, by name.
        findings: What the audit found.
        baselines: What the cheap models say, from the cheapest to the dearest.
        made_of: Hashes of the data and the model, as the manifest has them.
        lessons: Texts without labels that are learned beside the training split, if any.
    """

    recipe: Recipe
    dataset: Dataset
    encoder: Encoder
    tokens: Mapping[str, TokenIds]
    findings: tuple[Finding, ...]
    baselines: tuple[Baseline, ...]
    made_of: Inputs
    lessons: Lessons | None

    @property
    def trained_on(self) -> pl.DataFrame:
        """The texts that have trained the model, now or before, or choose its checkpoint."""
        ours = [
            pl.select(hash=text_key_hashes(rows), split=pl.lit(split))
            for split, rows in self.dataset.splits().items()
            if split != "test"
        ]
        if self.lessons is not None:
            hashes = text_key_hashes(self.lessons.rows)
            ours.append(pl.select(hash=hashes, split=pl.lit("train")))
        return pl.concat([read_trained_on(self.encoder.folder), *ours])


def read_data(recipe: Recipe, accept: Collection[str], watcher: Watcher) -> Dataset:
    """The rows, once what can be refused without them has been looked at."""
    check_codes(accept, (*DATA_CHECKS, *TRAINING_CHECKS))
    if recipe.data.source is None:
        raise UsageError(
            "There is no data to train on.", fix="newtrick train DATA, or data.source in a recipe"
        )
    check_model_name(recipe.model.name)
    check_distillation(recipe)
    _refuse_to_read_twice(recipe)
    _find_texts(recipe)
    watcher.stage("Reading the data")
    dataset = load_dataset(recipe.data, seed=recipe.data.split_seed)
    for note in dataset.notes:
        watcher.note(note)
    _check_metric(recipe, dataset)
    _check_decisions(recipe.decisions, dataset.labels)
    return dataset


def prepare(
    recipe: Recipe,
    dataset: Dataset,
    beginning: Beginning,
    accept: Collection[str],
    watcher: Watcher,
) -> Job:
    """All that comes before training; what can be refused is refused here."""
    made_of = data_inputs(dataset)
    beginning.refuse_changed(made_of)
    watcher.stage("Loading the model")
    odds = label_odds(dataset.train, dataset.labels)
    encoder = load_encoder(recipe, dataset.labels, odds)
    made_of = {**made_of, **model_inputs(encoder.folder)}
    beginning.refuse_changed(made_of)
    teachers = find_teachers(recipe, dataset)
    watcher.stage("Tokenising")
    rows = {name: texts(split) for name, split in dataset.splits().items()}
    with TokensAhead(encoder, rows, recipe.data.tokenizer_workers) as tokens:
        findings = look_at_data(recipe, dataset, encoder, tokens, accept=accept, watcher=watcher)
        watcher.stage("Fitting the baselines")
        baselines = baselines_of(dataset)
        whole = dict(tokens)
    if sum(len(split.flat) for split in whole.values()) <= MOST_FROZEN_TOKENS:
        watcher.stage("Asking the untrained encoder", total=sum(map(len, whole.values())))
        weights = repr(model_inputs(encoder.folder))
        baselines += (frozen_of(encoder, weights, whole, dataset, watcher.advance),)
    lessons = take_lessons(recipe, dataset, encoder, teachers, watcher)
    if lessons is not None:
        made_of = {**made_of, **lessons.made_of}
        beginning.refuse_changed(made_of)
        dataset = replace(dataset, notes=(*dataset.notes, *lessons.notes))
    return Job(recipe, dataset, encoder, whole, findings, baselines, made_of, lessons)


def look_at_data(
    recipe: Recipe,
    dataset: Dataset,
    encoder: Encoder,
    tokens: Mapping[str, TokenIds],
    *,
    accept: Collection[str],
    watcher: Watcher,
) -> tuple[Finding, ...]:
    """What the audit finds in the data.

    Raises:
        AuditRefused: There is an error whose code is not in `accept`.
    """
    watcher.stage("Auditing the data")
    subject = DataSubject(
        dataset.labels,
        dataset.splits(),
        Reading(recipe.model.name, encoder.truncation, tokens, tokenizer_hash(encoder.tokenizer)),
        read_trained_on(encoder.folder),
        dataset.dropped,
        dataset.decided,
    )
    findings = audited(subject)
    for finding in findings:
        watcher.finding(finding)
    refuse_errors(findings, accept)
    return findings


def _refuse_to_read_twice(recipe: Recipe) -> None:
    """Standard input can be one of the sources; each seed reads the texts of a teacher anew."""
    data, lessons = recipe.data, recipe.distillation
    once = [data.source, data.test_source, recipe.adaptation.source]
    if [*once, *[lessons.source] * recipe.training.seeds].count(STANDARD_INPUT) > 1:
        raise UsageError(
            "Standard input can be read once, and the run would read it again.",
            fix="write it to a file, and name that",
        )


def _find_texts(recipe: Recipe) -> None:
    """Refuse or fetch the texts without labels, which are read after all else."""
    for source in (recipe.adaptation.source, recipe.distillation.source):
        if source is not None:
            find_texts(source)


def _check_metric(recipe: Recipe, dataset: Dataset) -> None:
    if recipe.training.best_by == "micro_f1" and not dataset.labels.multi_label:
        raise RecipeError(
            "Where each row has one label, the micro F1 is the accuracy.",
            where="training.best_by",
            fix="--set training.best_by=accuracy",
        )
    if recipe.training.best_by == "f1" and dataset.labels.positive is None:
        raise RecipeError(
            "The F1 of a positive label needs two classes.",
            where="training.best_by",
            found=f"{len(dataset.labels)} labels, of which a row may have several"
            if dataset.labels.multi_label
            else f"{len(dataset.labels)} classes",
            fix="--set training.best_by=macro_f1",
        )


def _check_decisions(settings: DecisionSettings, labels: LabelSet) -> None:
    if None not in (settings.wanted_precision, settings.wanted_recall):
        raise RecipeError(
            "A label has one threshold, for a precision or for a recall.",
            where="decisions.wanted_precision, decisions.wanted_recall",
            fix="set one of them",
        )
    if settings.costs and labels.multi_label:
        raise RecipeError(
            "Costs are of naming one label in place of another; here a row may have several.",
            where="decisions.costs",
            fix="set decisions.wanted_precision or decisions.wanted_recall instead",
        )
    unknown = {
        name: did_you_mean(name, labels)
        for *names, _ in settings.costs
        for name in names
        if name not in labels.names
    }
    if unknown:
        raise RecipeError(
            "Costs are given for labels that the data does not have.",
            where="decisions.costs",
            details=[f"{name!r}: {hint}" for name, hint in unknown.items()],
        )
