"""Trainings by several processes: the same as by one, and as hard to lose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.training.killing import START
from tests.training.teams import Death, Training

from newtrick.journal import Checkpoint, Evaluation
from newtrick.training.team import share


@pytest.fixture(scope="module", autouse=True)
def forks() -> None:
    """The process from which all workers are forked, with all that they import."""
    first = START.Process(target=bool)
    first.start()
    first.join()


@pytest.fixture
def training(tmp_path: Path, tiny_encoder: Path) -> Callable[..., Training]:
    """A training in a folder of its own."""

    def begin(name: str, **options: object) -> Training:
        (tmp_path / name).mkdir()
        return Training(tiny_encoder, tmp_path / name, **options)  # type: ignore[arg-type]

    return begin


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_several_workers_take_the_steps_of_one(
    training: Callable[..., Training], precision: str
) -> None:
    one, three = (training(name, precision=precision) for name in ("one", "three"))
    assert one.run(workers=1) == [0]
    assert three.run(workers=3) == [0, 0, 0]
    assert [step.rows for step in three.steps] == [step.rows for step in one.steps]
    assert (
        sum(step.rows for step in three.steps) == 3 * 162
    )  # the last step of an epoch has 2 rows, fewer than workers
    tolerance = {"float32": 1e-5, "bfloat16": 0.02}[precision]
    losses = [step.loss for step in one.steps]
    assert [step.loss for step in three.steps] == pytest.approx(losses, abs=tolerance)
    scores = [e.validation_loss for e in one.events if isinstance(e, Evaluation)]
    assert [e.validation_loss for e in three.events if isinstance(e, Evaluation)] == pytest.approx(
        scores, abs=tolerance
    )


def test_each_checkpoint_is_written_once(training: Callable[..., Training]) -> None:
    job = training("job")
    job.run(workers=2)
    saved = [event.step for event in job.events if isinstance(event, Checkpoint)]
    assert saved == [4, 8, 11, 12, 16, 20, 22, 24, 28, 32, 33]


def test_workers_that_were_stopped_end_with_the_weights_of_those_that_were_not(
    training: Callable[..., Training],
) -> None:
    whole, stopped = (training(name, dropout=0.1) for name in ("whole", "stopped"))
    assert whole.run(workers=2) == [0, 0]
    assert replace(stopped, stop_after=13).run(workers=2) == [75, 0]
    assert stopped.steps[-1].step == 13
    assert stopped.run(workers=2) == [0, 0]
    assert stopped.weights == whole.weights


@pytest.mark.parametrize("rank", [0, 1])
def test_after_the_death_of_any_worker_one_process_sees_the_rows_that_are_left(
    training: Callable[..., Training], rank: int
) -> None:
    whole, killed = training("whole"), training("killed")
    assert whole.run(workers=1) == [0]
    codes = replace(killed, death=Death(rank, step=18)).run(workers=2)
    assert codes == [-9 if number == rank else 75 for number in range(2)]
    assert killed.steps[-1].step == 17
    assert killed.run(workers=1) == [0]
    assert [step.rows for step in killed.steps] == [step.rows for step in whole.steps]
    losses = [step.loss for step in whole.steps]
    assert [step.loss for step in killed.steps] == pytest.approx(losses, abs=1e-5)


def test_the_rows_of_a_step_are_shared_out_by_their_tokens() -> None:
    chance = np.random.default_rng(0)
    lengths = chance.integers(5, 512, size=1000)
    rows = chance.permutation(1000)[:64]
    parts = [share(rows, lengths, rank, size=3) for rank in range(3)]
    assert sorted(np.concatenate(parts).tolist()) == sorted(rows.tolist())
    tokens = [lengths[part].sum() for part in parts]
    assert max(tokens) - min(tokens) < 2 * lengths.max()


def test_of_fewer_rows_than_workers_some_get_none() -> None:
    rows = np.arange(2)
    parts = [share(rows, np.array([9, 9]), rank, size=5) for rank in range(5)]
    assert sorted(np.concatenate(parts).tolist()) == [0, 1]
