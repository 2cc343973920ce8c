from __future__ import annotations

import pytest

from newtrick.journal import Evaluation
from newtrick.recipe import TrainingSettings
from newtrick.training.selection import Selection


def evaluation(step: int, loss: float, accuracy: float = 0.5, f1: float = 0.5) -> Evaluation:
    return Evaluation(
        step=step,
        epoch=step / 10,
        training_loss=1.0,
        validation_loss=loss,
        accuracy=accuracy,
        f1=f1,
        macro_f1=1 - f1,
        seconds=1.0,
        best=False,
    )


ROWS = [
    evaluation(1, loss=0.3, accuracy=0.7, f1=0.9),
    evaluation(2, loss=0.2, accuracy=0.8, f1=0.6),
    evaluation(3, loss=0.4, accuracy=0.9, f1=0.7),
]


@pytest.mark.parametrize(
    ("best_by", "step"), [("loss", 2), ("accuracy", 3), ("f1", 1), ("macro_f1", 2)]
)
def test_the_named_figure_picks_the_checkpoint(best_by: str, step: int) -> None:
    selection = Selection(TrainingSettings(best_by=best_by))  # type: ignore[arg-type]
    for row in ROWS:
        selection.consider(row)
    assert selection.best is not None
    assert selection.best.step == step


def test_the_loss_decides_between_equal_scores_and_the_earlier_of_equals_wins() -> None:
    selection = Selection(TrainingSettings(best_by="accuracy"))
    marked = [
        selection.consider(evaluation(step, loss)).best
        for step, loss in ((1, 0.5), (2, 0.4), (3, 0.4))
    ]
    assert marked == [True, True, False]


def test_patience_counts_evaluations_in_a_row_that_were_no_better() -> None:
    selection = Selection(TrainingSettings(best_by="loss", patience=2))
    lost = []
    for step, loss in enumerate((0.5, 0.6, 0.4, 0.5, 0.4)):
        selection.consider(evaluation(step, loss))
        lost.append(selection.lost_patience)
    assert lost == [False, False, False, False, True]


def test_without_patience_none_is_lost() -> None:
    selection = Selection(TrainingSettings(best_by="loss"))
    for step in range(50):
        selection.consider(evaluation(step, loss=1.0 + step))
    assert not selection.lost_patience
