"""Rows that share a group are never split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newtrick.data.dataset import Dataset, LabelSet
from newtrick.data.groupcut import cut_by_group
from newtrick.data.load import load_dataset
from newtrick.data.split import ClassTooSmall, Cut
from newtrick.errors import DataError, UsageError
from newtrick.recipe import DataSettings

LABELS = LabelSet.of(("neg", "pos"))


def pool(groups: list[str], labels: list[int], texts: list[str] | None = None) -> pl.DataFrame:
    rows = len(groups)
    return pl.DataFrame(
        {
            "file": ["a.csv"] * rows,
            "row": pl.Series(range(1, rows + 1), dtype=pl.UInt32),
            "text": texts or [f"number {number * 7919} of {number}" for number in range(rows)],
            "label": pl.Series(labels, dtype=pl.Int32),
            "group": groups,
        }
    )


def drawn(sizes: list[int], seed: int = 0) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    groups = [f"g{number}" for number, size in enumerate(sizes) for _ in range(size)]
    return pool(groups, (np.arange(len(groups)) + chance.integers(0, 2)).tolist()).with_columns(
        pl.col("label") % 2
    )


def cut(rows: pl.DataFrame, *, seed: int = 1, most: int | None = None, test: float = 0.2) -> Cut:
    return cut_by_group(
        rows,
        LABELS,
        validation_share=0.1,
        test_share=test,
        max_train_rows=most,
        seed=seed,
        where="a",
    )


def groups_of(parts: Cut) -> list[set[str]]:
    return [set(part["group"]) for part in (parts.train, parts.validation, parts.test)]


def are_apart(parts: Cut) -> bool:
    groups = groups_of(parts)
    return sum(map(len, groups)) == len(set.union(*groups))


def loaded(path: Path, **settings: object) -> Dataset:
    told = {"source": str(path), "group_column": "film", **settings}
    return load_dataset(DataSettings.model_validate(told), seed=1)


@given(sizes=st.lists(st.integers(2, 30), min_size=10, max_size=60), seed=st.integers(0, 9))
def test_no_group_is_split_and_no_row_is_lost(sizes: list[int], seed: int) -> None:
    rows = drawn(sizes)
    parts = cut(rows, seed=seed)
    assert are_apart(parts)
    assert sum(part.height for part in (parts.train, parts.validation, parts.test)) == rows.height
    for part in (parts.train, parts.validation, parts.test):
        assert set(part["label"]) == {0, 1}
        assert part["row"].is_sorted()


def test_the_shares_are_kept_and_so_are_those_of_the_classes() -> None:
    parts = cut(drawn([3, 5, 8] * 100))
    rows = 1600
    for part, share in ((parts.validation, 0.1), (parts.test, 0.2)):
        assert part.height == pytest.approx(share * rows, abs=8)
        assert part["label"].mean() == pytest.approx(0.5, abs=0.02)


def test_another_seed_is_another_cut_and_the_same_seed_the_same() -> None:
    rows = drawn([5] * 40)
    assert groups_of(cut(rows)) == groups_of(cut(rows))
    assert groups_of(cut(rows)) != groups_of(cut(rows, seed=2))


def test_fewer_training_rows_are_whole_groups_and_the_other_parts_shrink_with_them() -> None:
    parts = cut(drawn([4] * 100), most=70)
    assert parts.train.height <= 70
    assert parts.train.height >= 66
    assert parts.test.height == pytest.approx(20, abs=4)
    assert are_apart(parts)


def test_groups_that_share_a_text_stay_together() -> None:
    groups = [f"g{number // 4}" for number in range(160)]
    texts = [f"number {number * 7919} of {number}" for number in range(160)]
    for number in range(0, 160, 8):  # the first group of two and the second have a copy
        texts[number + 5] = texts[number].upper()
    parts = cut(pool(groups, [0, 1] * 80, texts))
    for part in groups_of(parts):
        assert all(f"g{int(name[1:]) ^ 1}" in part for name in part)


def test_a_text_that_everybody_writes_does_not_glue_all_groups_together() -> None:
    groups = [f"g{number // 4}" for number in range(160)]
    texts = ["ok" if number % 4 == 0 else f"number {number * 7919}" for number in range(160)]
    parts = cut(pool(groups, [0, 1] * 80, texts))
    assert min(map(len, groups_of(parts))) > 2
    assert are_apart(parts)


def test_too_few_groups_are_refused() -> None:
    with pytest.raises(DataError, match="too few groups") as refused:
        cut(pool(["a"] * 40, [0, 1] * 20))
    assert refused.value.found == "1 group"
    with pytest.raises(DataError, match="training, validation and test"):
        cut(pool(["a", "a", "b", "b"] * 10, [0, 1] * 20))
    assert len(groups_of(cut(pool(["a", "a", "b", "b", "c", "c"] * 10, [0, 1] * 30)))) == 3


def test_a_class_that_is_in_too_few_groups_is_refused_by_name() -> None:
    groups = [f"g{number // 4}" for number in range(160)]
    with pytest.raises(ClassTooSmall, match="3 different groups or more") as refused:
        cut(pool(groups, [0] * 152 + [1] * 8))
    assert "groups with it 2" in refused.value.details[0]


def test_scarce_classes_are_spread_so_that_each_part_has_them() -> None:
    groups = [name for name in "abcde" for _ in range(10)]
    labels = [0] * 20 + [0, 1] * 5 + [1] * 20  # one way alone: one of a and b with one of d and e
    for seed in range(5):
        parts = cut(pool(groups, labels), seed=seed)
        assert are_apart(parts)
        assert all(set(part["label"]) == {0, 1} for part in (parts.train, parts.test))


def films(path: Path, rows: int = 240) -> Path:
    frame = drawn([6] * (rows // 6))
    names = pl.col("label").replace_strict({0: "neg", 1: "pos"}, return_dtype=pl.String)
    frame.select("text", names, film="group").write_csv(path)
    return path


def test_the_groups_of_a_file_travel_with_its_rows(tmp_path: Path) -> None:
    dataset = loaded(films(tmp_path / "films.csv"))
    for split in dataset.splits().values():
        assert split.columns == ["file", "row", "text", "label", "group"]
        assert split["group"].to_list() == [f"g{(row - 1) // 6}" for row in split["row"]]
    told = " ".join(note.message for note in dataset.notes)
    assert "the group in 'film'" in told
    assert "each of 40 groups" in told


def test_groups_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    path = films(tmp_path / "films.csv")
    with pytest.raises(DataError, match="no such column"):
        loaded(path, group_column="movie")
    with pytest.raises(UsageError, match="Label and group cannot be the same column"):
        loaded(path, group_column="label", label_column="label")
    frame = pl.read_csv(path)
    some = pl.int_range(pl.len()).is_in([3, 9])
    frame.with_columns(film=pl.when(~some).then("film")).write_csv(path)
    with pytest.raises(DataError, match="without a group") as refused:
        loaded(path)
    assert refused.value.found == "2 of 240 rows"
    assert refused.value.details[0].endswith(":4")
    (tmp_path / "texts" / "neg").mkdir(parents=True)
    (tmp_path / "texts" / "neg" / "1.txt").write_text("a film")
    with pytest.raises(UsageError, match="folder of texts has no columns"):
        loaded(tmp_path / "texts")


def test_a_text_can_be_the_group_of_its_pairs(tmp_path: Path) -> None:
    rows = [
        (f"question {number // 4 * 7919}", f"answer {number * 104729}", ("no", "yes")[number % 2])
        for number in range(160)
    ]
    path = tmp_path / "answers.csv"
    pl.DataFrame(rows, ["question", "answer", "label"], orient="row").write_csv(path)
    dataset = loaded(path, text_column="question", pair_column="answer", group_column="question")
    questions = [set(split["text"]) for split in dataset.splits().values()]
    assert sum(map(len, questions)) == len(set.union(*questions)) == 40


@pytest.mark.parametrize("most", [None, 300])
def test_no_group_is_split_where_rows_have_several_labels(most: int | None) -> None:
    chance = np.random.default_rng(0)
    groups = [f"g{number}" for number in range(150) for _ in range(4)]
    flags = chance.random((len(groups), 3)) < [0.1, 0.4, 0.6]
    label_lists = pl.Series(
        [np.flatnonzero(row).tolist() for row in flags], dtype=pl.List(pl.Int32)
    )
    rows = pool(groups, [0] * len(groups)).with_columns(label=label_lists)
    parts = cut_by_group(
        rows,
        LabelSet.of_several(("plot", "music", "acting")),
        validation_share=0.1,
        test_share=0.2,
        max_train_rows=most,
        seed=1,
        where="a",
    )
    assert are_apart(parts)
    assert parts.train.height == pytest.approx(most or 420, rel=0.1)
    for label, share in enumerate(flags.mean(axis=0)):
        having = parts.test["label"].list.contains(label).mean()
        assert having == pytest.approx(share, abs=0.05)


def test_too_few_groups_of_rows_with_several_labels_are_told_as_such() -> None:
    rows = pool(["one", "two"] * 20, [0] * 40).with_columns(
        label=pl.Series([[0], [1]] * 20, dtype=pl.List(pl.Int32))
    )
    with pytest.raises(DataError, match="too few groups"):
        cut_by_group(
            rows,
            LabelSet.of_several(("plot", "music")),
            validation_share=0.1,
            test_share=0.2,
            max_train_rows=None,
            seed=1,
            where="a",
        )
