"""The number format of training: what the model computes with, and what its updates are kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from transformers import PreTrainedModel

from newtrick.journal import Event, Plan
from newtrick.machine.products import Precision, settle
from newtrick.recipe import TrainingSettings


def choose_precision(settings: TrainingSettings) -> Precision:
    """The format that the recipe names; for `auto` the one that this machine is quick in."""
    return settle(settings.precision)


def as_begun(settings: TrainingSettings, past: Sequence[Event]) -> TrainingSettings:
    """The settings of a run to go on with: in the format that was chosen at its beginning."""
    chosen = [event.precision for event in past if isinstance(event, Plan)]
    return settings.model_copy(update={"precision": chosen[0]}) if chosen else settings


class Weights:
    """The weights of a model in training.

    In bfloat16 the model computes with rounded copies; the weights proper, the sums of their
    gradients, and the optimizer's state are float32: an update much smaller than a weight, which
    bfloat16 with its 8 bits would round away, is kept (Micikevicius and others 2018).

    Args:
        model: Its weights are float32; in bfloat16 they are until `restore`.
        precision: What it computes with.
    """

    def __init__(self, model: PreTrainedModel, precision: Precision) -> None:
        self._model = model
        self._used = list(model.parameters())
        self.optimized = self._used
        if precision == "bfloat16":
            self.optimized = [
                nn.Parameter(used.detach().clone(), requires_grad=used.requires_grad)
                for used in self._used
            ]
            model.bfloat16()
        self._hooks = [
            used.register_post_accumulate_grad_hook(lambda used, kept=kept: _collect(used, kept))
            for used, kept in zip(self._used, self.optimized, strict=True)
            if kept is not used and used.requires_grad
        ]

    @torch.no_grad()
    def spread(self) -> None:
        """Give the model the weights as the optimizer has left them."""
        for used, kept in zip(self._used, self.optimized, strict=True):
            if used is not kept:
                used.copy_(kept)

    def forget_gradients(self) -> None:
        """Drop all gradients, also those of a step that broke off."""
        for used, kept in zip(self._used, self.optimized, strict=True):
            used.grad = kept.grad = None

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The model's state with its weights in float32."""
        return {name: tensor.float() for name, tensor in self._proper().items()}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take over what `state_dict` gave."""
        for name, tensor in self._proper().items():
            tensor.copy_(state[name])
        self.spread()

    def restore(self) -> None:
        """Make the model a float32 one again."""
        for hook in self._hooks:
            hook.remove()
        state = self.state_dict()
        self._model.float().load_state_dict(state)

    def _proper(self) -> dict[str, torch.Tensor]:
        """The model's weights proper and its buffers, by name."""
        kept = {id(used): kept for used, kept in zip(self._used, self.optimized, strict=True)}
        weights = dict(self._model.named_parameters(remove_duplicate=False))
        return {
            name: kept[id(weights[name])].detach() if name in weights else tensor
            for name, tensor in self._model.state_dict().items()
        }


def _collect(used: nn.Parameter, kept: nn.Parameter) -> None:
    """Add the gradient of a rounded weight to that of the weight proper, in float32."""
    if used.grad is not None:
        kept.grad = used.grad.float() if kept.grad is None else kept.grad.add_(used.grad)
        used.grad = None
