from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newtrick.assignments import parse_assignments
from newtrick.errors import RecipeError
from newtrick.recipe import Recipe, all_settings
from newtrick.recipe_files import load_recipe, parse_recipe, shipped_recipes


def faults(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text)
    return str(caught.value)


def test_the_default_recipe_is_what_the_code_does_without_one() -> None:
    assert load_recipe("default") == Recipe()


def test_the_published_reference_has_its_hyperparameters() -> None:
    recipe = load_recipe("imdb-small-mlm-tweet")
    training = recipe.training
    assert recipe.model.name == "small-mlm-tweet"
    assert training.learning_rate == 3e-5
    assert (training.train_batch_size, training.eval_batch_size) == (32, 32)
    assert training.seed == 42
    assert training.optimizer == "adam"
    assert (training.adam_beta1, training.adam_beta2) == (0.9, 0.999)
    assert training.adam_epsilon == 1e-8
    assert (training.schedule, training.warmup_share) == ("constant", 0.0)
    assert training.epochs == 200
    assert (training.evaluate_every_steps, training.patience) == (500, 3)


@pytest.mark.parametrize("name", shipped_recipes())
@pytest.mark.parametrize("explain", [False, True])
def test_a_recipe_survives_being_written_and_read(name: str, *, explain: bool) -> None:
    recipe = load_recipe(name)
    assert parse_recipe(recipe.to_toml(explain=explain)) == recipe


@given(st.text(), st.floats(min_value=1e-9, max_value=0.9))
def test_any_text_and_number_survives_toml(text: str, rate: float) -> None:
    recipe = Recipe().with_settings({"data.source": text, "training.learning_rate": rate})
    assert parse_recipe(recipe.to_toml()) == recipe


def test_every_setting_has_help() -> None:
    assert [setting.key for setting in all_settings().values() if not setting.help] == []


def test_all_faults_are_reported_at_once_with_the_nearest_name() -> None:
    message = faults(
        "[training]\nlearnig_rate = 0.1\nepochs = 'many'\nseed = -1\n"
        "[data]\ntruncation = 'middle'\n[modell]\nname = 'x'\n"
    )
    assert "5 settings are wrong" in message
    assert "training.learnig_rate is not a setting; did you mean training.learning_rate?" in message
    assert "training.epochs: input should be a valid number; found 'many'" in message
    assert "training.seed" in message
    assert "'head', 'tail', 'head+tail' or 'windows'; found 'middle'" in message
    assert "modell" in message


def test_wrong_types_are_not_bent_into_right_ones() -> None:
    assert "data.strict" in faults("[data]\nstrict = 1")
    assert "training.epochs" in faults("[training]\nepochs = '3'")
    assert "training.seed" in faults("[training]\nseed = 1.5")
    assert "training.learning_rate" in faults("[training]\nlearning_rate = nan")


def test_what_is_not_toml_says_where() -> None:
    assert "line 2" in faults("[training]\nepochs = = 3")


def test_assignments_are_toml_values_or_plain_words() -> None:
    assert parse_assignments(["a.b=3e-5", "c=true", "d=head+tail", 'e="7"', "f=x=y"]) == {
        "a.b": 3e-5,
        "c": True,
        "d": "head+tail",
        "e": "7",
        "f": "x=y",
    }


def test_a_setting_of_text_keeps_what_looks_like_a_number() -> None:
    settings = parse_assignments(["data.positive_label=1", "data.text_column=true"])
    assert settings == {"data.positive_label": "1", "data.text_column": "true"}
    assert Recipe().with_settings(settings).data.positive_label == "1"


@pytest.mark.parametrize(
    "written", ["duplicates, leakage", ["duplicates", "leakage"], ("duplicates", "leakage")]
)
def test_a_list_of_fixes_may_be_written_with_commas(written: object) -> None:
    recipe = Recipe().with_settings({"data.fix": written})
    assert recipe.data.fix == ("duplicates", "leakage")
    assert parse_recipe(recipe.to_toml()) == recipe
    assert recipe.with_settings(parse_assignments(["data.fix="])).data.fix == ()


def test_fixes_that_there_are_not_are_told_with_the_other_faults() -> None:
    message = faults("[data]\nfix = ['duplicate', 'leakage', 'noise']\nstrict = 1")
    assert "2 settings are wrong" in message
    assert "data.fix: there is no 'duplicate', did you mean duplicates?" in message
    assert "no 'noise', one of: duplicates, leakage, near-duplicates" in message


def test_none_unsets_a_setting_that_need_not_be_set() -> None:
    reference = load_recipe("imdb-small-mlm-tweet")
    changed = reference.with_settings(
        parse_assignments(["training.patience=none", "training.max_gradient_norm=none"])
    )
    assert changed.training.patience is None
    assert changed.training.max_gradient_norm == "none"


def test_an_assignment_without_a_value_is_refused() -> None:
    with pytest.raises(RecipeError, match="key=value"):
        parse_assignments(["training.epochs"])


def test_a_setting_of_one_path_or_several_may_be_given_a_list() -> None:
    settings = parse_assignments(['distillation.teacher=["runs/1", "runs/2"]'])
    assert Recipe().with_settings(settings).distillation.teacher == ("runs/1", "runs/2")
    alone = parse_assignments(["distillation.teacher=runs/1", "data.positive_label=[1]"])
    assert alone == {"distillation.teacher": "runs/1", "data.positive_label": "[1]"}


def test_unknown_settings_and_wrong_values_of_assignments_are_listed_together() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe().with_settings({"training.epoch": 3, "training.seed": "x", "patience": 1})
    message = str(caught.value)
    assert "did you mean training.epochs?" in message
    assert "training.seed" in message
    assert message.count("is not a setting") == 2
    assert "patience is not a setting; did you mean training.patience?" in message


def test_a_recipe_that_is_not_there_is_told_with_the_nearest_shipped_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such recipe") as caught:
        load_recipe("defualt")
    assert "did you mean default?" in str(caught.value)
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(str(tmp_path / "broken.toml"))
