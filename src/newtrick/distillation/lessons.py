"""What a run learns beside its labelled rows: texts, and what its teachers say of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import Dataset, Note
from newtrick.data.unlabelled import load_unlabelled
from newtrick.distillation.teacher import Teacher
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.find import check_model_name
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import RecipeError
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.training.precision import choose_precision
from newtrick.training.taught import Shares, confidence


@dataclass(frozen=True)
class Lessons:
    """Texts without labels, and what to answer to them.

    Attributes:
        name: A short name for the texts.
        rows: The texts, with the columns of `TEXT_SCHEMA`.
        tokens: As the student reads them.
        shares: The probability that each label should have; shape (texts, labels).
        notes: What was read, what was left out, and who teaches.
    """

    name: str
    rows: pl.DataFrame
    tokens: TokenIds
    shares: Shares
    notes: tuple[Note, ...]

    @property
    def made_of(self) -> Mapping[str, Mapping[str, object]]:
        """Hashes for the manifest; that of the answers stands for the teachers."""
        digest = hashlib.sha256()
        for text in self.rows["text"]:
            digest.update(f"{len(text)}:".encode())
            digest.update(text.encode("utf-8", "surrogatepass"))
        answers = hashlib.sha256(self.shares.tobytes())
        return {
            "distillation": {
                "texts": f"{self.rows.height:,} texts, {digest.hexdigest()}",
                "answers": answers.hexdigest(),
            }
        }


def check_distillation(recipe: Recipe) -> None:
    """Refuse what can be refused before anything is read.

    Raises:
        RecipeError: One of texts and teacher is missing, or the rows are pairs.
        ModelError: There is no such teacher.
    """
    settings = recipe.distillation
    if (settings.source is None) != (settings.teacher is None):
        missing = {"source": "TEXTS", "teacher": "RUN (the folder of an earlier run)"}
        name = "source" if settings.source is None else "teacher"
        raise RecipeError(
            "To learn from texts without labels takes the texts and a teacher.",
            where=f"distillation.{name}",
            fix=f"--set distillation.{name}={missing[name]}",
        )
    if settings.source is not None and recipe.data.pair_column is not None:
        raise RecipeError(
            "A teacher is asked of single texts, and the rows are pairs.",
            where="distillation.source",
            fix="leave out distillation.source, or --pair-column",
        )
    for teacher in _names(recipe):
        check_model_name(teacher)


def find_teachers(recipe: Recipe, dataset: Dataset) -> tuple[Teacher, ...]:
    """Those that the recipe names, if any.

    Raises:
        ModelError: One cannot be loaded or must not teach.
        FetchError: One could not be fetched.
    """
    return tuple(Teacher.find(name, dataset) for name in _names(recipe))


def read_lessons(
    recipe: Recipe, dataset: Dataset, encoder: Encoder, watcher: Watcher
) -> Lessons | None:
    """The texts, if the recipe has any; until teachers are asked, all answers are as likely.

    Texts of validation and test rows are kept out, and those that differ from one in a word or two.

    Raises:
        DataError: They cannot be read, or are too few.
        FetchError: They have to be fetched, and no source gave them.
    """
    settings = recipe.distillation
    if settings.source is None:
        return None
    watcher.stage("Reading the texts without labels")
    unlabelled = load_unlabelled(
        settings.source,
        scored={"validation": dataset.validation, "test": dataset.test},
        text_column=settings.text_column,
        max_rows=settings.max_rows,
        seed=recipe.data.split_seed,
    )
    for note in unlabelled.notes:
        watcher.note(note)
    texts, labels = unlabelled.texts, dataset.labels
    even = 1 / 2 if labels.multi_label else 1 / len(labels)
    return Lessons(
        name=unlabelled.name,
        rows=unlabelled.frame,
        tokens=encoder.tokenize_once(texts),
        shares=np.full((len(texts), len(labels)), even, dtype=np.float32),
        notes=unlabelled.notes,
    )


def take_lessons(
    recipe: Recipe,
    dataset: Dataset,
    encoder: Encoder,
    teachers: Sequence[Teacher],
    watcher: Watcher,
) -> Lessons | None:
    """The texts, if the recipe has any, with the mean of what the teachers say of them.

    Raises:
        DataError: The texts cannot be read, or are too few.
        FetchError: They have to be fetched, and no source gave them.
    """
    lessons = read_lessons(recipe, dataset, encoder, watcher)
    if lessons is None:
        return None
    texts, precision = lessons.rows["text"].to_list(), choose_precision(recipe.training)
    answers = []
    for teacher in teachers:
        watcher.stage(f"Asking the teacher {teacher.name}", total=len(texts))
        answers.append(teacher.shares(texts, precision, watcher.advance))
    shares = np.stack(answers).mean(axis=0, dtype=np.float64).astype(np.float32)
    sure = confidence(shares, multi_label=dataset.labels.multi_label).mean()
    message = (
        f"{counted(len(texts), 'text')} without labels ({lessons.name}) are learned as"
        f" {' and '.join(teacher.name for teacher in teachers)}"
        f" {one_or_many(len(teachers), 'answers', 'answer')} them, on average {100 * sure:.0f} %"
        " sure (1 - entropy / its maximum)."
    )
    notes = [note for teacher in teachers for note in teacher.notes]
    notes.append(Note("distillation", message))
    for note in notes:
        watcher.note(note)
    return replace(lessons, shares=shares, notes=(*lessons.notes, *notes))


def _names(recipe: Recipe) -> tuple[str, ...]:
    teacher = recipe.distillation.teacher
    return (teacher,) if isinstance(teacher, str) else teacher or ()
