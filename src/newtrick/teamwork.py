"""What the processes of a team are told of a training that the first of them leads, and do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newtrick.data.dataset import label_odds, targets, texts
from newtrick.data.load import load_dataset
from newtrick.encoder.load import load_encoder
from newtrick.errors import UsageError
from newtrick.job import Job
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.recipe_files import parse_recipe
from newtrick.resume import Inputs, changes, data_inputs, model_inputs
from newtrick.training.follow import follow
from newtrick.training.objectives import objective_of
from newtrick.training.precision import choose_precision

if TYPE_CHECKING:
    from newtrick.training.ranks import Ranks


@dataclass(frozen=True)
class Brief:
    """A training that is about to begin or to go on.

    Attributes:
        recipe: What to do; its format of numbers is chosen, for all alike.
        made_of: Hashes of the data and the model.
        start: The checkpoint to go on from.
    """

    recipe: Recipe
    made_of: Inputs
    start: Path | None

    @classmethod
    def of(cls, job: Job, settings: TrainingSettings, start: Path | None) -> Brief:
        """That of a job, whose settings for training are these."""
        chosen = settings.model_copy(update={"precision": choose_precision(settings)})
        recipe = job.recipe.model_copy(update={"training": chosen})
        return cls(recipe, job.made_of, start)

    def to_json(self) -> str:
        """In a form that can be sent."""
        start = None if self.start is None else str(self.start.absolute())
        told = {"recipe": self.recipe.to_toml(), "made_of": self.made_of, "start": start}
        return json.dumps(told)

    @classmethod
    def from_json(cls, text: str) -> Brief:
        """Undo `to_json`."""
        told = json.loads(text)
        start = None if told["start"] is None else Path(told["start"])
        return cls(parse_recipe(told["recipe"]), told["made_of"], start)


def take_part(team: Ranks) -> None:
    """Help with one training after the other, until the leader has no more.

    Raises:
        UsageError: The data or the model are not those of the leader.
        WorkerLost: The leader, or another process, has ended.
    """
    while (text := team.next_training()) is not None:
        _help(Brief.from_json(text), team)


def _help(brief: Brief, team: Ranks) -> None:
    """Read what the leader has read, for the most part from the cache, and follow it."""
    data, settings = brief.recipe.data, brief.recipe.training
    dataset = load_dataset(data, seed=data.split_seed)
    train, labels = dataset.train, dataset.labels
    encoder = load_encoder(brief.recipe, labels, label_odds(train, labels))
    _refuse_other(brief.made_of, {**data_inputs(dataset), **model_inputs(encoder.folder)}, team)
    follow(
        encoder,
        objective_of(targets(train, labels), labels, settings),
        encoder.tokenize_once(texts(train)),
        settings,
        team=team,
        resume_from=brief.start,
    )


def _refuse_other(leaders: Inputs, own: Inputs, team: Ranks) -> None:
    differences = [
        f"{section}: {change}"
        for section in own
        for change in changes(leaders.get(section, {}), own[section])
    ]
    if differences:
        raise UsageError(
            f"Worker {team.rank} reads other data, or another model, than the one that leads.",
            details=differences,
            fix="give every machine the same files",
        )
