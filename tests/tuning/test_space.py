from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from newtrick.encoder.tokens import TokenIds
from newtrick.errors import UsageError
from newtrick.recipe import Recipe
from newtrick.tuning.defaults import Texts, default_space, known_good
from newtrick.tuning.space import Choices, Range, Space, read_space, settings_of

GOOD = """
[training]
learning_rate = {low = 1e-5, high = 3e-4, log = true}
epochs = {low = 1, high = 4}
train_batch_size = [16, 32]

[data]
truncation = ["head", "head+tail"]
"""


def texts(*lengths: int, imbalance: float = 1.0) -> Texts:
    """Texts of so many tokens."""
    full = np.array(lengths, dtype=np.int64)
    ones = np.ones(len(full), dtype=np.int64)
    tokens = TokenIds(np.zeros(0, np.int32), np.zeros(len(full) + 1, np.int64), ones, full, 2)
    return Texts(tokens, limit=512, imbalance=imbalance)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_space_is_ranges_and_choices(tmp_path: Path) -> None:
    space = read_space(write(tmp_path / "space.toml", GOOD))
    assert space.settings == {
        "training.learning_rate": Range(1e-5, 3e-4, log=True),
        "training.epochs": Range(1, 4, whole=True),
        "training.train_batch_size": Choices((16, 32)),
        "data.truncation": Choices(("head", "head+tail")),
    }


def test_a_space_that_is_written_is_read_again(tmp_path: Path) -> None:
    space = read_space(write(tmp_path / "space.toml", GOOD))
    assert read_space(write(tmp_path / "again.toml", space.to_toml())) == space


def test_all_faults_of_a_space_are_told_at_once(tmp_path: Path) -> None:
    faulty = """
[training]
learnig_rate = [1e-5, 2e-5]
weight_decay = {low = 0.1, high = 0.01}
warmup_share = {low = 0.0, high = 0.2, log = true}
epochs = {low = "one", high = 4}
train_batch_size = [16.5, 32]
schedule = ["linear"]
optimizer = {low = 1, high = 2}
adam_beta1 = 0.9
seed = [1, 2]
[data]
split_seed = [1, 2]
"""
    with pytest.raises(UsageError, match="faults") as caught:
        read_space(write(tmp_path / "space.toml", faulty))
    told = "\n".join(caught.value.details)
    for said in (
        "training.learnig_rate is not a setting; did you mean training.learning_rate?",
        "training.weight_decay: the range from 0.1 to 0.01 is empty",
        "training.warmup_share: equal ratios (log) begin above 0",
        "training.epochs: a range has low and high, both numbers",
        "training.train_batch_size: input should be a valid integer; found 16.5",
        "training.schedule: it takes two choices at least",
        "training.optimizer: input should be 'adamw' or 'adam'",
        "training.adam_beta1 is neither a range nor a list",
        "training.seed cannot be tried: all trials share it",
        "data.split_seed cannot be tried: all trials share their rows",
    ):
        assert said in told


@pytest.mark.parametrize("text", ["", "[training", "learning_rate = [1e-5, 2e-5]"])
def test_what_is_no_space_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_space(write(tmp_path / "space.toml", text))


def test_the_default_space_holds_the_recipe() -> None:
    recipe = Recipe().with_settings(
        {"training.learning_rate": 0.005, "training.train_batch_size": 8, "training.epochs": 6}
    )
    space = default_space(recipe, texts(10, 20))
    own = {key: settings_of(recipe)[key] for key in space.settings}
    assert space.nearest(own) == own
    assert known_good(recipe, space)[0] == own


def test_how_texts_are_cut_is_tried_where_many_are_cut() -> None:
    short, long = texts(*[100] * 99, 400), texts(*[400] * 20)
    assert not {key for key in default_space(Recipe(), short).settings if key.startswith("data")}
    settings = default_space(Recipe(), long).settings
    assert settings["data.truncation"] == Choices(("head", "tail", "head+tail"))
    assert settings["data.max_tokens"] == Choices((128, 256, 512))


def test_class_weights_are_tried_where_labels_are_uneven_and_count_alike() -> None:
    uneven = texts(10, imbalance=5.0)
    alike = Recipe().with_settings({"training.best_by": "macro_f1"})
    assert "training.class_weights" in default_space(alike, uneven).settings
    assert "training.class_weights" not in default_space(Recipe(), uneven).settings
    assert "training.class_weights" not in default_space(alike, texts(10)).settings


def test_known_good_points_lie_in_the_space() -> None:
    space = Space(
        {
            "training.learning_rate": Range(1e-4, 2e-4, log=True),
            "training.epochs": Choices((1, 2)),
        }
    )
    points = known_good(Recipe(), space)
    assert points[0] == {"training.learning_rate": 1e-4, "training.epochs": 2}
    for point in points:
        assert space.nearest(point) == point
    assert len({tuple(point.items()) for point in points}) == len(points)


def test_what_the_user_has_set_is_not_tried() -> None:
    tried = default_space(Recipe(), texts(10)).settings
    assert {"training.epochs", "training.learning_rate"} <= tried.keys()
    left = default_space(Recipe(), texts(10), fixed=["training.epochs"]).settings
    assert tried.keys() - left.keys() == {"training.epochs"}
    with pytest.raises(UsageError, match="All settings that a study would try are set"):
        default_space(Recipe(), texts(10), fixed=tried)
