from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from tests.training.test_loop import Training

from newtrick.errors import Interrupted
from newtrick.journal import Event, Step


class Followed(Training):
    """A training that takes down its weights after each step."""

    def __init__(self, folder: Path, checkpoints: Path, **settings: object) -> None:
        super().__init__(folder, checkpoints, **settings)
        self.after_step: list[torch.Tensor] = []

    def tell(self, event: Event) -> None:
        if isinstance(event, Step):
            self.after_step.append(self.weights().clone())
        super().tell(event)


def test_tail_averaging_keeps_the_mean_of_the_last_steps(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    job = Followed(tiny_encoder, tmp_path, averaging="tail", averaging_share=0.3)
    summary = job.run()
    assert summary.best_step == summary.last_step == 20
    last = torch.stack(job.after_step[-6:])
    torch.testing.assert_close(job.weights(), last.mean(dim=0))
    assert not torch.equal(job.weights(), job.after_step[-1])


def test_before_the_tail_the_weights_are_evaluated_as_they_are(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    plain = Training(tiny_encoder, tmp_path / "plain")
    job = Training(tiny_encoder, tmp_path / "tail", averaging="tail", averaging_share=0.3)
    for each in (plain, job):
        each.run()
    losses, averaged = (
        [evaluation.validation_loss for evaluation in each.evaluations()] for each in (plain, job)
    )
    assert averaged[0] == losses[0]
    assert averaged[1] != losses[1]


def test_a_fading_average_counts_a_step_by_how_long_it_is_past(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    job = Followed(tiny_encoder, tmp_path, averaging="ema", averaging_share=0.2)
    assert job.run().best_step == 20
    counts = torch.tensor([0.05 * past / 0.2 for past in range(19, -1, -1)]).neg().exp()
    expected = (counts[:, None] * torch.stack(job.after_step)).sum(dim=0) / counts.sum()
    torch.testing.assert_close(job.weights(), expected)


@pytest.mark.parametrize("averaging", ["ema", "tail"])
def test_averaging_does_not_change_the_steps(
    tiny_encoder: Path, tmp_path: Path, averaging: str
) -> None:
    plain = Training(tiny_encoder, tmp_path / "plain", evaluate_every_steps=3)
    job = Training(tiny_encoder, tmp_path / "mean", evaluate_every_steps=3, averaging=averaging)
    for each in (plain, job):
        each.run()
    losses, same = (
        [event.loss for event in each.events if isinstance(event, Step)] for each in (plain, job)
    )
    assert same == losses


def test_an_earlier_average_that_was_better_is_kept(tiny_encoder: Path, tmp_path: Path) -> None:
    job = Training(
        tiny_encoder,
        tmp_path,
        averaging="ema",
        epochs=6,
        evaluate_every_steps=5,
        learning_rate=0.05,
    )
    summary = job.run()
    best = min(job.evaluations(), key=lambda evaluation: evaluation.validation_loss)
    assert summary.best_step == best.step < summary.last_step
    assert job.validation_loss() == pytest.approx(best.validation_loss, abs=1e-6)


@pytest.mark.parametrize("averaging", ["ema", "tail"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("step", [9, 33])
def test_a_stopped_averaged_training_ends_with_the_weights_of_one_that_was_not(
    tiny_encoder: Path, tmp_path: Path, averaging: str, precision: str, step: int
) -> None:
    settings = {
        "evaluate_every_steps": 7,
        "averaging": averaging,
        "averaging_share": 0.3,
        "precision": precision,
        "epochs": 4,
    }
    whole, stopped, resumed = (
        Training(tiny_encoder, tmp_path / name, **settings)
        for name in ("whole", "stopped", "resumed")
    )
    whole.run()
    stopped.stop_at(step)
    with pytest.raises(Interrupted):
        stopped.run()
    shutil.copytree(stopped.checkpoints, resumed.checkpoints)
    resumed.run(resume_from=resumed.checkpoints / f"step-{step}")
    assert torch.equal(resumed.weights(), whole.weights())
    losses = [evaluation.validation_loss for evaluation in whole.evaluations()]
    after = [evaluation.validation_loss for evaluation in resumed.evaluations()]
    assert after == losses[-len(after) :]


def test_with_bfloat16_the_mean_is_taken_in_float32(tiny_encoder: Path, tmp_path: Path) -> None:
    settings = {"averaging": "tail", "averaging_share": 0.3, "learning_rate": 1e-5}
    plain = Training(tiny_encoder, tmp_path / "float32", **settings)
    quick = Training(tiny_encoder, tmp_path / "bfloat16", **settings, precision="bfloat16")
    before = plain.weights().clone()
    for job in (plain, quick):
        job.run()
    moved, moved_quickly = (job.weights() - before for job in (plain, quick))
    cosine = torch.nn.functional.cosine_similarity(moved, moved_quickly, dim=0)
    assert cosine > 0.9
