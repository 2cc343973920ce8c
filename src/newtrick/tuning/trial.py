"""One trial: a training in a light folder of its own, that may be given up on the way."""

from __future__ import annotations

import gc
import math
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.data.dataset import Dataset, Note, label_odds, row_ids, targets, texts
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.memory import is_out_of_memory
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import OutOfMemory, TrainingBrokeDown, TrainingLost
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.task import Examined, task_of
from newtrick.evaluation.value import Value
from newtrick.journal import Evaluation, Event, Plan, Step, append_event, read_events
from newtrick.progress import Aside, Watcher
from newtrick.recipe import Recipe
from newtrick.run import RunFolder
from newtrick.storage import atomic_path, remove_half_written, write_file
from newtrick.training import loop
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.horizon import Horizon
from newtrick.training.interrupt import StopRequest
from newtrick.training.objectives import objective_of
from newtrick.training.precision import as_begun
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog
from newtrick.tuning.figure import Figure
from newtrick.tuning.ledger import PERCENT, Claimed
from newtrick.tuning.plan import EVALUATIONS
from newtrick.tuning.space import Point

Places = npt.NDArray[np.int64]

SCORE, MERITS = "score.json", "merits.npy"


class TrialScore(Value):
    """How the best weights of a trial fared on the validation rows, in float32."""

    rows: int
    loss: float
    accuracy: float
    f1: float | None = None
    macro_f1: float
    micro_f1: float | None = None
    best_step: int
    last_step: int
    seconds: float


@dataclass(frozen=True)
class Ground:
    """What all trials of a stage share.

    Attributes:
        recipe: The one that the study starts from.
        dataset: Read and audited.
        places: The training rows of the stage, in their order.
        figure: What trials are judged by.
        accept: Codes of findings in spite of which a training goes on.
        gives_up: Whether trials are given up that fall behind.
    """

    recipe: Recipe
    dataset: Dataset
    places: Places
    figure: Figure
    accept: Collection[str]
    gives_up: bool = True


def recipe_at(recipe: Recipe, point: Point, rows: int) -> Recipe:
    """The recipe of a trial, to be trained on so many rows.

    Its training is looked at in quarters, unless the recipe that the study starts from says when.
    """
    recipe = recipe.with_settings({**point, "training.seeds": 1})
    if recipe.training.evaluate_every_steps is not None:
        return recipe
    steps = Horizon.begin(rows, recipe.training).steps
    every = math.ceil(steps / EVALUATIONS)
    return recipe.with_settings({"training.evaluate_every_steps": every})


class _GivenUp(Exception):
    """Other trials do better."""


def run_trial(claimed: Claimed, ground: Ground, stop: StopRequest, watcher: Watcher) -> None:
    """Train, from the beginning or the last checkpoint, and record what came of it.

    Raises:
        Interrupted: As asked by `stop`; another process can go on.
    """
    started, before = time.monotonic(), _seconds_before(claimed.folder)
    value, fault = None, None

    def seconds() -> float:
        return before + time.monotonic() - started

    try:
        examined, steps = _trained(claimed, ground, stop, Aside(watcher, f"Trial {claimed.name}"))
        value = ground.figure.of_examined(examined)
        _keep(claimed.folder, ground, examined, steps, seconds())
    except _GivenUp:
        pass
    except (TrainingBrokeDown, TrainingLost, OutOfMemory) as error:
        fault = "; ".join((error.what, *error.details))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            claimed.leave()
            raise
        fault = "The memory is full."
    except BaseException:
        claimed.leave()
        raise
    shutil.rmtree(claimed.folder.checkpoints, ignore_errors=True)
    gc.collect()  # a model and its optimizer point at each other
    claimed.end(seconds(), value, fault)
    watcher.note(Note("trial", _told(claimed, ground.figure, value, fault)))


@dataclass(frozen=True)
class _Steps:
    best: int
    last: int


@dataclass(frozen=True)
class _Material:
    """What is trained, on what, and what it is judged on."""

    encoder: Encoder
    rows: pl.DataFrame
    tokens: TokenIds
    validation: LabelledTokens

    @classmethod
    def of(cls, recipe: Recipe, ground: Ground) -> Self:
        """Load the model; the token ids are cut once for every way to read texts."""
        labels, whole = ground.dataset.labels, ground.dataset.train
        rows, judges = whole[ground.places.tolist()], ground.dataset.validation
        encoder = load_encoder(recipe, labels, label_odds(rows, labels))
        validation = LabelledTokens(encoder.tokenize_once(texts(judges)), targets(judges, labels))
        tokens = encoder.tokenize_once(texts(whole)).some(ground.places)
        return cls(encoder, rows, tokens, validation)


def _trained(
    claimed: Claimed, ground: Ground, stop: StopRequest, watcher: Watcher
) -> tuple[Examined, _Steps]:
    """Train, and score the best weights in float32; the model goes when this is done."""
    folder = claimed.folder
    recipe = recipe_at(ground.recipe, claimed.point, len(ground.places))
    remove_half_written(folder.path)
    write_file(folder.recipe, recipe.to_toml())
    watcher.stage("Loading the model")
    material = _Material.of(recipe, ground)
    encoder, validation = material.encoder, material.validation
    checkpoints = Checkpoints(folder.checkpoints, 1, folder.journal)
    start = checkpoints.newest()
    checkpoints.go_back_to(start)
    past = read_events(folder.journal) if start else []
    settings = as_begun(recipe.training, past)
    watcher.stage("Training")
    for event in past:
        watcher.event(event)
    with stop.awaited():
        summary = loop.train(
            encoder,
            objective_of(targets(material.rows, encoder.labels), encoder.labels, settings),
            material.tokens,
            validation,
            settings,
            checkpoints=checkpoints,
            stop=stop,
            tell=_teller(claimed, ground, material, past, watcher),
            resume_from=start,
        )
    batch, pad_id = settings.eval_batch_size, encoder.pad_id
    logits = predict_logits(encoder.model, validation.tokens, pad_id=pad_id, batch_size=batch)
    examined = task_of(encoder.labels).examine(logits, validation.labels)
    return examined, _Steps(summary.best_step, summary.last_step)


def _teller(
    claimed: Claimed,
    ground: Ground,
    material: _Material,
    past: Sequence[Event],
    watcher: Watcher,
) -> Callable[[Event], None]:
    """What takes the events of a trial, and ends one that is lost or has fallen behind."""
    watchdog = Watchdog(row_ids(material.rows), ground.accept, past)
    steps = [event.steps for event in past if isinstance(event, Plan)]

    def tell(event: Event) -> None:
        append_event(claimed.folder.journal, event)
        watcher.event(event)
        watchdog.see(event)
        if isinstance(event, Plan):
            steps.append(event.steps)
        elif isinstance(event, Evaluation):
            percent = round(PERCENT * event.step / steps[0])
            is_behind = claimed.see(percent, ground.figure.of_evaluation(event))
            if is_behind and ground.gives_up:
                raise _GivenUp

    return tell


def _keep(
    folder: RunFolder, ground: Ground, examined: Examined, steps: _Steps, seconds: float
) -> None:
    """Write what the study needs of a trial that came to its end: no weights."""
    score = TrialScore(
        rows=len(ground.places),
        loss=float(examined.losses.mean()),
        accuracy=float(examined.right.mean()),
        f1=examined.f1,
        macro_f1=examined.macro_f1,
        micro_f1=examined.micro_f1,
        best_step=steps.best,
        last_step=steps.last,
        seconds=seconds,
    )
    with atomic_path(folder.path / MERITS) as path, path.open("wb") as file:
        np.save(file, ground.figure.merits(examined), allow_pickle=False)
    write_file(folder.path / SCORE, score.to_json() + "\n")


def _seconds_before(folder: RunFolder) -> float:
    """What a trial that is taken over took until it was left."""
    if not folder.journal.is_file():
        return 0.0
    events = read_events(folder.journal)
    return max((event.seconds for event in events if isinstance(event, Step)), default=0.0)


def _told(claimed: Claimed, figure: Figure, value: float | None, fault: str | None) -> str:
    tried = ", ".join(f"{key.partition('.')[2]} {_short(v)}" for key, v in claimed.point.items())
    if fault is not None:
        outcome = f"failed: {fault}"
    elif value is None:
        outcome = f"given up after {max(claimed.seen)} %"
    else:
        outcome = f"{figure.title} {value:.4f}"
    return f"{claimed.name}: {outcome} ({tried})"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
