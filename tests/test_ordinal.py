"""Ordinal labels, from a file to the figures of a saved model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.tiny import QUICK, make_reviews, write_csv

from newtrick.classifier import load
from newtrick.data.dataset import LabelSet
from newtrick.pipeline import Run, train
from newtrick.scoring import evaluate


def write_stars(path: Path, rows: int = 600, seed: int = 0) -> Path:
    """Easy reviews with 1, 3 or 5 stars; those of 3 say good and bad."""
    reviews = make_reviews(2 * rows, seed)
    stars: list[tuple[str, object]] = [("text", "stars")]
    for number in range(rows):
        (bad, _), (good, _) = reviews[2 * number], reviews[2 * number + 1]
        stars.append(((bad, 1), (f"{bad} {good}", 3), (good, 5))[number % 3])
    return write_csv(path, stars)


@pytest.fixture(scope="module")
def stars_run(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Run:
    folder = tmp_path_factory.mktemp("stars")
    data = write_stars(folder / "stars.csv")
    return train(data, model=tiny_encoder, settings=QUICK, out=folder / "run")


def test_how_far_off_the_answers_are_stands_beside_the_rest(stars_run: Run) -> None:
    test, baseline = stars_run.result.test, stars_run.result.baseline
    assert test.mean_absolute_error is not None
    assert test.mean_absolute_error <= 4 * (1 - test.accuracy)
    assert baseline.quadratic_kappa is not None
    assert {"mean_absolute_error", "quadratic_kappa"} <= test.intervals.keys()
    for name in ("model/README.md", "report.html"):
        page = (stars_run.folder / name).read_text()
        assert "mean absolute error on the scale" in page
        assert f"{test.quadratic_kappa:.4f}" in page


def test_a_saved_model_knows_that_its_labels_are_a_scale(stars_run: Run, tmp_path: Path) -> None:
    classifier = load(stars_run.folder)
    assert classifier.encoder.labels == LabelSet.of(("1", "3", "5"), scale=(1, 3, 5))
    new = write_stars(tmp_path / "new.csv", rows=90, seed=5)
    test = evaluate(classifier, new).test
    assert test.mean_absolute_error is not None
    assert np.isfinite(test.mean_absolute_error)
