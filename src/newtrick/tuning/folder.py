"""The folder of a study, and what it was begun with, which is not to change.

STUDY/
  study.toml       the recipe that it starts from
  space.toml       what it may change
  plan.json        the budget, the forecast, the stages
  manifest.json    versions, machine, hashes of data and model, command line
  trials.journal   Optuna's record of all trials, appended by every process that works on it
  trials/NAME/     a light run folder each: recipe.toml, journal.jsonl, score.json, merits.npy
  best.toml        the best recipe, for `newtrick train --recipe`
  final/           runs of the best recipe and of the one it started from, on other seeds
  study.json       the outcome, machine-readable
  study.html       the same to look at; its pictures as PNG are in plots/
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newtrick.errors import StorageError, UsageError
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.resume import Inputs, changes, recipe_inputs
from newtrick.run import RunFolder
from newtrick.tuning.plan import StudyPlan
from newtrick.tuning.space import Space, read_space


@dataclass(frozen=True)
class StudyFolder:
    """Every file of a study, named once."""

    path: Path

    @property
    def recipe(self) -> Path:
        """The recipe that it starts from."""
        return self.path / "study.toml"

    @property
    def space(self) -> Path:
        """What it may change."""
        return self.path / "space.toml"

    @property
    def plan(self) -> Path:
        """The budget, the forecast, the stages."""
        return self.path / "plan.json"

    @property
    def journal(self) -> Path:
        """Optuna's record of all trials."""
        return self.path / "trials.journal"

    @property
    def best(self) -> Path:
        """The best recipe."""
        return self.path / "best.toml"

    @property
    def outcome(self) -> Path:
        """The outcome, machine-readable."""
        return self.path / "study.json"

    @property
    def report(self) -> Path:
        """The outcome to look at."""
        return self.path / "study.html"

    @property
    def plots(self) -> Path:
        """The report's pictures as PNG."""
        return self.path / "plots"

    @property
    def ending(self) -> Path:
        """Locked by the process that brings the study to its end."""
        return self.path / ".ending.lock"

    def trial(self, name: str) -> RunFolder:
        """That of a trial."""
        return RunFolder(self.path / "trials" / name)

    def final(self, name: str) -> RunFolder:
        """A run of the end: `best` or `start`."""
        return RunFolder(self.path / "final" / name)

    @property
    def exists(self) -> bool:
        """Whether a study was begun here."""
        return self.plan.is_file()

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What it was begun with."""
        content: Mapping[str, Any] = json.loads(RunFolder(self.path).manifest.read_text("utf-8"))
        return content


@dataclass(frozen=True)
class Begun:
    """A study that was begun: what is the same for all its trials."""

    folder: StudyFolder
    recipe: Recipe
    space: Space
    plan: StudyPlan


def read_study(path: Path) -> Begun:
    """What a study was begun with.

    Raises:
        UsageError: There is no study.
        StorageError: A file of it is damaged.
    """
    folder = StudyFolder(path)
    if not folder.exists:
        raise UsageError(
            "There is no study to go on with: it has no plan.json.",
            where=path,
            fix="name the folder of a study, or begin one: newtrick tune DATA",
        )
    try:
        plan = StudyPlan.model_validate_json(folder.plan.read_text("utf-8"))
    except ValueError as error:
        raise StorageError("The plan of the study is damaged.", where=folder.plan) from error
    return Begun(folder, load_recipe(folder.recipe), read_space(folder.space), plan)


def refuse_other(begun: Begun, recipe: Recipe | None, space: Space | None) -> None:
    """Compare what is asked for with what a study was begun with.

    Raises:
        UsageError: It is not the same; with every difference.
    """
    asked: dict[str, Mapping[str, object]] = {}
    if recipe is not None:
        asked |= recipe_inputs(recipe)
    if space is not None:
        asked["space"] = space_inputs(space)
    before = {**recipe_inputs(begun.recipe), "space": space_inputs(begun.space)}
    _refuse(begun.folder, before, asked)


def refuse_other_data(folder: StudyFolder, made_of: Inputs) -> None:
    """The same for data and model, by their hashes.

    Raises:
        UsageError: They have changed; with every difference.
    """
    _refuse(folder, folder.manifest, made_of)


def space_inputs(space: Space) -> Mapping[str, str]:
    """Each setting of a space with its domain in words."""
    return {key: domain.to_toml() for key, domain in space.settings.items()}


def resume_study_command(folder: StudyFolder) -> str:
    """What to type to go on with a study."""
    return shlex.join(["newtrick", "tune", "--resume", str(folder.path)])


def _refuse(folder: StudyFolder, before: Inputs, now: Inputs) -> None:
    details = [
        f"{section}: {change}"
        for section, values in now.items()
        for change in changes(before.get(section, {}), values)
    ]
    if details:
        raise UsageError(
            "The study was made with something else.",
            where=folder.path,
            details=details,
            fix=f"go on as it was begun: {resume_study_command(folder)}; or begin another with"
            " --out",
        )
