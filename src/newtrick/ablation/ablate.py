"""A recipe and some of its steps ─► what each is worth: trained with it, without, and compared."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newtrick.ablation.steps import Step, read_steps
from newtrick.ablation.trainings import Arm, arms_of, refuse_changed, side_of, train_arm
from newtrick.data.dataset import group_ids
from newtrick.data.rawfile import STANDARD_INPUT
from newtrick.errors import UsageError
from newtrick.evaluation.ablation import Ablation, StepWorth, judged, worth_of
from newtrick.evaluation.result import TrainingSummary
from newtrick.evaluation.task import task_of
from newtrick.progress import Aside, Watcher
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.report.ablation import ablation_page
from newtrick.resume import from_anywhere, recipe_inputs
from newtrick.run import RunFolder, open_run, reopen_run, require_empty
from newtrick.storage import write_file
from newtrick.training.interrupt import stop_on_signals
from newtrick.unfinished import resumable

SEEDS = 3
"""With how many each recipe is trained, where it asks for one."""


@dataclass(frozen=True)
class Ablated:
    """What an ablation leaves behind.

    Attributes:
        folder: Of it; the trainings are in `with/SEED` and `without-STEP/SEED`.
        ablation: Every figure.
    """

    folder: Path
    ablation: Ablation


def ablate(
    recipe: Recipe,
    steps: Sequence[str],
    *,
    out: Path | None = None,
    accept: Collection[str] = (),
    watcher: Watcher | None = None,
) -> Ablated:
    """Train with and without steps, with the same seeds, and compare on the validation rows.

    Args:
        recipe: With all of the steps.
        steps: As `read_steps` takes them.
        out: The folder, new or empty; by default a new one under `runs/`.
        accept: Codes of findings that would stop a training, and shall not.
        watcher: Sees it as it goes.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models, settings or storage.
    """
    if recipe.training.seeds == 1:
        recipe = recipe.with_settings({"training.seeds": SEEDS})
    chosen = read_steps(steps, recipe)
    _refuse_standard_input(recipe)
    if out is not None:
        require_empty(out)
    watcher = watcher or Watcher()
    arms = arms_of(recipe, chosen, accept, watcher)
    with open_run(out, arms[0].dataset.name) as folder, resumable(folder), _begun(folder, arms):
        write_file(folder.steps, json.dumps({"steps": steps, "accepted": sorted(accept)}) + "\n")
        write_file(folder.recipe, from_anywhere(recipe).to_toml())
        return _work(folder, arms, chosen, accept, watcher)


def resume_ablation(
    path: Path, *, accept: Collection[str] = (), watcher: Watcher | None = None
) -> Ablated:
    """Go on with an ablation: what is trained is kept, what was begun goes on; see `ablate`."""
    watcher = watcher or Watcher()
    with reopen_run(path) as folder, resumable(folder):
        if folder.ablation.is_file():
            done = Ablation.model_validate_json(folder.ablation.read_text("utf-8"))
            return Ablated(folder.path, done)
        begun = json.loads(folder.steps.read_text("utf-8"))
        recipe, accept = load_recipe(folder.recipe), {*accept, *begun["accepted"]}
        chosen = read_steps(begun["steps"], recipe)
        arms = arms_of(recipe, chosen, accept, watcher)
        for arm in arms:
            refuse_changed(folder, arm, _seeds(recipe))
        return _work(folder, arms, chosen, accept, watcher)


@contextlib.contextmanager
def _begun(folder: RunFolder, arms: Sequence[Arm]) -> Iterator[None]:
    """Of an ablation whose first training is refused, keep nothing."""
    try:
        yield
    except Exception:
        if not any(path.is_file() for path in folder.path.glob("*/*/recipe.toml")):
            for path in (folder.recipe, folder.steps):
                path.unlink(missing_ok=True)
            for arm in arms:
                with contextlib.suppress(OSError):
                    (folder.path / arm.name).rmdir()
        raise


def _work(
    folder: RunFolder,
    arms: Sequence[Arm],
    steps: Sequence[Step],
    accept: Collection[str],
    watcher: Watcher,
) -> Ablated:
    """Train what is not trained, a seed after the other, and compare."""
    whole, *others = arms
    done: dict[str, dict[int, TrainingSummary | None]] = {arm.name: {} for arm in arms}
    with stop_on_signals() as stop:
        for seed in _seeds(whole.recipe):
            for arm in arms:
                first = arm is whole and seed == whole.recipe.training.seed
                sees = watcher if first else Aside(watcher, f"{arm.title}, seed {seed}")
                done[arm.name][seed] = train_arm(
                    folder, arm, seed, accept=accept, stop=stop, watcher=sees
                )
    sides = {arm.name: side_of(folder, arm, done[arm.name]) for arm in arms}
    worth = worth_of(sides[whole.name], {arm.name: sides[arm.name] for arm in others})
    weighed = [
        StepWorth(
            step=step.name,
            what=step.what,
            setting=step.setting,
            with_value=_value(step.setting, whole.recipe),
            without_value=_value(step.setting, arm.recipe),
            with_step=sides[whole.name].trainings,
            without_step=sides[arm.name].trainings,
            **worth.get(arm.name, {}),
        )
        for step, arm in zip(steps, others, strict=True)
    ]
    ablation = _ablation(whole, judged(weighed))
    write_file(folder.path / "ablation.md", ablation_page(ablation, folder.path))
    write_file(folder.ablation, ablation.to_json() + "\n")
    return Ablated(folder.path, ablation)


def _ablation(whole: Arm, steps: tuple[StepWorth, ...]) -> Ablation:
    dataset = whole.dataset
    groups = group_ids(dataset.validation)
    return Ablation(
        task=task_of(dataset.labels).name,
        labels=dataset.labels.names,
        model=whole.recipe.model.name,
        data=dataset.name,
        rows=dataset.validation.height,
        groups=None if groups is None else int(groups.max()) + 1,
        seeds=tuple(_seeds(whole.recipe)),
        steps=steps,
    )


def _seeds(recipe: Recipe) -> list[int]:
    first = recipe.training.seed
    return [seed % 2**32 for seed in range(first, first + recipe.training.seeds)]


def _value(setting: str, recipe: Recipe) -> Any:
    """What a recipe has a setting at, as JSON has it."""
    return recipe_inputs(recipe)["recipe"][setting]


def _refuse_standard_input(recipe: Recipe) -> None:
    sources = (
        recipe.data.source,
        recipe.data.test_source,
        recipe.adaptation.source,
        recipe.distillation.source,
    )
    if STANDARD_INPUT in sources:
        raise UsageError(
            "An ablation reads its data more than once.",
            where="standard input",
            fix="write it to a file first",
        )
