from __future__ import annotations

import dataclasses

import numpy as np

from newtrick.recipe import Recipe, TrainingSettings
from newtrick.report.grid import (
    confusion_grid,
    evaluation_grid,
    score_grid,
    settings_grid,
    training_grid,
)
from newtrick.report.record import RunRecord


def test_the_kept_checkpoint_is_the_last_that_was_best_when_it_came(binary: RunRecord) -> None:
    assert evaluation_grid(binary.evaluations).marked == {2}
    assert not evaluation_grid(()).marked


def test_f1_is_of_the_positive_label_or_else_macro(binary: RunRecord, three: RunRecord) -> None:
    two, more = evaluation_grid(binary.evaluations), evaluation_grid(three.evaluations)

    assert (two.header[-1], two.rows[1][-1]) == ("F1", "0.8232")
    assert (more.header[-1], more.rows[1][-1]) == ("Macro F1", "0.8201")
    assert "F1" in score_grid(binary.result).header
    assert "F1" not in score_grid(three.result).header


def test_every_table_is_as_wide_as_its_header(binary: RunRecord, three: RunRecord) -> None:
    for record in (binary, three):
        assert record.confusion is not None
        grids = (
            evaluation_grid(record.evaluations),
            score_grid(record.result),
            confusion_grid(record.result.labels, record.confusion),
            settings_grid(record.recipe),
        )
        for grid in grids:
            assert {len(row) for row in grid.rows} == {len(grid.header)}


def test_a_label_that_was_never_predicted_has_no_precision() -> None:
    grid = confusion_grid(("a", "b"), np.array([[3, 0], [1, 0]]))

    assert grid.rows == (
        ("a", "3", "0", "100.0 %"),
        ("b", "1", "0", "0.0 %"),
        ("Precision", "75.0 %", "—", ""),
    )


def test_many_labels_are_told_by_their_most_frequent_mistakes() -> None:
    labels = [f"label {number}" for number in range(30)]
    confusion = np.diag(np.full(30, 50))
    confusion[4, 7], confusion[9, 2] = 3, 8

    assert confusion_grid(labels, confusion).rows == (
        ("label 9", "label 2", "8"),
        ("label 4", "label 7", "3"),
    )


def test_energy_is_told_where_it_was_measured(binary: RunRecord) -> None:
    result = binary.result
    training = result.training.model_copy(update={"energy_joules": 5400.0})

    told = ("Energy of the processors", "1.5 Wh")

    assert told in training_grid(result.model_copy(update={"training": training})).rows
    assert len(training_grid(result).rows) == 9


def test_settings_that_differ_from_their_default_stand_out(binary: RunRecord) -> None:
    recipe = Recipe(training=TrainingSettings(epochs=7, patience=None))
    grid = settings_grid(dataclasses.replace(binary, recipe=recipe).recipe)

    assert [grid.rows[index] for index in grid.marked] == [("training.epochs", "7.0")]
    assert ("training.patience", "—") in grid.rows
