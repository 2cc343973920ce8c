"""Parameter groups and the learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from newtrick.recipe import TrainingSettings


def build_optimizer(
    parameters: Sequence[nn.Parameter], factors: Sequence[float], settings: TrainingSettings
) -> torch.optim.Optimizer:
    """AdamW or Adam; matrices decay, vectors (biases and normalisation weights) don't.

    Args:
        parameters: The weights.
        factors: What the learning rate of each is multiplied by.
        settings: Kind and constants.
    """
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for weights, factor in zip(parameters, factors, strict=True):
        groups.setdefault((factor, weights.ndim > 1), []).append(weights)
    kinds: dict[str, type[torch.optim.Adam]] = {
        "adamw": torch.optim.AdamW,
        "adam": torch.optim.Adam,
    }
    return kinds[settings.optimizer](
        [
            {
                "params": members,
                "weight_decay": settings.weight_decay if are_matrices else 0.0,
                "factor": factor,
            }
            for (factor, are_matrices), members in sorted(groups.items(), reverse=True)
        ],
        lr=settings.learning_rate,
        betas=(settings.adam_beta1, settings.adam_beta2),
        eps=settings.adam_epsilon,
        fused=True,
    )


def learning_rate(progress: float, settings: TrainingSettings) -> float:
    """The learning rate of a step.

    Args:
        progress: The share of training that is done in the middle of this step, in (0, 1).
        settings: Peak, schedule and warm-up.

    Returns:
        Rising in proportion during warm-up; then constant, or falling to 0 along a line or half a
        cosine wave.
    """
    warmup = settings.warmup_share
    if progress < warmup:
        return settings.learning_rate * progress / warmup
    fallen = min(1.0, (progress - warmup) / (1.0 - warmup))
    factor = {
        "constant": 1.0,
        "linear": 1.0 - fallen,
        "cosine": 0.5 * (1.0 + math.cos(math.pi * fallen)),
    }[settings.schedule]
    return settings.learning_rate * factor


def set_learning_rate(optimizer: torch.optim.Optimizer, value: float) -> None:
    """Set the learning rate, of which each parameter group takes its own part."""
    for group in optimizer.param_groups:
        group["lr"] = value * group["factor"]
