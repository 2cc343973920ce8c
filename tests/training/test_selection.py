from __future__ import annotations

import numpy as np
import pytest
from tests.events import evaluation

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.task import Examined, task_of
from newtrick.journal import Evaluation
from newtrick.recipe import TrainingSettings
from newtrick.training.selection import Selection

LABELS = np.array([0, 1, 0, 1])


def ahead(*margins: float) -> Examined:
    """For each of the four rows, by how much the logit of the true class is ahead."""
    logits = np.zeros((4, 2), dtype=np.float32)
    logits[np.arange(4), LABELS] = margins
    return task_of(LabelSet.of(("neg", "pos"))).examine(logits, LABELS)


def consider(selection: Selection, *events: Evaluation) -> list[Evaluation]:
    return [selection.consider(event, ahead(0, 0, 0, 0)) for event in events]


@pytest.mark.parametrize(
    ("best_by", "step"), [("loss", 2), ("accuracy", 3), ("f1", 1), ("macro_f1", 2)]
)
def test_the_named_figure_picks_the_checkpoint(best_by: str, step: int) -> None:
    selection = Selection(TrainingSettings(best_by=best_by))  # type: ignore[arg-type]
    consider(
        selection,
        evaluation(1, validation_loss=0.3, accuracy=0.7, f1=0.9, macro_f1=0.1),
        evaluation(2, validation_loss=0.2, accuracy=0.8, f1=0.6, macro_f1=0.4),
        evaluation(3, validation_loss=0.4, accuracy=0.9, f1=0.7, macro_f1=0.3),
    )
    assert selection.best is not None
    assert selection.best.step == step


def test_the_loss_decides_between_equal_scores_and_the_earlier_of_equals_wins() -> None:
    events = [
        evaluation(step, validation_loss=loss, best=False)
        for step, loss in ((1, 0.5), (2, 0.4), (3, 0.4))
    ]
    marked = consider(Selection(TrainingSettings(best_by="accuracy")), *events)
    assert [event.best for event in marked] == [True, True, False]


def test_patience_counts_evaluations_in_a_row_that_were_no_better() -> None:
    selection = Selection(TrainingSettings(best_by="loss", patience=2))
    lost = []
    for step, loss in enumerate((0.5, 0.6, 0.4, 0.5, 0.4)):
        consider(selection, evaluation(step, validation_loss=loss))
        lost.append(selection.lost_patience)
    assert lost == [False, False, False, False, True]


def test_without_patience_none_is_lost() -> None:
    selection = Selection(TrainingSettings(best_by="loss"))
    for step in range(50):
        consider(selection, evaluation(step, validation_loss=1.0 + step))
    assert not selection.lost_patience


def test_the_lead_on_the_best_before_is_a_mean_over_pairs_of_rows_with_its_error() -> None:
    selection = Selection(TrainingSettings(best_by="accuracy"))
    first = selection.consider(evaluation(1, accuracy=0.5), ahead(1, 1, -1, -1))
    second = selection.consider(evaluation(2, accuracy=0.75), ahead(1, 1, 1, -1))
    third = selection.consider(evaluation(3, accuracy=0.25), ahead(1, -1, -1, -1))
    assert (first.lead, first.lead_error) == (None, None)
    assert second.lead == pytest.approx(0.25)  # one of four rows more
    assert second.lead_error == pytest.approx(np.std([0, 0, 1, 0]) / 2)
    assert third.lead == pytest.approx(-0.5)  # against the second


def test_the_lead_is_in_loss_where_the_loss_decides() -> None:
    selection = Selection(TrainingSettings(best_by="loss"))
    selection.consider(evaluation(1, validation_loss=0.7), ahead(0, 0, 0, 0))
    event = selection.consider(evaluation(2, validation_loss=0.3), ahead(1, 1, 1, 1))
    assert event.lead == pytest.approx(np.log(2) - np.log1p(np.exp(-1)))
    assert event.lead_error == pytest.approx(0, abs=1e-9)
