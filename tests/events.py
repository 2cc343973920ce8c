"""Events of a journal as tests want them: sound ones, but for what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from newtrick.journal import Evaluation, Plan, Step

_PLAN = Plan(
    steps=300,
    epochs=3.0,
    steps_per_epoch=100,
    evaluate_every_steps=100,
    rows=3200,
    validation_rows=1000,
    base_loss=0.6931,
    validation_base_loss=0.6931,
    validation_base_accuracy=0.5,
    peak_learning_rate=1e-4,
    parameters=9,
    precision="float32",
)
_STEP = Step(
    step=1, epoch=0.01, rows=32, loss=0.6, learning_rate=1e-4, gradient_norm=1.0, seconds=0.1
)
_EVALUATION = Evaluation(
    step=100,
    epoch=1.0,
    training_loss=0.5,
    validation_loss=0.45,
    accuracy=0.8,
    f1=0.8,
    macro_f1=0.8,
    top_answer="pos",
    top_answer_share=0.52,
    encoder_change=0.02,
    head_change=0.5,
    seconds=1.0,
    best=True,
)


def plan(**changes: Any) -> Plan:
    """Three epochs of 100 steps on two classes of the same size."""
    return replace(_PLAN, **changes)


def step(number: int, **changes: Any) -> Step:
    """A step on 32 rows."""
    return replace(_STEP, **({"step": number, "epoch": number / 100} | changes))


def evaluation(number: int, **changes: Any) -> Evaluation:
    """An evaluation after a step."""
    return replace(_EVALUATION, **({"step": number, "epoch": number / 100} | changes))
