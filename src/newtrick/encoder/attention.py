"""Attention as matrix products: what torch's fused kernel does, quicker on a CPU when training.

The backward pass of the fused CPU kernel of torch 2.13 takes three to ten times as long as the
products that it stands for (8 texts × 12 heads × 256 tokens × width 32 in bfloat16: 33 ms against
10 ms). The price is memory for the weights of attention, heads × tokens² for each text; so texts
beyond `FUSED_FROM` tokens take the fused kernel.
"""

from __future__ import annotations

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from newtrick.encoder.dropout import quick_dropout

FUSED_FROM = 1024


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    padding: torch.Tensor | None,
    dropout: float,
) -> torch.Tensor:
    """Softmax(query · key / √width) · value (Vaswani and others 2017).

    Args:
        query: Shape (texts, heads, asking positions, width).
        key: Shape (texts, heads, tokens, width).
        value: The same.
        padding: True for padding, which only some last positions have: of these, shape
            (texts, 1, 1, last positions); None where nothing is padded.
        dropout: The share of attention weights that are dropped.

    Returns:
        Shape (texts, heads, asking positions, width).
    """
    if (tokens := key.shape[-2]) > FUSED_FROM:
        mask = None if padding is None else pad(~padding, (tokens - padding.shape[-1], 0), value=1)
        return scaled_dot_product_attention(query, key, value, mask, dropout_p=dropout)
    scores = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2))
    if padding is not None:
        with torch.no_grad():  # where a weight is 0, softmax gives no gradient back
            scores[..., -padding.shape[-1] :].masked_fill_(padding, -torch.inf)
    in_place = None if torch.is_grad_enabled() else scores
    weights = torch.softmax(scores, dim=-1, out=in_place)
    return torch.matmul(quick_dropout(weights, dropout), value)
