"""Whether a run can go on: what it is made of must not have changed since it began."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from newtrick.data.dataset import Dataset
from newtrick.encoder.find import model_hashes
from newtrick.errors import UsageError
from newtrick.recipe import Recipe
from newtrick.run import Environment, RunFolder, begun_by
from newtrick.storage import write_file

logger = logging.getLogger("newtrick")

Inputs = Mapping[str, Mapping[str, object]]

_MATTERS = ("python", "processor", "threads")


def recipe_inputs(recipe: Recipe) -> Inputs:
    """Every setting by its dotted name."""
    tree = recipe.model_dump(mode="json")
    return {
        "recipe": {
            f"{section}.{name}": value
            for section, settings in tree.items()
            for name, value in settings.items()
        }
    }


def data_inputs(dataset: Dataset) -> Inputs:
    """Rows and SHA-256 of each split, and the labels by their ids."""
    splits, hashes = dataset.splits(), dataset.content_hashes
    return {
        "data": {name: f"{rows.height:,} rows, {hashes[name]}" for name, rows in splits.items()},
        "labels": {str(number): name for number, name in dataset.labels.id2label.items()},
    }


def model_inputs(folder: Path) -> Inputs:
    """SHA-256 of each file of the model to start from."""
    return {"model": model_hashes(folder)}


class Beginning:
    """What the manifest of a run says of its beginning; nothing, where there is none yet.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self.exists = folder.manifest.is_file()
        self._manifest: Mapping[str, Any] = (
            json.loads(folder.manifest.read_text("utf-8")) if self.exists else {}
        )

    @property
    def accepted(self) -> tuple[str, ...]:
        """Codes of the findings in spite of which it was begun."""
        return tuple(self._manifest.get("accepted", {}))

    def refuse_changed(self, inputs: Inputs) -> None:
        """Compare what the run is to go on with.

        Raises:
            UsageError: It is not what the run was begun with; with every difference.
        """
        if not self.exists:
            return
        details = [
            f"{self._told(section)}: {change}"
            for section, now in inputs.items()
            for change in changes(self._before(section), now)
        ]
        if details:
            raise UsageError(
                "The run cannot be resumed: what it was made of has changed.",
                where=self._folder.path,
                details=details,
                fix="undo the change, or begin another run: newtrick"
                f" {begun_by(self._folder.recipe)} --recipe {self._folder.recipe}",
            )

    def warn_of_changed(self, environment: Environment) -> None:
        """Tell what may make another number in the last bits."""
        now = asdict(environment)
        for change in changes(_what_computes(self._manifest), _what_computes(now)):
            logger.warning("%s; so the last bits of the weights may differ.", change)
        for change in changes(_who_computes(self._manifest), _who_computes(now)):
            logger.warning(
                "%s; the same rows follow, but with other dropout: other weights.", change
            )

    def _told(self, section: str) -> str:
        """A section of the manifest; of the data and the model, where they come from, too."""
        setting = {"data": "data.source", "model": "model.name"}.get(section)
        name = self._before("recipe").get(setting) if setting else None
        name = ", ".join(map(str, name)) if isinstance(name, list) else name
        return f"{section} ({name})" if name else section

    def _before(self, section: str) -> Mapping[str, object]:
        before = self._manifest.get(section, {})
        # A setting that a later newtrick has added had its default.
        return {**recipe_inputs(Recipe())["recipe"], **before} if section == "recipe" else before


def _what_computes(environment: Mapping[str, Any]) -> Mapping[str, object]:
    return {**{name: environment[name] for name in _MATTERS}, **environment["packages"]}


def _who_computes(environment: Mapping[str, Any]) -> Mapping[str, object]:
    return {"workers": environment.get("workers", 1)}  # older runs had one


def changes(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """What was and is, in words, of each value that is not the same."""
    return [
        f"{name} was {_shown(before.get(name))}, is {_shown(now.get(name))}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value)


def from_anywhere(recipe: Recipe) -> Recipe:
    """The recipe with whole paths, so that it can be run again from another folder."""

    def whole(name: str) -> str:
        return str(Path(name).absolute()) if Path(name).exists() else name

    named = {
        "data.source": recipe.data.source,
        "data.test_source": recipe.data.test_source,
        "data.corrections": recipe.data.corrections,
        "model.name": recipe.model.name,
        "adaptation.source": recipe.adaptation.source,
        "distillation.source": recipe.distillation.source,
        "distillation.teacher": recipe.distillation.teacher,
    }
    return recipe.with_settings(
        {
            setting: whole(name) if isinstance(name, str) else tuple(map(whole, name))
            for setting, name in named.items()
            if name
        }
    )


@contextlib.contextmanager
def begun(recipe: Recipe, folder: RunFolder) -> Iterator[None]:
    """Keep the recipe of a run that is killed before it is ready; of a refused one, nothing.

    One whose encoder is being adapted already, or was, is no longer refused.
    """
    if folder.recipe.is_file():
        yield
        return
    write_file(folder.recipe, from_anywhere(recipe).to_toml())
    try:
        yield
    except Exception:
        if not RunFolder(folder.adaptation).recipe.is_file():
            for path in (folder.recipe, folder.audit, folder.manifest):
                path.unlink(missing_ok=True)
        raise
