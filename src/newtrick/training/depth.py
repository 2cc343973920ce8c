"""Smaller learning rates for the lower layers, which know more of language at large.

Howard & Ruder (2018) gave each layer its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn
from transformers import PreTrainedModel

from newtrick.errors import UsageError


def learning_rate_factors(model: PreTrainedModel, decay: float) -> list[float]:
    """What the learning rate of each weight is multiplied by, in the order of `parameters()`.

    1 for what comes after the layers (head, pooler, last normalisation), `decay` for the last
    layer, its square for the one below, and so on; the least for the embeddings (Clark and others
    2020). With a decay of 1 the model is not looked into.

    Raises:
        UsageError: The model does not say what its layers are.
    """
    if decay == 1.0:
        return [1.0 for _ in model.parameters()]
    layers = _layers(model)
    depths = _depths(model, layers)
    return [decay ** (len(layers) + 1 - depths[id(weights)]) for weights in model.parameters()]


def _layers(model: PreTrainedModel) -> nn.ModuleList:
    """The list of modules that holds the most weights."""
    lists = [module for module in model.base_model.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise UsageError(
            "The layers of this model cannot be told apart.",
            where="training.layer_decay",
            found=f"a {type(model).__name__} without a list of layers",
            fix="--set training.layer_decay=1",
        )
    return max(lists, key=lambda each: sum(weights.numel() for weights in each.parameters()))


def _depths(model: PreTrainedModel, layers: nn.ModuleList) -> Mapping[int, int]:
    """The depth of each weight by its id: 0 for embeddings, 1 for the first layer, and so on.

    Weights that are defined before the layers lie below them, and those after above; tables of
    vectors (of tokens, positions, distances) are embeddings wherever they are defined.
    """
    within = {
        id(weights): depth
        for depth, layer in enumerate(layers, start=1)
        for weights in layer.parameters()
    }
    tables = {
        id(weights)
        for module in model.modules()
        if isinstance(module, nn.Embedding)
        for weights in module.parameters()
    }
    depths, beside = {}, 0
    for weights in model.parameters():
        if id(weights) in within:
            beside = len(layers) + 1
        depths[id(weights)] = 0 if id(weights) in tables else within.get(id(weights), beside)
    return depths
