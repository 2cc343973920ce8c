"""What a shipped recipe gives on IMDb: trained, scored once on the test reviews, and kept.

    python bench/imdb.py --recipe imdb-fast               # stop it, and go on with the same
    python bench/imdb.py --recipe imdb-fast --minutes 5   # the learning rate falls by the clock
    python bench/benchmarks.py                            # BENCHMARKS.md from all that is kept

The folder of `--data` has `train.parquet` and `test.parquet`, and `unsup.parquet` for recipes that
read unlabelled reviews. Validation rows are cut from the training reviews, as in every run, and
choose everything; the test reviews are scored at the end.

The run starts with nothing prepared but the model itself, which may have to be downloaded. The
clock runs from there: reading, tokenising, the audit, the word counts, training and the blend.
Scoring the test rows is left out, and all that follows. A run that was stopped and went on is
charged the longest that each of its stages took in any start.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from forecast import tell
from newtrick import train
from newtrick.data.cache import cache_folder
from newtrick.journal import Evaluation, Event, read_events
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.run import RunFolder
from newtrick.storage import write_file
from reviews import add_data_argument

KEPT = Path(__file__).parent / "results"
TEACHERS = {"imdb-best": "imdb-fast"}
"""A recipe that goes on with the model of another, and learns what that answers."""
TRAINING, TESTING, BLENDING = "Training", "Scoring the test rows", "Blending with the word count"
"""Stages of a run. What comes before testing is timed, and the blend after it."""


def main() -> None:
    """Train, or go on; keep the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipe", default="imdb-fast", help="a shipped one (%(default)s)")
    parser.add_argument("--minutes", type=float, help="end training after so many")
    parser.add_argument("--out", type=Path, default=Path("runs/imdb"), help="(%(default)s)")
    add_data_argument(parser)
    given = parser.parse_args()

    out = given.out.resolve()
    if given.recipe in TEACHERS:
        measure(Measured(TEACHERS[given.recipe], given.data, out))
    measure(Measured(given.recipe, given.data, out, given.minutes))


@dataclass(frozen=True)
class Measured:
    """What is measured, and where its runs are."""

    recipe: str
    data: str
    out: Path
    minutes: float | None = None

    @property
    def name(self) -> str:
        """Of the run, and of what is kept of it."""
        return self.recipe if self.minutes is None else f"{self.recipe}-{self.minutes:g}-minutes"

    @property
    def command(self) -> str:
        """What makes it."""
        minutes = "" if self.minutes is None else f" --minutes {self.minutes:g}"
        return f"python bench/imdb.py --recipe {self.recipe}{minutes}"


def measure(measured: Measured) -> None:
    """Train, or go on, and keep what came of it."""
    folder = measured.out / measured.name
    os.environ["NEWTRICK_CACHE"] = str(fresh_cache(measured.out / f"{measured.name}-cache"))
    clock = Clock(measured.out / f"{measured.name}-stages.json")
    run = RunFolder(folder)
    if not run.result.is_file():
        try:
            if run.recipe.is_file():
                train(resume=folder, watcher=clock)
            else:
                train(measured.data, recipe=recipe_of(measured), out=folder, watcher=clock)
        finally:
            clock.end()
    keep(folder, clock, KEPT / measured.name, measured.command, taught_by(measured.recipe))


def recipe_of(measured: Measured) -> Recipe:
    """The shipped recipe with what lies outside of it: texts without labels, and a teacher."""
    recipe = with_texts(load_recipe(measured.recipe), measured.data)
    changes: dict[str, object] = {"training.max_minutes": measured.minutes}
    if teacher := TEACHERS.get(measured.recipe):
        run = RunFolder(measured.out / teacher)
        changes |= {"model.name": str(run.model), "distillation.teacher": str(run.path)}
    return recipe.with_settings(changes)


def taught_by(recipe: str) -> Benchmark | None:
    """What it took to make the teacher."""
    teacher = TEACHERS.get(recipe)
    return read_benchmark(KEPT / teacher) if teacher else None


def with_texts(recipe: Recipe, data: str) -> Recipe:
    """The recipe with the texts without labels, if it reads any, from where the reviews are."""
    sources = {
        "adaptation.source": recipe.adaptation.source,
        "distillation.source": recipe.distillation.source,
    }
    return recipe.with_settings({name: data for name, source in sources.items() if source})


def fresh_cache(folder: Path) -> Path:
    """A cache that has the models of the usual one and nothing else, unless it was used before."""
    if not folder.is_dir():
        models = cache_folder() / "models"
        folder.mkdir(parents=True)
        if models.is_dir():
            shutil.copytree(models, folder / "models")
    return folder


class Clock(Watcher):
    """Times the stages of a run, and remembers them from one start to the next.

    Args:
        path: Where they are kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
        self._stage: str | None = None
        self._begun = 0.0

    def stage(self, title: str, total: int | None = None) -> None:  # noqa: ARG002 (of the base)
        """The one before has ended."""
        self.end()
        self._stage, self._begun = title, time.monotonic()
        tell(title)

    def event(self, event: Event) -> None:
        """Say how far the model is."""
        if isinstance(event, Evaluation):
            tell(f"  step {event.step:,}: validation accuracy {event.accuracy:.4f}")

    def end(self) -> None:
        """No stage goes on any more."""
        if self._stage is None:
            return
        seconds = time.monotonic() - self._begun
        self.seconds[self._stage] = max(seconds, self.seconds.get(self._stage, 0.0))
        self._stage = None
        write_file(self._path, json.dumps(self.seconds, indent=2) + "\n")


@dataclass(frozen=True)
class Point:
    """The accuracy on the validation rows after so many seconds of all that is counted."""

    seconds: float
    accuracy: float


@dataclass(frozen=True)
class Benchmark:
    """What is kept beside `result.json`.

    Attributes:
        command: Makes it again.
        machine: In words.
        newtrick: The git revision.
        seconds: All that is counted, training included.
        training_seconds: Its steps and evaluations.
        curve: The encoder on the validation rows.
    """

    command: str
    machine: str
    newtrick: str | None
    seconds: float
    training_seconds: float
    curve: tuple[Point, ...]


def read_benchmark(kept: Path) -> Benchmark:
    """What is kept beside a result."""
    fields = json.loads((kept / "benchmark.json").read_text("utf-8"))
    return Benchmark(**fields | {"curve": tuple(Point(**point) for point in fields["curve"])})


def keep(folder: Path, clock: Clock, kept: Path, command: str, teacher: Benchmark | None) -> None:
    """Write `result.json` and `benchmark.json`; the teacher's seconds count, too."""
    run = RunFolder(folder)
    result = json.loads(run.result.read_text("utf-8"))
    manifest = json.loads(run.manifest.read_text("utf-8"))
    titles = list(clock.seconds)
    before = sum(clock.seconds[title] for title in titles[: titles.index(TRAINING)])
    before += teacher.seconds if teacher else 0.0
    between = titles[titles.index(TRAINING) + 1 : titles.index(TESTING)]
    after = sum(clock.seconds[title] for title in (*between, BLENDING) if title in clock.seconds)
    training = float(result["training"]["seconds"])
    benchmark = Benchmark(
        command=command,
        machine=f"{manifest['processor']}, {manifest['cores']} cores",
        newtrick=manifest["git_revision"],
        seconds=before + training + after,
        training_seconds=training,
        curve=curve(read_events(run.journal), before),
    )
    write_file(kept / "result.json", without_place(run))
    write_file(kept / "benchmark.json", json.dumps(asdict(benchmark), indent=2) + "\n")
    tell(f"{kept}: {benchmark.seconds / 60:.1f} minutes")


def without_place(run: RunFolder) -> str:
    """A result, in which the runs beside this one go by their names: it is kept for others."""
    return run.result.read_text("utf-8").replace(f"{run.path.parent}/", "")


def curve(events: list[Event], before: float) -> tuple[Point, ...]:
    """The evaluations of a journal, each at the time of the step before it."""
    points, seconds = [], 0.0
    for event in events:
        if isinstance(event, Evaluation):
            points.append(Point(before + seconds + event.seconds, event.accuracy))
        else:
            seconds = getattr(event, "seconds", seconds)
    return tuple(points)


if __name__ == "__main__":
    main()
