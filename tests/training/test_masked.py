"""The loop with masked language modelling as its objective."""

from __future__ import annotations

import math
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import MODELS, make_echoes

from newtrick.encoder.masked import begin_with_frequencies, load_masked
from newtrick.errors import Interrupted
from newtrick.evaluation.result import TrainingSummary
from newtrick.journal import EncoderMoves, Event, MaskedEvaluation, Plan, Step
from newtrick.recipe import Recipe
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.loop import train
from newtrick.training.masked import Frequencies, HeldOutTexts, MaskedLanguage
from newtrick.training.masking import Masking


class Adapting:
    """One masked-language training of a tiny encoder, and what it told."""

    def __init__(self, folder: Path, checkpoints: Path, **settings: object) -> None:
        small: dict[str, object] = {
            "model.name": str(folder),
            "data.max_tokens": 32,
            "training.learning_rate": 0.01,
            "training.train_batch_size": 16,
            "training.epochs": 2,
            "training.precision": "float32",
        }
        named = {n if "." in n else f"training.{n}": value for n, value in settings.items()}
        self.recipe = Recipe().with_settings(small | named)
        self.encoder = load_masked(self.recipe)
        masking = Masking.of(self.encoder, self.recipe.adaptation)
        texts = make_echoes(220)
        self.rows = self.encoder.tokenize(texts[:160])
        frequencies = Frequencies.of(self.rows, masking)
        begin_with_frequencies(self.encoder.model, frequencies.log_shares)
        self.objective = MaskedLanguage(masking, masking.counts(self.rows), frequencies)
        held_out = self.encoder.tokenize(texts[160:])
        self.held_out = HeldOutTexts(held_out, masking, frequencies, seed=1)
        self.checkpoints = checkpoints
        self.events: list[Event] = []
        self.stop = StopRequest()
        self.stop_at: int | None = None

    def run(self, resume_from: Path | None = None, head_first: float = 0.0) -> TrainingSummary:
        return train(
            self.encoder,
            self.objective,
            self.rows,
            self.held_out,
            self.recipe.training,
            checkpoints=Checkpoints(self.checkpoints, self.recipe.training.keep_checkpoints),
            stop=self.stop,
            tell=self.tell,
            resume_from=resume_from,
            head_first=head_first,
        )

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Step) and event.step == self.stop_at:
            self.stop.made = signal.SIGTERM

    def evaluations(self) -> list[MaskedEvaluation]:
        return [event for event in self.events if isinstance(event, MaskedEvaluation)]

    def weights(self) -> dict[str, torch.Tensor]:
        return {name: w.detach().clone() for name, w in self.encoder.model.named_parameters()}


@pytest.fixture
def adapting(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Adapting]:
    numbers = iter(range(100))
    return lambda **settings: Adapting(
        tiny_encoder, tmp_path / f"checkpoints-{next(numbers)}", **settings
    )


@pytest.mark.parametrize("model_type", MODELS)
def test_every_kind_of_encoder_learns_to_guess_hidden_words(
    model_type: str, encoder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    job = Adapting(encoder_of(model_type), tmp_path / "checkpoints", epochs=20)
    job.run()
    first, *_, last = job.evaluations()
    assert last.validation_loss < first.validation_loss - 0.3
    assert last.perplexity == pytest.approx(math.exp(last.validation_loss))


def test_a_new_head_begins_with_what_is_known_without_a_model(
    adapting: Callable[..., Adapting],
) -> None:
    job = adapting()
    examiner = job.held_out.examiner(job.encoder, 64)
    answers = examiner.ask(StopRequest())
    assert answers.losses.mean() == pytest.approx(examiner.base_loss, abs=0.1)
    assert job.objective.base_loss < math.log(24)


def test_the_same_tokens_are_hidden_of_held_out_texts_each_time(
    adapting: Callable[..., Adapting],
) -> None:
    job = adapting()
    one, other = (job.held_out.examiner(job.encoder, 64).ask(StopRequest()) for _ in range(2))
    assert np.array_equal(one.losses, other.losses)
    assert np.array_equal(one.texts, other.texts)
    assert len(np.unique(one.texts)) == 60


def test_the_plan_says_what_is_known_without_a_model(adapting: Callable[..., Adapting]) -> None:
    job = adapting(epochs=0.5)
    job.run()
    plan = next(event for event in job.events if isinstance(event, Plan))
    assert plan.rows == 160
    assert plan.validation_rows == job.held_out.masking.counts(job.held_out.tokens).sum()
    assert plan.validation_base_loss == pytest.approx(math.log(24), abs=0.2)
    assert plan.validation_base_accuracy < 0.2


def test_at_first_the_head_learns_alone_if_it_is_to(adapting: Callable[..., Adapting]) -> None:
    job = adapting(epochs=4)
    job.run(head_first=0.3)
    moves = [event.step for event in job.events if isinstance(event, EncoderMoves)]
    assert moves == [12]  # of 40 steps
    at_first = {event.step: event.encoder_change for event in job.evaluations()}
    assert at_first[10] == at_first[12] == 0  # after an epoch, and at the end of the head's time
    assert all(event.head_change > 0 for event in job.evaluations())
    assert all(change > 0 for step, change in at_first.items() if step > 12)
    assert all(weights.requires_grad for weights in job.encoder.model.parameters())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("step", [1, 5, 6, 9, 17])
def test_a_stopped_adaptation_ends_with_the_weights_of_one_that_was_not(
    adapting: Callable[..., Adapting], precision: str, step: int
) -> None:
    settings: dict[str, object] = {
        "evaluate_every_steps": 7,
        "accumulation_steps": 2,
        "precision": precision,
        "adaptation.whole_words": True,
    }
    whole, stopped, resumed = (adapting(epochs=4, **settings) for _ in range(3))
    whole.run(head_first=0.3)
    stopped.stop_at = step
    with pytest.raises(Interrupted):
        stopped.run(head_first=0.3)
    shutil.copytree(stopped.checkpoints, resumed.checkpoints)
    resumed.run(resumed.checkpoints / f"step-{step}", head_first=0.3)
    told = [
        [(event.step, event.validation_loss, event.best) for event in job.evaluations()]
        for job in (whole, stopped, resumed)
    ]
    assert told[0] == told[1] + told[2]
    for name, weights in whole.weights().items():
        assert torch.equal(weights, resumed.weights()[name]), name
