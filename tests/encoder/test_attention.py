from __future__ import annotations

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from newtrick.encoder.attention import FUSED_FROM, attend

Three = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def tensors(tokens: int, asking: int) -> Three:
    torch.manual_seed(0)
    query, key, value = (
        torch.randn(3, 2, size, 8, requires_grad=True) for size in (asking, tokens, tokens)
    )
    return query, key, value


@pytest.mark.parametrize(("tokens", "asking"), [(9, 9), (9, 1), (FUSED_FROM + 1, 5)])
@pytest.mark.parametrize("padded", [True, False])
def test_it_is_what_torch_calls_attention(tokens: int, asking: int, *, padded: bool) -> None:
    padding = mask = None
    if padded:
        padding = torch.tensor([[0, 0, 0], [1, 1, 1], [0, 0, 1]], dtype=torch.bool)[:, None, None]
        mask = torch.ones(3, 1, 1, tokens, dtype=torch.bool)
        mask[..., -3:] = ~padding
    given, same = tensors(tokens, asking), tensors(tokens, asking)
    ours = attend(*given, padding, 0.0)
    theirs = scaled_dot_product_attention(*same, mask)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(attend(*given, padding, 0.0), ours)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    for mine, other in zip(given, same, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, atol=1e-5, rtol=1e-4)


def test_dropped_weights_change_the_answer_and_keep_its_mean() -> None:
    query, key, value = (tensor.detach() for tensor in tensors(9, 9))
    plain = attend(query, key, value, None, 0.0)
    dropped = torch.stack([attend(query, key, value, None, 0.3) for _ in range(3000)])
    assert not torch.allclose(dropped[0], plain, atol=1e-3)
    torch.testing.assert_close(dropped.mean(dim=0), plain, atol=0.08, rtol=0)
