from __future__ import annotations

from typing import Any

import pytest

from newtrick.evaluation.ablation import Ablation, StepWorth, Trainings, Worth, judged
from newtrick.report.ablation import ablation_grid, ablation_in_words


def worth(difference: float, half: float, p: float) -> Worth:
    return Worth(
        seeds=(1, 2, 3),
        with_step=(0.9 + difference,) * 3,
        without_step=(0.9,) * 3,
        difference=difference,
        interval=(difference - half, difference + half),
        p=p,
    )


def trainings(*seconds: float, lost: tuple[int, ...] = ()) -> Trainings:
    return Trainings(seeds=tuple(range(len(seconds))), lost=lost, seconds=seconds)


LONG, SHORT = trainings(120, 124, 122), trainings(60, 61, 62)


def step(accuracy: Worth | None = None, **changes: Any) -> StepWorth:
    given = {
        "step": "head+tail",
        "what": "both ends of long texts",
        "setting": "data.truncation",
        "with_value": "head+tail",
        "without_value": "head",
        "with_step": LONG,
        "without_step": SHORT,
        "accuracy": accuracy,
    }
    return StepWorth(**(given | changes))


def told(*steps: StepWorth) -> list[str]:
    return ablation_in_words(ablation(*steps))


def ablation(*steps: StepWorth) -> Ablation:
    return Ablation(
        task="single_label",
        labels=("neg", "pos"),
        model="tiny",
        data="reviews",
        rows=400,
        seeds=(1, 2, 3),
        steps=judged(steps),
    )


def test_a_step_that_helps_is_told_with_its_interval_and_its_cost() -> None:
    (sentence,) = told(step(worth(0.008, 0.007, 0.01)))
    assert sentence == (
        "head+tail brings +0.8 points, 95 % +0.1 to +1.5, of accuracy, and makes a training"
        " 1 min 1 s longer (2 times): keep it, if it is worth the time."
    )


def test_a_step_that_cannot_be_told_from_nothing_is_left_out_unless_it_saves_time() -> None:
    (dear,) = told(step(worth(0.002, 0.011, 0.7)))
    assert dear.startswith(
        "head+tail cannot be told from nothing (+0.2 points, 95 % -0.9 to +1.3, of accuracy), and"
        " makes a training 1 min 1 s longer (2 times): leave it out."
    )
    assert "hardly see less than 1.1 points" in dear
    (cheap,) = told(step(worth(0.002, 0.011, 0.7), with_step=SHORT, without_step=LONG))
    assert "shorter (0.5 times): it stands for the time it saves." in cheap
    (free,) = told(step(worth(0.002, 0.011, 0.7), with_step=SHORT, without_step=SHORT))
    assert "takes no time to speak of: leave it out." in free


def test_a_step_that_does_harm_is_left_out() -> None:
    (sentence,) = told(step(worth(-0.02, 0.005, 0.001)))
    assert sentence.startswith("head+tail does harm (-2.0 points")
    assert sentence.endswith("leave it out.")


def test_what_the_log_loss_sees_is_told_where_the_accuracy_sees_nothing() -> None:
    (sentence,) = told(step(worth(0.002, 0.011, 0.7), loss=worth(-0.02, 0.005, 0.001)))
    assert "Its log loss is lower by 0.0200 (95 % 0.0150 to 0.0250)" in sentence


def test_of_many_steps_one_that_stands_out_by_chance_is_not_told_from_nothing() -> None:
    alone = judged([step(worth(0.02, 0.019, 0.04))])
    among = judged([step(worth(0.02, 0.019, 0.04)), step(worth(0.0, 0.02, 0.9))])
    assert [each.helps for each in (*alone, *among)] == [True, None, None]
    assert among[0].p == pytest.approx(0.08)


def test_times_that_overlap_between_seeds_are_not_called_different() -> None:
    wobbling = trainings(60, 100, 80)
    (sentence,) = told(step(worth(0.008, 0.007, 0.01), without_step=wobbling, with_step=SHORT))
    assert "takes no time to speak of: keep it." in sentence


def test_a_step_without_which_no_training_comes_to_anything_is_kept() -> None:
    (found,) = judged([step(without_step=trainings(lost=(1, 2, 3)))])
    assert found.helps
    (sentence,) = told(found)
    assert "head+tail decides whether a training comes to anything: keep it." in sentence
    assert "Without head+tail, the trainings with seeds 1, 2, 3 came to nothing." in sentence


def test_of_one_training_alone_nothing_is_said() -> None:
    (sentence,) = told(step(without_step=trainings(60, lost=(2, 3))))
    assert sentence.startswith("head+tail cannot be judged")


def test_a_setting_is_told_by_both_its_values() -> None:
    setting = step(
        worth(0.008, 0.007, 0.01),
        step="training.patience=2",
        setting="training.patience",
        with_value=None,
        without_value=2,
    )
    assert told(setting)[0].startswith("training.patience=none in place of 2 brings")


def test_the_table_has_a_line_for_each_figure_and_says_which_rows_it_is_of() -> None:
    losses = worth(-0.02, 0.005, 0.001)
    grid = ablation_grid(ablation(step(worth(0.008, 0.007, 0.01), loss=losses), step()))
    assert "400 validation rows" in grid.caption
    assert "no test row was scored" in grid.caption
    assert grid.rows == (
        ("head+tail", "Accuracy", "0.9080", "0.9000", "+0.0080", "+0.0010 – +0.0150"),
        ("", "Log loss", "0.8800", "0.9000", "-0.0200", "-0.0250 – -0.0150"),
        ("", "Time", "2 min 2 s", "1 min 1 s", "× 2.00", ""),
        ("head+tail", "Time", "2 min 2 s", "1 min 1 s", "× 2.00", ""),
    )
    assert grid.marked == {0}
