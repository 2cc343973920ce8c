"""Groups, such as films, from a file to intervals."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews, write_csv

from newtrick.auditing import audit_data
from newtrick.classifier import load
from newtrick.evaluation.compare import compare
from newtrick.evaluation.saved import read_predictions
from newtrick.pipeline import train
from newtrick.report.verdict import verdict
from newtrick.scoring import evaluate


def write_films(path: Path, rows: int = 600, seed: int = 0) -> Path:
    """Easy reviews, four of each film in a row."""
    reviews = enumerate(make_reviews(rows, seed))
    films = [(*row, f"film {number // 4}") for number, row in reviews]
    return write_csv(path, [("text", "label", "film"), *films])


@pytest.fixture(scope="module")
def films_run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> TinyRun:
    folder = tmp_path_factory.mktemp("films")
    data = write_films(folder / "films.csv")
    settings = QUICK | {"data.group_column": "film"}
    run = train(data, model=tiny_encoder, settings=settings, out=folder / "run")
    return TinyRun(run, data, tiny_encoder)


def test_the_result_counts_its_groups_and_the_card_says_so(films_run: TinyRun) -> None:
    result = films_run.run.result
    table = pl.read_parquet(films_run.run.folder / "predictions" / "test.parquet")
    assert result.test.groups == table["group"].n_unique() < result.test.rows
    assert result.validation.groups is not None
    assert "(95 % interval by group " in verdict(result)
    for name in ("model/README.md", "report.html"):
        page = (films_run.run.folder / name).read_text()
        assert f"Intervals are by group: the rows are of {result.test.groups} groups" in page


def test_compare_takes_the_groups_that_predictions_carry(
    films_run: TinyRun, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    table = pl.read_parquet(films_run.run.folder / "predictions" / "test.parquet")
    table.select("id", "label", predicted=pl.lit("neg")).write_csv(other)
    names = (str(films_run.run.folder), str(other))
    comparison = compare([read_predictions(name) for name in names])
    assert comparison.groups == films_run.run.result.test.groups


def test_evaluate_gives_intervals_by_group(films_run: TinyRun, tmp_path: Path) -> None:
    classifier = load(films_run.run.folder)
    path = tmp_path / "new.csv"
    rows = pl.read_csv(write_films(path, rows=200, seed=5))
    wrong = pl.col("film").is_in([f"film {number}" for number in range(10)])
    turned = pl.col("label").replace({"neg": "pos", "pos": "neg"})
    rows.with_columns(label=pl.when(wrong).then(turned).otherwise("label")).write_csv(path)
    alone = evaluate(classifier, path).test
    grouped = evaluate(classifier, path, group_column="film").test
    assert (alone.groups, grouped.groups) == (None, 50)
    assert grouped.accuracy == alone.accuracy
    (low, high), (lower, higher) = alone.accuracy_interval, grouped.accuracy_interval
    assert higher - lower > 1.5 * (high - low)  # a film is wrong as a whole


def test_splits_that_share_groups_are_told(tmp_path: Path) -> None:
    path = write_films(tmp_path / "films.csv")
    is_test = pl.int_range(pl.len()) % 4 == 3
    split = pl.when(is_test).then(pl.lit("test")).otherwise(pl.lit("train"))
    pl.read_csv(path).with_columns(split=split).write_csv(path)
    findings = {
        (finding.code, finding.evidence.get("split")): finding
        for finding in audit_data(path, group_column="film")
    }
    found = findings["shared-groups", "test"]
    assert found.title == (
        "150 test rows (100.0 %) share their group with rows of train or validation"
    )
    assert len(found.rows) == 150


def test_groups_of_one_class_are_audited_all_the_same(tmp_path: Path) -> None:
    path = write_films(tmp_path / "films.csv")
    pl.read_csv(path).filter(pl.col("label") == "neg").write_csv(path)
    assert "one-class" in {finding.code for finding in audit_data(path, group_column="film")}
