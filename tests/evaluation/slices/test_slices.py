from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import fisher_exact
from tests.evaluation.slices.rows import LABELS, some_rows

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.slices.candidates import find_candidates
from newtrick.evaluation.slices.find import MOST, find_slices, worse_slices

SOURCES = ["web", "mail", "shop", "desk", "form"]


def test_where_mistakes_are_random_at_most_one_set_in_twenty_has_a_slice() -> None:
    candidates = find_candidates(some_rows(1000), LABELS)
    chance = np.random.default_rng(1)
    alarms = sum(
        bool(worse_slices(candidates, chance.random(1000) > 0.15).worst) for _ in range(200)
    )
    assert len(candidates.names) > 50
    assert alarms <= 10


def test_a_fifth_of_the_rows_that_is_fifteen_points_worse_is_found() -> None:
    rows = some_rows(1500, source=SOURCES * 300)
    candidates = find_candidates(rows, LABELS)
    planted = (rows["extra.source"] == "web").to_numpy()
    found = 0
    for seed in range(50):
        right = np.random.default_rng(seed).random(1500) > np.where(planted, 0.3, 0.15)
        names = [group.what for group in worse_slices(candidates, right).worst]
        found += "with source web" in names
    assert found >= 48


def test_rows_that_are_wrong_together_raise_no_false_alarms() -> None:
    shared = np.repeat(np.arange(100), 10)
    rows = some_rows(1000, source=np.repeat(SOURCES * 20, 10).tolist())
    candidates = find_candidates(rows, LABELS)
    alarms = 0
    for seed in range(100):
        hard = np.random.default_rng(seed).beta(0.5, 2.5, 100)
        right = np.random.default_rng(seed + 1000).random(1000) > hard[shared]
        alarms += bool(worse_slices(candidates, right, shared).worst)
    assert alarms <= 5


def test_a_slice_tells_its_rows_its_accuracy_and_how_many_were_looked_at() -> None:
    rows = some_rows(500, source=SOURCES * 100)
    right = np.ones(500, dtype=bool)
    right[::5] = np.arange(100) % 2 == 0  # half of the rows from the web
    found = find_slices(rows, right, LABELS)
    assert found is not None
    worst = found.worst[0]
    assert (worst.what, worst.rows, worst.accuracy) == ("with source web", 100, 0.5)
    assert worst.accuracy_interval[0] < 0.5 < worst.accuracy_interval[1]
    assert worst.p_value < 1e-6
    assert found.looked_at > 20


def test_groups_are_made_of_labels_files_lengths_signs_negations_and_words() -> None:
    rows = some_rows(400).with_columns(
        file=pl.Series(["a.csv", "b.csv"] * 200),
        text=pl.when(pl.int_range(400) % 4 == 0)
        .then(pl.lit("Isn't it 3 TIMES 坏 worse 🎬?! ") + pl.col("text"))
        .otherwise("text"),
    )
    names = find_candidates(rows, LABELS).names
    assert set(names) >= {
        "labelled neg",
        "from b.csv",
        "with a question mark",
        "with an exclamation mark",
        "with a word in capitals",
        "with a digit",
        "with letters that are not Latin",
        "with an emoji",
        "with a negation",
        "with the word “worse”",
    } - {"with a digit"}  # all made-up words have one
    assert sum(name.endswith(" words") for name in names) == 4


def test_a_column_of_many_numbers_is_cut_into_parts_by_size() -> None:
    rows = some_rows(400).with_columns(pl.Series("extra.year", [str(n) for n in range(1600, 2000)]))
    names = [name for name in find_candidates(rows, LABELS).names if "year" in name]
    assert names == [
        "with year up to 1,699",
        "with year 1,700 to 1,799",
        "with year 1,800 to 1,899",
        "with year 1,900 and more",
    ]


def test_of_groups_that_are_mostly_the_same_rows_one_is_told() -> None:
    rows = some_rows(500, source=SOURCES * 100, desk=["1", "2", "3", "4", "5"] * 100)
    right = np.ones(500, dtype=bool)
    right[::5] = np.arange(100) % 2 == 0
    found = find_slices(rows, right, LABELS)
    assert found is not None
    assert [group.what for group in found.worst if "with" in group.what].count("with desk 1") == 0


def test_not_more_than_ten_are_told_the_worst_first() -> None:
    names = [f"place {place}" for place in range(30)]
    rows = some_rows(3000, words=5, place=names * 100)
    worse = np.array([0.6] * 15 + [0.02] * 15)
    right = np.random.default_rng(0).random(3000) > np.tile(worse, 100)
    found = find_slices(rows, right, LABELS)
    assert found is not None
    assert len(found.worst) == MOST
    accuracies = [group.accuracy for group in found.worst]
    assert accuracies == sorted(accuracies)


@pytest.mark.parametrize("right", [True, False])
def test_a_model_that_is_always_right_or_always_wrong_has_no_slices(*, right: bool) -> None:
    found = find_slices(some_rows(100), np.full(100, right), LABELS)
    assert found is not None
    assert found.looked_at > 0
    assert found.worst == ()


@pytest.mark.parametrize("rows", [1, 2, 39])
def test_few_rows_have_no_groups(rows: int) -> None:
    assert find_slices(some_rows(rows), np.zeros(rows, dtype=bool), LABELS) is None


def test_texts_and_labels_are_data_whatever_is_in_them() -> None:
    labels = LabelSet.of(("{}", "<script>"))
    frame = some_rows(100).with_columns(text=pl.lit("{0} %s {x.y} .* [a-"))
    frame = frame.with_columns(pl.Series("extra.{", ["{}", "}"] * 50))
    found = find_slices(frame, np.arange(100) % 2 == 0, labels)
    assert found is not None
    assert [group.what for group in found.worst] == ["with { }"]


def test_a_column_with_gaps_or_nothing_in_it_is_no_matter() -> None:
    frame = some_rows(100).with_columns(
        pl.Series("extra.none", [None] * 100, dtype=pl.String),
        pl.Series("extra.some", [None, "a"] * 50),
        pl.Series("extra.sizes", [float("nan"), *map(float, range(99))]),
    )
    names = find_candidates(frame, LABELS).names
    assert "with some a" in names
    assert not any("none" in name for name in names)


def test_the_chance_is_that_of_fishers_exact_test() -> None:
    rows = some_rows(200, source=["web", "mail"] * 100)
    right = np.random.default_rng(5).random(200) > np.tile([0.5, 0.05], 100)
    candidates = find_candidates(rows, LABELS)
    found = worse_slices(candidates, right)
    web = int((~right[::2]).sum())
    mail = int((~right[1::2]).sum())
    exact = fisher_exact([[web, 100 - web], [mail, 100 - mail]], alternative="greater").pvalue
    group = next(group for group in found.worst if group.what == "with source web")
    assert group.p_value == pytest.approx(exact * len(candidates.names))
