from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.test_loop import Training

from newtrick.journal import Step
from newtrick.recipe import TrainingSettings
from newtrick.training.precision import choose_precision


def losses(folder: Path, checkpoints: Path, precision: str) -> list[float]:
    job = Training(folder, checkpoints, precision=precision, learning_rate=0.01, epochs=4)
    job.run()
    return [event.loss for event in job.events if isinstance(event, Step)]


def test_bfloat16_follows_the_loss_curve_of_float32(tiny_encoder: Path, tmp_path: Path) -> None:
    plain = losses(tiny_encoder, tmp_path / "float32", "float32")
    quick = losses(tiny_encoder, tmp_path / "bfloat16", "bfloat16")
    assert plain[-1] < 0.5 * plain[0]
    np.testing.assert_allclose(quick, plain, atol=0.02)


def test_weights_stay_float32_and_small_updates_are_not_lost(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    job = Training(
        tiny_encoder,
        tmp_path,
        precision="bfloat16",
        learning_rate=1e-6,
        epochs=0.1,
        warmup_share=0.0,
    )
    before = job.weights()
    job.run()
    change = (job.weights() - before).abs()
    assert job.weights().dtype is torch.float32
    assert 0 < change[change > 0].median() < 1e-5


def test_auto_takes_what_the_processor_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, expected in (({"avx512_bf16": True}, "bfloat16"), ({"avx2": True}, "float32")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert choose_precision(TrainingSettings()) == expected
    assert choose_precision(TrainingSettings(precision="float32")) == "float32"
