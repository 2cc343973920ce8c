from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.test_loop import Training

from newtrick.encoder.batches import Batch
from newtrick.encoder.forward import Forward, forward_of
from newtrick.encoder.memory import is_out_of_memory
from newtrick.errors import OutOfMemory
from newtrick.evaluation.predict import predict_logits
from newtrick.journal import Step
from newtrick.training.objectives import Classification

FAILURES = (
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 2 bytes"),
    torch.OutOfMemoryError("CUDA out of memory."),
    MemoryError(),
)
STEPS = 10


class SmallMemory:
    """Lets some passes fail, and then all with more than so many tokens.

    Args:
        failure: With this error.
        first_pass: From this pass on.
        most: Tokens of a batch that still fit.
    """

    def __init__(self, failure: Exception, first_pass: int = 0, most: int = 300) -> None:
        self._failure, self._first_pass, self._most = failure, first_pass, most
        self._passes = 0
        self.failed = 0

    def look_at(self, batch: Batch) -> None:
        self._passes += 1
        if self._passes > self._first_pass and batch.input_ids.numel() > self._most:
            self.failed += 1
            raise self._failure


@pytest.fixture
def make(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Training]:
    def training(name: str, **settings: object) -> Training:
        settings = {"epochs": 1, "learning_rate": 0.001, **settings}
        job = Training(tiny_encoder, tmp_path / name, **settings)
        for module in job.encoder.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        return job

    return training


def limit_training(memory: SmallMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    loss_sum = Classification.loss_sum

    def limited(self: Classification, forward: Forward, batch: Batch) -> torch.Tensor:
        loss = loss_sum(self, forward, batch)
        memory.look_at(batch)
        return loss

    monkeypatch.setattr(Classification, "loss_sum", limited)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("step", [1, 5, STEPS])
def test_a_step_that_does_not_fit_is_repeated_in_smaller_batches(
    make: Callable[[str], Training],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    step: int,
) -> None:
    whole, tight = make("whole"), make("tight")
    whole.run()
    memory = SmallMemory(failure, first_pass=step - 1, most=150)
    limit_training(memory, monkeypatch)
    tight.run()
    assert memory.failed
    assert "The memory is full" in caplog.text
    assert [event.step for event in tight.events if isinstance(event, Step)] == [
        *range(1, STEPS + 1)
    ]
    torch.testing.assert_close(tight.weights(), whole.weights(), atol=1e-5, rtol=0)


def test_texts_in_windows_stay_whole_in_smaller_batches(
    make: Callable[..., Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = {"data.truncation": "windows", "data.max_tokens": 7}
    whole, tight = make("whole", **reading), make("tight", **reading)
    assert set(whole.rows.tokens.windows) == {1, 2, 3}
    whole.run()
    memory = SmallMemory(FAILURES[0], most=40)
    limit_training(memory, monkeypatch)
    tight.run()
    assert memory.failed
    torch.testing.assert_close(tight.weights(), whole.weights(), atol=1e-5, rtol=0)


def test_an_evaluation_that_does_not_fit_goes_on_in_smaller_batches(
    make: Callable[[str], Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make("job")
    encoder, tokens = job.encoder, job.validation.tokens
    forward = forward_of(encoder.model)
    expected = predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=32)
    memory = SmallMemory(FAILURES[0], first_pass=1)

    def limited(batch: Batch) -> torch.Tensor:
        memory.look_at(batch)
        return forward(batch)

    monkeypatch.setattr("newtrick.evaluation.predict.forward_of", lambda _model: limited)
    logits = predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=32)
    assert memory.failed
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_what_does_not_fit_in_any_size_is_told(
    make: Callable[[str], Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_training(SmallMemory(FAILURES[0], most=0), monkeypatch)
    with pytest.raises(OutOfMemory, match="single text") as caught:
        make("job").run()
    assert "data.max_tokens" in str(caught.value)


def test_a_text_whose_windows_do_not_fit_together_is_told(
    make: Callable[..., Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_training(SmallMemory(FAILURES[0], most=20), monkeypatch)
    with pytest.raises(OutOfMemory, match="single text") as caught:
        make("job", **{"data.truncation": "windows", "data.max_tokens": 7}).run()
    assert "max_windows" in str(caught.value)


def test_other_errors_are_not_taken_for_a_full_memory() -> None:
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("can't allocate memory"))
