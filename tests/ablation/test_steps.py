from __future__ import annotations

import pytest

from newtrick.ablation.steps import STEPS, Step, read_steps
from newtrick.errors import RecipeError, UsageError
from newtrick.recipe import Recipe

FULL = Recipe().with_settings({"data.truncation": "head+tail"})


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step_can_be_turned_on_and_taken_away(step: Step) -> None:
    recipe = Recipe().with_settings({step.setting: step.on})
    assert step.is_in(recipe)
    assert not step.is_in(step.without(recipe))
    assert read_steps([step.name], recipe) == (step,)


def test_steps_are_named_with_commas_or_one_by_one() -> None:
    together = read_steps(["warm-up, head+tail"], FULL)
    assert together == read_steps(["warm-up", "head+tail"], FULL)
    assert [step.without(FULL).data.truncation for step in together] == ["head+tail", "head"]


def test_any_setting_can_be_compared_with_another_value() -> None:
    names, setting = read_steps(["head+tail,data.max_tokens=128"], FULL)
    assert names.name == "head+tail"
    assert setting.without(FULL).data.max_tokens == 128
    assert setting.without(FULL).data.truncation == "head+tail"


def test_the_value_of_a_setting_may_have_commas() -> None:
    (step,) = read_steps(["data.fix=duplicates,leakage"], Recipe())
    assert step.without(Recipe()).data.fix == ("duplicates", "leakage")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("head-tail", r"no such step.*did you mean head\+tail\?"),
        ("class-weights", r"without this step already.*--set training\.class_weights=balanced"),
        ("windows", r"without this step already.*--set data\.truncation=windows"),
        ("data.max_tokens=256", "has this value already"),
        ("data.max_tokens", "give one: data.max_tokens=VALUE"),
        ("training.seed=7", "trained with the same seeds"),
        ("decisions.coverage=0.8", "changes no answer"),
        ("warm-up,warm-up", "given twice"),
        (" , ", "No step is named"),
    ],
)
def test_what_cannot_be_ablated_is_told_with_what_can(word: str, told: str) -> None:
    with pytest.raises(UsageError, match=f"(?s){told}"):
        read_steps([word], FULL)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("training.epoch=2", "did you mean training.epochs"),
        ("training.epochs=-1", "training.epochs"),
    ],
)
def test_a_wrong_setting_is_told_as_anywhere(word: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        read_steps([word], FULL)


def test_values_that_are_paths_give_folders_that_can_be_made() -> None:
    (step,) = read_steps(["model.name=/models/tiny bert"], Recipe())
    assert step.slug == "model.name=-models-tiny-bert"
