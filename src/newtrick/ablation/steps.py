"""The steps of a recipe that an ablation can take away; a new one is a line in `STEPS`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newtrick.assignments import parse_assignments
from newtrick.errors import UsageError, did_you_mean
from newtrick.recipe import Recipe, all_settings

_NO_CHANGE = ("training.seed", "training.seeds")
_AFTERWARDS = ("decisions.", "blend.cascade_loss")
_LONGEST_NAME = 80  # of a folder


@dataclass(frozen=True)
class Step:
    """Something that a recipe does, and how it does without.

    Attributes:
        name: What the user calls it.
        what: What it does, in a few words.
        setting: The dotted name of the setting that turns it on or off.
        off: The value without it; None unsets the setting.
        on: A value with it.
        is_only_on: Whether no other value is with it; else all are but `off`.
        unset_too: Settings that mean nothing without it.
    """

    name: str
    what: str
    setting: str
    off: object
    on: object = None
    is_only_on: bool = False
    unset_too: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Its name for a folder."""
        return re.sub(r"[^\w.+=-]+", "-", self.name).strip("-.")[:_LONGEST_NAME]

    def value_in(self, recipe: Recipe) -> object:
        """What the recipe has its setting at."""
        section, _, name = self.setting.partition(".")
        return getattr(getattr(recipe, section), name)

    def is_in(self, recipe: Recipe) -> bool:
        """Whether the recipe does it.

        Raises:
            RecipeError: There is no such setting, or it cannot have the value `off`.
        """
        off = self.value_in(self.without(recipe))
        value = self.value_in(recipe)
        return value == self.on if self.is_only_on else value != off

    def without(self, recipe: Recipe) -> Recipe:
        """The recipe that is the same but for it.

        Raises:
            RecipeError: There is no such setting, or it cannot have that value.
        """
        return recipe.with_settings({**dict.fromkeys(self.unset_too), self.setting: self.off})


_TRUNCATION = "data.truncation"

STEPS = (
    Step("head+tail", "both ends of long texts", _TRUNCATION, "head", "head+tail", is_only_on=True),
    Step("windows", "long texts read whole", _TRUNCATION, "head", "windows", is_only_on=True),
    Step("fixes", "training rows dropped by --fix", "data.fix", (), "duplicates"),
    Step("warm-up", "a learning rate that rises first", "training.warmup_share", 0.0, 0.1),
    Step("schedule", "a learning rate that falls", "training.schedule", "constant", "linear"),
    Step("weight-decay", "smaller weights", "training.weight_decay", 0.0, 0.01),
    Step("clipping", "a bound on gradients", "training.max_gradient_norm", "none", 1.0),
    Step("class-weights", "rare classes weigh more", "training.class_weights", "none", "balanced"),
    Step("layer-decay", "lower rates in lower layers", "training.layer_decay", 1.0, 0.9),
    Step("averaging", "averaged weights", "training.averaging", "none", "ema"),
    Step("adapt", "an encoder adapted to texts", "adaptation.source", None, "TEXTS"),
    Step(
        "distillation",
        "texts that a teacher answers",
        "distillation.source",
        off=None,
        on="TEXTS",
        unset_too=("distillation.teacher",),
    ),
    Step("blend", "the word count's help", "blend.enabled", off=False, on=True),
    Step("low-precision", "bfloat16 where it is quick", "training.precision", "float32", "auto"),
)


def read_steps(words: Iterable[str], recipe: Recipe) -> tuple[Step, ...]:
    """The steps that are to be taken away, as they were asked for.

    Args:
        words: Names with commas between them, `KEY=VALUE` for a setting at another value, or both;
            a value goes on to the end of its word.
        recipe: With all of them.

    Raises:
        UsageError: There is no such step, the recipe is without it already, or it is given twice.
        RecipeError: There is no such setting, or it cannot have that value.
    """
    steps = [_read(name) for word in words for name in _names(word)]
    if not steps:
        raise UsageError(
            "No step is named.", where="--ablate", fix=f"one of: {', '.join(_BY_NAME)}"
        )
    for step in steps:
        _refuse_without_effect(step)
        if not step.is_in(recipe):
            raise _absent(step)
    slugs = [step.slug for step in steps]
    if twice := next((step for step in steps if slugs.count(step.slug) > 1), None):
        raise UsageError("A step is given twice.", where="--ablate", found=twice.name)
    return tuple(steps)


_BY_NAME = {step.name: step for step in STEPS}


def _names(word: str) -> Sequence[str]:
    before, equals, value = word.partition("=")
    *names, last = before.split(",")
    return [name.strip() for name in (*names, last + equals + value) if name.strip()]


def _read(name: str) -> Step:
    if "=" in name:
        [(setting, value)] = parse_assignments([name]).items()
        known = all_settings().get(setting)
        return Step(name, known.help if known else "", setting, value)
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name in all_settings():
        raise UsageError(
            "A setting is compared with another value of it.",
            where="--ablate",
            found=name,
            fix=f"give one: {name}=VALUE",
        )
    raise UsageError(
        "There is no such step.",
        where="--ablate",
        found=name,
        fix=f"{did_you_mean(name, _BY_NAME)} Or a setting at another value: data.max_tokens=128",
    )


def _refuse_without_effect(step: Step) -> None:
    if step.setting in _NO_CHANGE:
        raise UsageError(
            "Every recipe is trained with the same seeds.",
            where="--ablate",
            found=step.name,
            fix="--set training.seed=N is the first of them, --seeds N how many there are",
        )
    if step.setting.startswith(_AFTERWARDS):
        raise UsageError(
            "This setting is for after the training, and changes no answer of the model.",
            where="--ablate",
            found=step.name,
        )


def _absent(step: Step) -> UsageError:
    if step.name not in _BY_NAME:
        return UsageError(
            "The recipe has this value already: there is nothing to compare.",
            where="--ablate",
            found=step.name,
            fix="name another value, or change the recipe with --set",
        )
    return UsageError(
        "The recipe is without this step already.",
        where="--ablate",
        found=step.name,
        fix=f"to have it: --set {step.setting}={step.on}",
    )
