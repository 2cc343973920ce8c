"""The number format of training's matrix products; weights and updates are float32 throughout."""

from __future__ import annotations

from typing import Literal

import torch

from newtrick.recipe import TrainingSettings

Precision = Literal["float32", "bfloat16"]


def choose_precision(settings: TrainingSettings) -> Precision:
    """The format that the recipe names; for `auto` the one that the processor is made for.

    Products in bfloat16 are quick with AVX512-BF16 or AMX, and slow where they are emulated.
    """
    if settings.precision != "auto":
        return settings.precision
    able = torch.cpu.get_capabilities()
    native = able.get("avx512_bf16") or able.get("amx_bf16")
    return "bfloat16" if native else "float32"


def matrix_products(precision: Precision) -> torch.autocast:
    """A context in which the products of a model's forward pass are in this format."""
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")
