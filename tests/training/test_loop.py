from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.tiny import MODELS, head_of, make_reviews

from newtrick.data.dataset import LabelSet
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.errors import Interrupted, NewtrickError
from newtrick.evaluation.metrics.probability import log_loss
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.result import TrainingSummary
from newtrick.journal import Checkpoint, End, Evaluation, Event, Resume, Step
from newtrick.recipe import Recipe
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.loop import train
from newtrick.training.objectives import objective_of
from newtrick.training.validation import LabelledTokens

LABELS = LabelSet(("neg", "pos"), "pos")


class Training:
    """One training of a tiny encoder on easy reviews, and what it told."""

    def __init__(self, folder: Path, checkpoints: Path, **settings: object) -> None:
        small: dict[str, object] = {
            "model.name": str(folder),
            "data.max_tokens": 32,
            "training.learning_rate": 0.01,
            "training.train_batch_size": 16,
            "training.epochs": 2,
            "training.precision": "float32",
        }
        named = {
            name if "." in name else f"training.{name}": value for name, value in settings.items()
        }
        self.recipe = Recipe().with_settings(small | named)
        self.encoder: Encoder = load_encoder(self.recipe, LABELS)
        self.rows = self._labelled(160, seed=1)
        self.validation = self._labelled(60, seed=2)
        self.checkpoints = checkpoints
        self.events: list[Event] = []
        self.stop = StopRequest()
        self._stop_at: int | None = None

    def _labelled(self, rows: int, seed: int) -> LabelledTokens:
        texts, labels = zip(*make_reviews(rows, seed), strict=True)
        ids = np.array([LABELS.label2id[label] for label in labels])
        return LabelledTokens(self.encoder.tokenize(texts), ids)

    def run(self, resume_from: Path | None = None) -> TrainingSummary:
        return train(
            self.encoder,
            objective_of(self.rows.labels, LABELS, self.recipe.training),
            self.rows.tokens,
            self.validation,
            self.recipe.training,
            checkpoints=Checkpoints(self.checkpoints, self.recipe.training.keep_checkpoints),
            stop=self.stop,
            tell=self.tell,
            resume_from=resume_from,
        )

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if self._stop_at is not None and isinstance(event, Step) and event.step == self._stop_at:
            self.stop.made = signal.SIGTERM

    def stop_at(self, step: int) -> None:
        """Ask it to stop after a step."""
        self._stop_at = step

    def evaluations(self) -> list[Evaluation]:
        return [event for event in self.events if isinstance(event, Evaluation)]

    def validation_loss(self) -> float:
        logits = predict_logits(
            self.encoder.model, self.validation.tokens, pad_id=self.encoder.pad_id, batch_size=64
        )
        return log_loss(logits, self.validation.labels.astype(np.int64))

    def weights(self) -> torch.Tensor:
        return torch.cat(
            [weights.detach().flatten() for weights in self.encoder.model.parameters()]
        )


@pytest.fixture
def training(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Training]:
    numbers = iter(range(100))
    return lambda **settings: Training(
        tiny_encoder, tmp_path / f"checkpoints-{next(numbers)}", **settings
    )


@pytest.mark.parametrize("model_type", MODELS)
def test_every_kind_of_encoder_learns(
    model_type: str, encoder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    job = Training(encoder_of(model_type), tmp_path / "checkpoints", epochs=4)
    before = job.validation_loss()
    job.run()
    assert job.validation_loss() < 0.7 * before


def test_the_same_seed_gives_the_same_weights(training: Callable[..., Training]) -> None:
    one, same, other = training(seed=3), training(seed=3), training(seed=4)
    for job in (one, same, other):
        job.run()
    assert torch.equal(one.weights(), same.weights())
    assert not torch.equal(one.weights(), other.weights())


def test_training_leaves_the_callers_random_numbers_alone(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=1)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    job.run()
    assert torch.equal(torch.rand(1), expected)


def test_small_batches_summed_give_the_step_of_a_large_batch(
    training: Callable[..., Training],
) -> None:
    settings = {"epochs": 0.1, "learning_rate": 0.001, "precision": "float32"}
    large, summed = (
        training(train_batch_size=160, **settings),
        training(train_batch_size=40, accumulation_steps=4, **settings),
    )
    for job in (large, summed):
        job.encoder.model.config.hidden_dropout_prob = 0.0
        for module in job.encoder.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        assert job.run().last_step == 1
    torch.testing.assert_close(large.weights(), summed.weights(), atol=1e-5, rtol=0)


def test_the_model_is_left_with_its_best_weights_and_the_journal_says_which(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=6, evaluate_every_steps=5, learning_rate=0.05, best_by="loss")
    summary = job.run()
    best = min(job.evaluations(), key=lambda evaluation: evaluation.validation_loss)
    assert summary.best_step == best.step
    assert [e.step for e in job.evaluations() if e.best][-1] == best.step
    assert job.validation_loss() == pytest.approx(best.validation_loss, abs=1e-6)


def test_the_best_and_the_last_checkpoint_stay_on_disk(training: Callable[..., Training]) -> None:
    job = training(epochs=6, evaluate_every_steps=5, learning_rate=0.05, checkpoint_every_steps=3)
    summary = job.run()
    assert summary.best_step < summary.last_step
    assert {path.name for path in job.checkpoints.iterdir()} == {
        f"step-{summary.best_step}",
        f"step-{summary.last_step}",
    }
    saved = [event.step for event in job.events if isinstance(event, Checkpoint)]
    assert saved == sorted({*range(3, 61, 3), *range(5, 61, 5)})


def test_evaluations_come_every_so_many_steps_and_at_the_end(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=1.5, evaluate_every_steps=4)
    summary = job.run()
    assert summary.last_step == 15
    assert [evaluation.step for evaluation in job.evaluations()] == [4, 8, 12, 15]
    assert job.evaluations()[1].epoch == pytest.approx(0.8)
    each_epoch = training(epochs=2)
    each_epoch.run()
    assert [evaluation.step for evaluation in each_epoch.evaluations()] == [10, 20]


def test_the_training_loss_of_an_evaluation_is_the_mean_since_the_last(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=1, evaluate_every_steps=5)
    job.run()
    steps = [event.loss for event in job.events if isinstance(event, Step)]
    assert job.evaluations()[1].training_loss == pytest.approx(np.mean(steps[5:]))


def test_patience_ends_a_run_that_does_not_get_better(training: Callable[..., Training]) -> None:
    job = training(epochs=50, learning_rate=1e-9, patience=2, best_by="accuracy", schedule="linear")
    summary = job.run()
    assert summary.stopped_by == "patience"
    assert summary.last_step < 500


def test_max_minutes_ends_a_run_with_an_evaluation_and_a_small_learning_rate(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=1000, max_minutes=0.01)
    summary = job.run()
    rates = [event.learning_rate for event in job.events if isinstance(event, Step)]
    assert summary.stopped_by == "max_minutes"
    assert summary.seconds < 3
    assert job.evaluations()[-1].step == summary.last_step
    assert rates[-1] < 0.2 * max(rates)


def test_a_request_to_stop_is_met_after_the_step_and_all_is_saved(
    training: Callable[..., Training],
) -> None:
    job = training(epochs=50)
    job.stop_at(23)
    with pytest.raises(Interrupted, match="SIGTERM") as caught:
        job.run()
    assert "step 23" in str(caught.value)
    assert [event.step for event in job.events if isinstance(event, Step)][-1] == 23
    assert (job.checkpoints / "step-23").is_dir()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("step", [1, 9, 10, 17])
def test_a_stopped_training_ends_with_the_weights_of_one_that_was_not(
    training: Callable[..., Training], precision: str, step: int
) -> None:
    settings = {"evaluate_every_steps": 7, "accumulation_steps": 2, "precision": precision}
    whole, stopped, resumed = (training(epochs=4, **settings) for _ in range(3))
    whole.run()
    stopped.stop_at(step)
    with pytest.raises(Interrupted):
        stopped.run()
    shutil.copytree(stopped.checkpoints, resumed.checkpoints)
    summary = resumed.run(resume_from=resumed.checkpoints / f"step-{step}")
    assert torch.equal(resumed.weights(), whole.weights())
    assert summary.useful_tokens == 4 * whole.rows.tokens.lengths.sum()
    assert [event.step for event in resumed.events if isinstance(event, Resume)] == [step]
    losses = {event.step: event.loss for event in whole.events if isinstance(event, Step)}
    after = {event.step: event.loss for event in resumed.events if isinstance(event, Step)}
    assert after.items() < losses.items()
    later = [replace(event, seconds=0) for event in resumed.evaluations()]
    assert later == [replace(event, seconds=0) for event in whole.evaluations()][-len(later) :]


def test_an_evaluation_that_is_broken_off_is_made_up_for(
    training: Callable[..., Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, stopped, resumed = (training(evaluate_every_steps=7) for _ in range(3))
    whole.run()

    def ask_and_score(*arguments: Any, **options: Any) -> Any:
        stopped.stop.made = signal.SIGTERM
        return predict_logits(*arguments, **options)

    monkeypatch.setattr("newtrick.training.validation.predict_logits", ask_and_score)
    with pytest.raises(Interrupted):
        stopped.run()
    monkeypatch.undo()
    assert not stopped.evaluations()
    shutil.copytree(stopped.checkpoints, resumed.checkpoints)
    resumed.run(resume_from=resumed.checkpoints / "step-7")
    assert torch.equal(resumed.weights(), whole.weights())
    assert [e.step for e in resumed.evaluations()] == [7, 14, 20]


def test_no_step_begins_after_max_minutes_also_of_a_resumed_training(
    training: Callable[..., Training],
) -> None:
    settings = {"epochs": 1000, "max_minutes": 0.02}
    job, resumed = training(**settings), training(**settings)
    job.stop_at(40)
    with pytest.raises(Interrupted):
        job.run()
    before = [event for event in job.events if isinstance(event, Step)][-1]
    shutil.copytree(job.checkpoints, resumed.checkpoints)
    resumed.run(resume_from=resumed.checkpoints / "step-40")
    steps = [event for event in resumed.events if isinstance(event, Step)]
    assert steps[0].seconds >= before.seconds
    end = resumed.events[-1]
    assert isinstance(end, End)
    assert steps[-2].seconds < 1.2 <= end.seconds


def test_figures_count_useful_tokens_and_padding(training: Callable[..., Training]) -> None:
    job = training(epochs=2)
    summary = job.run()
    assert summary.useful_tokens == 2 * job.rows.tokens.lengths.sum()
    assert 0 < summary.padding_share < 0.2
    assert summary.epochs == 2
    assert (summary.peak_memory_bytes or 0) > 50 * 2**20


def test_a_loss_that_is_not_finite_ends_training_and_says_what_to_do(
    training: Callable[..., Training],
) -> None:
    job = training()
    with torch.no_grad():
        head_of(job.encoder.model).fill_(float("nan"))
    with pytest.raises(NewtrickError, match="not finite") as caught:
        job.run()
    assert "learning_rate" in str(caught.value)
