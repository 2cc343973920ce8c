"""`newtrick tune` against plain random search, with the same minutes of work on the same rows.

    python bench/tuning.py --folder studies              # 5 repeats of 2 × 20 minutes, and to go on
    python bench/tuning.py --folder studies --json
    python bench/tuning.py --minutes 2 --repeats 1 --rows 500

Random search draws from the same space and trains every trial to its end on all rows. Both are
judged by the validation rows of the repeat, which has its own seed: what either is worth on test
rows is another question, which `newtrick tune` asks at its end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from forecast import tell
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.tuning.choosing import seconds_of
from newtrick.tuning.folder import StudyFolder
from newtrick.tuning.plan import Budget, Stage
from newtrick.tuning.search import search
from newtrick.tuning.space import Choices, Range, Space
from newtrick.tuning.standing import finished
from newtrick.tuning.study import Study, begin_study, reopen_study

DATA = "movie-snippets"
SPACE = Space(
    {
        "training.learning_rate": Range(1e-5, 3e-4, log=True),
        "training.train_batch_size": Choices((16, 32, 64)),
        "training.epochs": Range(1, 3, whole=True),
        "training.warmup_share": Range(0.0, 0.2),
    }
)


@dataclass(frozen=True)
class Repeat:
    """What both came to with the same minutes.

    Attributes:
        seed: Of trials and draws.
        random: The best validation loss of random search.
        tuned: That of the study.
        random_trials: How many trials random search made.
        tuned_trials: How many the study made, on all rows or a part of them.
        minutes: What the study needed to be as good as random search; None where it was not.
    """

    seed: int
    random: float
    tuned: float
    random_trials: int
    tuned_trials: int
    minutes: float | None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=DATA, help="a catalogue name or a file")
    parser.add_argument("--model", help="a catalogue name or a folder; by default the recipe's")
    parser.add_argument("--minutes", type=float, default=20.0, help="of work for each search")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of searches")
    parser.add_argument("--rows", type=int, help="training rows at most")
    parser.add_argument("--folder", type=Path, help="where studies are kept, and gone on with")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    settings = {"data.source": given.data, "data.max_train_rows": given.rows}
    if given.model:
        settings["model.name"] = given.model
    recipe = Recipe().with_settings(settings)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        repeats = [compare(folder, recipe, given.minutes, n) for n in range(given.repeats)]
    if given.json:
        json.dump([asdict(repeat) for repeat in repeats], sys.stdout, indent=2)
        print()
    else:
        show(repeats)


def compare(folder: Path, recipe: Recipe, minutes: float, number: int) -> Repeat:
    """Search both ways, or go on with that, or take what the folder has."""
    seed = recipe.training.seed + number
    recipe = recipe.with_settings({"training.seed": seed})
    studies = []
    for name in ("random", "tuned"):
        tell(f"repeat {number + 1}: {name}")
        study = opened(folder / f"{name}-{number}", recipe, minutes)
        if name == "random":
            study = on_all_rows(study, minutes)
        search(study, Watcher(), at_random=name == "random")
        studies.append(study)
    random, tuned = (best_after(study) for study in studies)
    target = random[-1][1]
    reached = (spent for spent, best in tuned if best <= target)
    return Repeat(seed, target, tuned[-1][1], len(random), len(tuned), next(reached, None))


def opened(path: Path, recipe: Recipe, minutes: float) -> Study:
    """The study of a folder."""
    if StudyFolder(path).exists:
        return reopen_study(path, recipe, SPACE, accept=(), watcher=Watcher())
    budget = Budget(minutes=minutes)
    return begin_study(recipe, SPACE, budget, out=path, accept=(), watcher=Watcher())


def on_all_rows(study: Study, minutes: float) -> Study:
    """The same without trials on a part of the rows."""
    plan = study.begun.plan
    stage = Stage(name="search", rows=plan.pace.rows, seconds=60 * minutes)
    return replace(
        study, begun=replace(study.begun, plan=plan.model_copy(update={"stages": (stage,)}))
    )


def best_after(study: Study) -> list[tuple[float, float]]:
    """After each trial the minutes of work so far, and the best loss on all rows so far."""
    stages = study.begun.plan.stages
    trials = [
        (stage, trial) for stage in stages for trial in finished(study.ledger.trials(stage.name))
    ]
    minutes = itertools.accumulate(seconds_of(trial) / 60 for _, trial in trials)
    values = (
        trial.values[0] if trial.state.name == "COMPLETE" and stage.name == "search" else math.inf
        for stage, trial in trials
    )
    return list(zip(minutes, itertools.accumulate(values, min), strict=True))


def show(repeats: Sequence[Repeat]) -> None:
    """Print a line for each repeat, and the medians."""
    print("repeat     random      tuned   trials (random, tuned)   minutes to random's best")
    for repeat in repeats:
        reached = "never" if repeat.minutes is None else f"{repeat.minutes:.1f}"
        print(
            f"seed {repeat.seed}   {repeat.random:8.4f}   {repeat.tuned:8.4f}"
            f"   {repeat.random_trials:6} {repeat.tuned_trials:6}            {reached:>8}"
        )
    random, tuned = median(r.random for r in repeats), median(r.tuned for r in repeats)
    needed = median(math.inf if r.minutes is None else r.minutes for r in repeats)
    reached = "never" if math.isinf(needed) else f"{needed:.1f}"
    print(f"median    {random:8.4f}   {tuned:8.4f}{reached:>36}")


if __name__ == "__main__":
    main()
