"""Where a training stands between two steps: what a checkpoint takes down and gives back."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

import torch

from newtrick.encoder.tokens import TokenIds
from newtrick.journal import Examination, event_fields, event_of
from newtrick.recipe import TrainingSettings
from newtrick.training.average import Reach
from newtrick.training.checkpoint import Snapshot, Tensors
from newtrick.training.horizon import Horizon
from newtrick.training.order import Position, RowOrder
from newtrick.training.selection import Selection, Standing
from newtrick.training.step import Stepper, Tally


class TrainingState:
    """All that changes while a training goes on, beside the global random state.

    Attributes:
        step: Optimizer steps taken.
        evaluated_step: The step of the last evaluation; 0 before the first.
        stepper: Weights, their average, and the optimizer.
        order: What comes next.
        selection: The evaluations.
        horizon: The clock.
        since_evaluation: Sums over the steps since the last evaluation.
        in_all: Sums over all steps.
        is_saved: Whether it is on disk as it is.
        head_alone: Whether the last step moved the head alone, or before any the first one will.
    """

    def __init__(
        self, stepper: Stepper, rows: TokenIds, horizon: Horizon, settings: TrainingSettings
    ) -> None:
        self.step = self.evaluated_step = 0
        self.stepper = stepper
        self.order = RowOrder(rows.lengths, settings)
        self.selection = Selection(settings)
        self.horizon = horizon
        self.since_evaluation, self.in_all = Tally(), Tally()
        self.is_saved = False
        self.head_alone = False

    @property
    def best_step(self) -> int | None:
        """The step of the best evaluation, if there was one."""
        best = self.selection.best
        return None if best is None else best.step

    def snapshot(self) -> Snapshot:
        """This state, with that of the global random generator."""
        standing = self.selection.standing
        average = self.stepper.average
        with average.in_use():
            weights, trained = self.stepper.weights.state_dict(), average.tensors()
        arrays = {"torch_random_state": torch.get_rng_state(), **trained}
        values = {
            "step": self.step,
            "evaluated_step": self.evaluated_step,
            "seconds": self.horizon.seconds,
            "tokens_at_once": self.stepper.tokens_at_once,
            "average": asdict(average.reach),
            "order": asdict(self.order.position),
            "since_evaluation": asdict(self.since_evaluation),
            "in_all": asdict(self.in_all),
            "head_alone": self.head_alone,
        }
        if standing is not None:
            arrays["best_merits"] = torch.from_numpy(standing.merits)
            values["best"] = event_fields(standing.best)
            values["worse_in_a_row"] = standing.worse_in_a_row
        return Snapshot(
            weights=weights,
            optimizer=_optimizer_tensors(self.stepper.optimizer),
            arrays=arrays,
            values=values,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Become the state that a snapshot of the same training was taken of."""
        values = snapshot.values
        self.step, self.evaluated_step = values["step"], values["evaluated_step"]
        self.horizon = self.horizon.resumed(values["seconds"])
        self.order.go_to(Position(**values["order"]))
        self.since_evaluation = Tally(**values["since_evaluation"])
        self.in_all = Tally(**values["in_all"])
        self.head_alone = values["head_alone"]
        if "best" in values:
            self.selection.standing = Standing(
                best=cast("Examination", event_of(values["best"])),
                merits=snapshot.arrays["best_merits"].numpy().copy(),
                worse_in_a_row=values["worse_in_a_row"],
            )
        self.stepper.tokens_at_once = values["tokens_at_once"]
        self.stepper.weights.load_state_dict(snapshot.weights)
        reach = Reach(**values.get("average", {}))  # absent before there were averages
        self.stepper.average.restore(snapshot.arrays, reach)
        _give_back(self.stepper.optimizer, snapshot.optimizer)
        torch.set_rng_state(snapshot.arrays["torch_random_state"])
        self.is_saved = True


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """What the optimizer keeps, by the number of the weight and its own name for it."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": tensor
        for number, tensors in state.items()
        for name, tensor in tensors.items()
    }


def _give_back(optimizer: torch.optim.Optimizer, kept: Tensors) -> None:
    """Undo `_optimizer_tensors`; settings, such as the decay, stay those of this optimizer."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in kept.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor.clone()  # may lie in the file until then
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
