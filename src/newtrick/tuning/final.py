"""The best recipe against the one to start from: three seeds each, on the test rows, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from statistics import fmean

import numpy as np

from newtrick.evaluation.compare import compare
from newtrick.evaluation.intervals import percentile_interval
from newtrick.evaluation.lineup import line_up
from newtrick.evaluation.metrics.weighting import mean
from newtrick.evaluation.result import Result
from newtrick.evaluation.saved import SavedPredictions, read_predictions
from newtrick.pipeline import Run, resume_run, train_recipe
from newtrick.progress import Aside, Watcher
from newtrick.recipe import Recipe
from newtrick.run import RunFolder
from newtrick.tuning.figure import Figure
from newtrick.tuning.folder import StudyFolder
from newtrick.tuning.outcome import Comparison, SeedPair
from newtrick.tuning.plan import SEEDS


def compare_recipes(
    folder: StudyFolder,
    start: Recipe,
    best: Recipe,
    figure: Figure,
    *,
    accept: Collection[str],
    watcher: Watcher,
) -> Comparison:
    """Train both, each with the seeds after that of the trials, and compare them seed by seed.

    Raises:
        TrainingLost: A recipe's first seed came to nothing.
        Interrupted: The runs so far are kept, and gone on with next time.
    """
    runs = {}
    for name, recipe, title in (
        ("start", start, "Recipe to start from"),
        ("best", best, "Best recipe"),
    ):
        seeds = {"training.seed": start.training.seed + 1, "training.seeds": SEEDS}
        wanted = recipe.with_settings(seeds)
        runs[name] = _run(folder.final(name), wanted, accept, Aside(watcher, title))
    return _compared(_by_seed(runs["start"]), _by_seed(runs["best"]), figure)


def _run(folder: RunFolder, recipe: Recipe, accept: Collection[str], watcher: Watcher) -> Run:
    if folder.recipe.is_file():
        return resume_run(folder.path, accept=accept, watcher=watcher)
    return train_recipe(recipe, out=folder.path, accept=accept, watcher=watcher)


def _by_seed(run: Run) -> Mapping[int, RunFolder]:
    """The folder of each seed that came to its end."""
    seeds = run.result.seeds.seeds if run.result.seeds else ()
    folders = RunFolder(run.folder).seeds
    return {
        seed: RunFolder(run.folder if number == 0 else folders / str(seed))
        for number, seed in enumerate(seeds)
    }


def _compared(
    start: Mapping[int, RunFolder], best: Mapping[int, RunFolder], figure: Figure
) -> Comparison:
    seeds = [seed for seed in start if seed in best]
    answers = [(_answers(start[seed], "start"), _answers(best[seed], "best")) for seed in seeds]
    pairs = tuple(_pair(seed, *both) for seed, both in zip(seeds, answers, strict=True))
    interval = _interval(answers)
    gaps = [pair.difference for pair in pairs]
    agree = all(gap > 0 for gap in gaps) or all(gap < 0 for gap in gaps)
    told_apart = agree and not interval[0] <= 0 <= interval[1]
    return Comparison(
        seeds=pairs,
        start=fmean(pair.start for pair in pairs),
        best=fmean(pair.best for pair in pairs),
        difference=fmean(gaps),
        interval=interval,
        better=("best" if fmean(gaps) > 0 else "start") if told_apart else None,
        start_validation=fmean(_validation(start[seed], figure) for seed in seeds),
        best_validation=fmean(_validation(best[seed], figure) for seed in seeds),
    )


def _answers(folder: RunFolder, name: str) -> SavedPredictions:
    return replace(read_predictions(str(folder.path)), name=name)


def _pair(seed: int, start: SavedPredictions, best: SavedPredictions) -> SeedPair:
    versus = compare([start, best]).against_first[0]
    return SeedPair(
        seed=seed,
        start=versus.accuracy.first,
        best=versus.accuracy.other,
        difference=versus.accuracy.difference,
        interval=versus.accuracy.interval,
        p=versus.p,
    )


def _interval(pairs: list[tuple[SavedPredictions, SavedPredictions]]) -> tuple[float, float]:
    """Of the difference, averaged over the seeds: what other test rows could have given."""
    named = [
        replace(model, name=f"{model.name} {place}")
        for place, both in enumerate(pairs)
        for model in both
    ]
    rows, answers = line_up(named)
    right = np.stack([each.predicted == rows.labels for each in answers]).astype(np.float64)
    ahead = right[1::2].mean(axis=0) - right[::2].mean(axis=0)
    draws = rows.resampling.draw(lambda weights: {"gap": mean(ahead, weights)})["gap"]
    gap = float(ahead.mean())
    return percentile_interval(draws, gap) or (gap, gap)


def _validation(folder: RunFolder, figure: Figure) -> float:
    """Of the encoder alone, as in trials, whether or not a word count helps it to answer."""
    result = Result.model_validate_json(folder.result.read_text("utf-8"))
    scores = result.blend.encoder_validation if result.blend else result.validation
    return float(getattr(scores, figure.name) or 0.0)
