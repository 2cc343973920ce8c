"""How much of a step is computed at once, so that it fits into the memory that is there."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import nn

from newtrick.encoder.batches import TOKENS_AT_ONCE

logger = logging.getLogger("newtrick")

_LEFT_FREE = 0.1


def tokens_that_fit(
    loss: Callable[[], torch.Tensor], tokens: int, optimized: list[nn.Parameter], usable: int | None
) -> int:
    """The most tokens to compute at once: the usual budget, or as many halves of it as it takes.

    An estimate from above: what one text keeps for its backward pass is counted, and a batch of
    many texts is taken to keep as much for each.

    Args:
        loss: Computes the loss of the longest text, with what its gradient needs.
        tokens: Of that text, which is never cut for the sake of memory.
        optimized: The weights; with their gradients and the two moments of Adam, they come first.
        usable: Bytes that the process could still take; None where that is not known.
    """
    if usable is None:
        return TOKENS_AT_ONCE
    room = (1 - _LEFT_FREE) * usable - 3 * sum(weight.nbytes for weight in optimized)
    each = kept_for_backward(loss) / tokens
    fitting = TOKENS_AT_ONCE
    while fitting > tokens and fitting * each > room:
        fitting //= 2
    if fitting < TOKENS_AT_ONCE:
        logger.warning(
            "The memory is short (%s MiB to be had): computing %s tokens at once instead of %s;"
            " the steps stay the same.",
            f"{usable / 2**20:,.0f}",
            f"{fitting:,}",
            f"{TOKENS_AT_ONCE:,}",
        )
    return fitting


def kept_for_backward(loss: Callable[[], torch.Tensor]) -> int:
    """The bytes that a loss keeps for its gradient, weights aside."""
    kept: dict[int, int] = {}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        if not tensor.is_leaf:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        held = loss()  # as long as it lives, no two of them lie at the same place
    del held
    return sum(kept.values())
