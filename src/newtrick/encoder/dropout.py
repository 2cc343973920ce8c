"""Dropout at the cost of a few random bits a number: a CPU draws them one after the other."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

_BITS = 16
_LOWEST = -(2 ** (_BITS - 1))


def make_dropout_quick(model: nn.Module) -> None:
    """Swap the dropout layers of a model for quick ones; its weights and their names stay."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, QuickDropout(child.p))


class QuickDropout(nn.Dropout):
    """Dropout whose rate is a multiple of 1/65,536."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - as torch names it
        """Drop numbers in training, do nothing else."""
        return quick_dropout(input, self.p if self.training else 0.0)


def quick_dropout(values: torch.Tensor, rate: float) -> torch.Tensor:
    """Some numbers set to 0, the others scaled so that the mean stays."""
    return values if rate == 0 else values * _kept(values, rate)


def add_dropped(values: torch.Tensor, residual: torch.Tensor, rate: float) -> torch.Tensor:
    """`residual + dropout(values)`, in one pass each way."""
    if rate == 0:
        return residual + values
    result: torch.Tensor = _AddDropped.apply(values, residual, rate)  # type: ignore[no-untyped-call]
    return result


class _AddDropped(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, values: torch.Tensor, residual: torch.Tensor, rate: float
    ) -> torch.Tensor:
        kept = _kept(values, rate)
        ctx.save_for_backward(kept)
        return torch.addcmul(residual, values, kept)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        (kept,) = ctx.saved_tensors
        return gradient * kept, gradient, None


def _kept(like: torch.Tensor, rate: float) -> torch.Tensor:
    """What each number is multiplied by: 0 at this rate, else what keeps the mean."""
    words = -(-like.numel() // (64 // _BITS))
    bits = torch.empty(words, dtype=torch.int64).random_(-(2**63), None)
    drawn = bits.view(torch.int16)[: like.numel()].view(like.shape)
    threshold = round(rate * 2**_BITS)
    kept = torch.ge(drawn, _LOWEST + threshold, out=torch.empty_like(like))
    return kept.mul_(1 / (1 - threshold / 2**_BITS))
