from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.audit.machine.machines import MACHINE, found

from newtrick.doctor import trial


def test_a_tiny_model_learns_its_texts_in_seconds_and_leaves_no_trace() -> None:
    state = torch.random.get_rng_state()
    threads = torch.get_num_threads()
    test = trial.run_self_test()
    assert test.failure is None
    assert test.finished
    assert test.accuracy == 1.0
    assert test.first_loss == pytest.approx(0.69, abs=0.2)
    assert test.last_loss == pytest.approx(0, abs=0.1)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_learns_whatever_the_chance_and_the_precision(
    monkeypatch: pytest.MonkeyPatch, seed: int, precision: str
) -> None:
    settings = trial._SETTINGS.model_copy(update={"seed": seed, "precision": precision})
    monkeypatch.setattr(trial, "_SETTINGS", settings)
    machine = replace(MACHINE, self_test=trial.run_self_test())
    assert found(machine) == {}


def test_texts_that_contradict_each_other_are_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(text, number % 2) for number, (text, _) in enumerate([trial._ROWS[0]] * 96)]
    monkeypatch.setattr(trial, "_ROWS", rows)
    assert trial.run_self_test().accuracy == 0.5


def test_what_goes_wrong_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_ROWS", [(text, 2) for text, _ in trial._ROWS])
    assert trial.run_self_test().failure is not None
