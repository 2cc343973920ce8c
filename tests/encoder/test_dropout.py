from __future__ import annotations

import pytest
import torch
from torch import nn

from newtrick.encoder.dropout import QuickDropout, add_dropped, make_dropout_quick

MANY = torch.ones(1000, 1001)  # an odd number: the last random word is used in part


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_the_rate_and_the_mean_are_those_of_dropout(dtype: torch.dtype, rate: float) -> None:
    dropped = QuickDropout(rate)(MANY.to(dtype)).float()
    assert (dropped == 0).float().mean() == pytest.approx(rate, abs=0.002)
    assert dropped.mean() == pytest.approx(1, abs=0.005)


def test_neighbours_are_dropped_independently() -> None:
    zero = (QuickDropout(0.5)(torch.ones(400_000)) == 0).float()
    for distance in (1, 2, 4, 8, 1000):
        together = (zero[:-distance] * zero[distance:]).mean()
        assert together == pytest.approx(0.25, abs=0.004)


def test_the_gradient_goes_where_the_numbers_went() -> None:
    values = torch.randn(50, 64, requires_grad=True)
    residual = torch.randn(50, 64, requires_grad=True)
    result = add_dropped(values, residual, 0.3)
    result.sum().backward()
    assert values.grad is not None
    torch.testing.assert_close(result, residual + values * values.grad)
    torch.testing.assert_close(residual.grad, torch.ones(50, 64))


def test_a_seed_decides_what_is_dropped() -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(add_dropped(torch.ones(64, 64), torch.zeros(64, 64), 0.5))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_swapping_keeps_rates_and_the_names_of_weights() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.25), nn.Linear(2, 2)))
    names = list(model.state_dict())
    make_dropout_quick(model)
    dropout = model.get_submodule("1.0")
    assert isinstance(dropout, QuickDropout)
    assert dropout.p == 0.25
    assert list(model.state_dict()) == names
    model.eval()
    assert torch.equal(dropout(MANY), MANY)
