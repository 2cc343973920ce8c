"""Which labels are a scale, and what the user can say about it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from newtrick.assignments import parse_assignments
from newtrick.data.dataset import Dataset, LabelSet
from newtrick.data.load import load_dataset
from newtrick.data.scale import told_scale, with_scale
from newtrick.errors import RecipeError
from newtrick.recipe import DataSettings, Recipe
from newtrick.recipe_files import load_recipe

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


def settled(ordinal: object, *names: str) -> LabelSet:
    settings = DataSettings.model_validate({"ordinal": ordinal})
    return with_scale(LabelSet.of(names), settings, "label")[0]


def loaded(path: Path, column: str, names: list[str], **settings: object) -> Dataset:
    rows = 40 * len(names)
    texts = [f"text number {number} of {number * 7919}" for number in range(rows)]
    pl.DataFrame({"text": texts, column: names * 40}).write_csv(path)
    told = {"source": str(path), "label_column": column, **settings}
    return load_dataset(DataSettings.model_validate(told), seed=1)


@pytest.mark.parametrize(
    ("names", "column", "scale"),
    [
        (("1", "2", "3", "4", "5"), "stars", (1, 2, 3, 4, 5)),
        (("0", "1", "2"), "Review Rating", (0, 1, 2)),
        (("0", "1", "2", "3"), "label", None),
        (("0", "1", "2", "3"), None, None),
        (("-1", "0", "1"), "label", (-1, 0, 1)),
        (("1", "1.5", "2"), "label", (1, 1.5, 2)),
        (STARS, "label", (1, 2, 3, 4, 5)),
        (("1-Star", "2_stars", "3 STARS"), None, (1, 2, 3)),
        (("1 apple", "2 pears", "3 plums"), None, None),
        (("class 1", "class 2", "class 3"), "rating", None),
        (("LABEL_0", "LABEL_1", "LABEL_2"), None, None),
        (("bad", "fair", "good"), "rating", None),
        (("1", "2"), "stars", None),
        (("1", "1.0", "2"), "stars", None),
    ],
)
def test_ratings_are_a_scale_and_codes_are_not(
    names: tuple[str, ...], column: str | None, scale: tuple[float, ...] | None
) -> None:
    assert told_scale(names, column) == scale


def test_the_user_says_whether_numbers_are_a_scale() -> None:
    assert settled(True, "0", "1", "2").scale == (0, 1, 2)
    assert settled(False, *STARS).scale is None
    assert settled(True, *STARS).scale == (1, 2, 3, 4, 5)


def test_names_are_a_scale_in_the_order_that_the_user_gives(tmp_path: Path) -> None:
    path = tmp_path / "mood.csv"
    order = ["bad", "fair", "good"]
    dataset = loaded(path, "label", ["good", "bad", "fair"], ordinal=order)
    assert dataset.labels == LabelSet.of(order, scale=(0, 1, 2))
    assert "a scale, from bad to good" in dataset.notes[-1].message
    assert loaded(path, "label", ["good", "fair", "bad"]).labels.scale is None


def test_numbers_that_are_taken_for_names_are_told(tmp_path: Path) -> None:
    dataset = loaded(tmp_path / "topics.csv", "label", ["2", "0", "3", "1"])
    assert dataset.labels == LabelSet.of(("0", "1", "2", "3"))
    assert dataset.notes[-1].message.endswith("--set data.ordinal=true.")
    kept = loaded(tmp_path / "topics.csv", "rating", ["2", "0", "3", "1"])
    assert kept.labels == LabelSet.of(("0", "1", "2", "3"), scale=(0, 1, 2, 3))
    again = load_dataset(
        DataSettings(source=str(tmp_path / "topics.csv"), label_column="rating"), seed=1
    )
    assert again.labels == kept.labels


def test_ten_stars_come_after_two(tmp_path: Path) -> None:
    names = [f"{number} stars" for number in range(1, 11)]
    assert loaded(tmp_path / "stars.csv", "label", sorted(names)).labels.names == tuple(names)


@pytest.mark.parametrize(
    ("ordinal", "names", "message"),
    [
        (True, ("bad", "fair", "good"), "order is not known"),
        (True, ("1", "2"), "three labels or more"),
        (["a", "b"], ("a", "b"), "three labels or more"),
        (["bad", "good"], ("bad", "fair", "good"), "'fair' is not in the order"),
        (["bad", "fare", "good"], ("bad", "fair", "good"), "did you mean fair"),
        (["bad", "fair", "good", "bad"], ("bad", "fair", "good"), "named twice"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(
    ordinal: object, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(RecipeError) as refused:
        settled(ordinal, *names)
    assert message in str(refused.value)


def test_the_setting_goes_through_a_recipe_file_and_the_command_line(tmp_path: Path) -> None:
    written = {"auto": "auto", "true": True, '["bad", "fair", "good"]': ("bad", "fair", "good")}
    for text, value in written.items():
        recipe = Recipe().with_settings(parse_assignments([f"data.ordinal={text}"]))
        assert recipe.data.ordinal == value
        (tmp_path / "recipe.toml").write_text(recipe.to_toml())
        assert load_recipe(tmp_path / "recipe.toml") == recipe
    with pytest.raises(RecipeError, match=r"data\.ordinal"):
        Recipe().with_settings({"data.ordinal": "sometimes"})
