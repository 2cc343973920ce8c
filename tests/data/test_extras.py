from __future__ import annotations

from pathlib import Path

import polars as pl

from newtrick.data.dataset import Dataset, extra_columns
from newtrick.data.load import load_dataset
from newtrick.recipe import DataSettings


def rows(count: int) -> pl.DataFrame:
    numbers = range(count)
    return pl.DataFrame(
        {
            "id": numbers,
            "text": [f"text number {number} of {number * 7919}" for number in numbers],
            "label": ["neg", "pos"] * (count // 2),
            "source": [("web", "print", None)[number % 3] for number in numbers],
            "year": [2019.0 + number % 2 for number in numbers],
            "checked": [number % 5 == 0 for number in numbers],
            "country": ["nl"] * count,
            "words": [[str(number % 3)] for number in numbers],
        }
    )


def loaded(path: Path) -> Dataset:
    return load_dataset(DataSettings(source=str(path)), seed=1)


def test_columns_with_few_values_travel_with_the_rows_as_strings(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows(120).write_parquet(path)
    for dataset in (loaded(path), loaded(path)):  # the second time as it was kept
        for split in dataset.splits().values():
            assert extra_columns(split) == ["extra.source", "extra.year", "extra.checked"]
        values = dataset.train.select(extra_columns(dataset.train)).row(0)
        number = dataset.train["row"][0] - 1
        source = ("web", "print", None)[number % 3]
        assert values == (source, str(2019 + number % 2), str(number % 5 == 0).lower())


def test_a_column_with_more_than_fifty_values_or_mostly_different_ones_is_left_aside(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.csv"
    frame = rows(2400).drop("words")
    late = pl.Series([1] * 2000 + list(range(400)))  # its first rows do not show it
    frame.with_columns(author=frame["id"] % 51, late=late).write_csv(path)
    assert extra_columns(loaded(path).train) == ["extra.source", "extra.year", "extra.checked"]
    frame.head(60).with_columns(author=frame["id"].head(60) % 31).write_csv(path)
    assert "extra.author" not in loaded(path).train.columns


def test_extra_columns_are_no_part_of_what_a_training_depends_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    frame = rows(120).drop("words")
    frame.write_csv(path)
    before = loaded(path)
    frame.drop("source").write_csv(path)
    assert loaded(path).content_hashes == before.content_hashes


def test_test_data_may_lack_an_extra_column(tmp_path: Path) -> None:
    train, test = tmp_path / "films.csv", tmp_path / "others.csv"
    frame = rows(120).drop("words")
    frame.write_csv(train)
    frame.drop("source").with_columns("other " + pl.col("text")).write_csv(test)
    dataset = load_dataset(DataSettings(source=str(train), test_source=str(test)), seed=1)
    assert dataset.test["extra.source"].null_count() == dataset.test.height
    assert extra_columns(dataset.test) == extra_columns(dataset.train)
