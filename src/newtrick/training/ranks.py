"""A team of processes that torch.distributed connects."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.distributed as dist

from newtrick.errors import WorkerLost
from newtrick.training.pace import Pace
from newtrick.training.precision import choose_precision
from newtrick.training.team import Rows, Work, share

MEETING = "NEWTRICK_MEETING"
"""Names a new file, through which processes that torchrun started on one machine meet."""

_LEADER = 0
_PATIENCE = dt.timedelta(days=1)
"""As long as the leader may be busy alone; a process that dies is noticed by its connection."""


@dataclass(frozen=True)
class Place:
    """The place of a process among those of a training.

    Attributes:
        rank: Which process it is; 0 leads.
        size: How many there are.
        meeting: The URL at which they meet: `file://` a new file, `tcp://` the leader, or `env://`.
    """

    rank: int
    size: int
    meeting: str

    @classmethod
    def of_environment(cls) -> Self:
        """As the variables that torchrun sets describe it."""
        meeting = os.environ.get(MEETING)
        return cls(
            int(os.environ["RANK"]),
            int(os.environ["WORLD_SIZE"]),
            f"file://{meeting}" if meeting else "env://",
        )


def speak_on_this_machine() -> None:
    """Have the processes connect through the loopback interface: no other machine can join."""
    os.environ["GLOO_SOCKET_IFNAME"] = "lo0" if sys.platform == "darwin" else "lo"


class Ranks:
    """This process and the others.

    The leader sends a training, then asks for one step after the other; the others wait for its
    word.

    Args:
        place: Where this process stands among them.
        options: Of the command line, that start as many again.

    Attributes:
        rank: Which process this is; 0 leads.
        size: How many there are.
        here: How many of them share this machine.

    Raises:
        WorkerLost: Of every method: a process has ended, or cannot be reached.
    """

    def __init__(self, place: Place, options: tuple[str, ...] = ()) -> None:
        self.rank, self.size, self.options = place.rank, place.size, options
        hosts = [""] * place.size
        with _connected():
            dist.init_process_group(
                "gloo",
                init_method=place.meeting,
                rank=place.rank,
                world_size=place.size,
                timeout=_PATIENCE,
            )
            dist.all_gather_object(hosts, platform.node())
        self.here = hosts.count(platform.node())
        self._threads = torch.get_num_threads()
        self._in_step = False

    @contextlib.contextmanager
    def training(self, work: Work) -> Iterator[None]:
        """Lead: inside the block, the others are there to take steps."""
        chosen = choose_precision(work.settings)  # by one for all
        settings = work.settings.model_copy(update={"precision": chosen})
        self._sent(replace(work, settings=settings))
        with self.sharing_threads():
            self.meet()
            try:
                yield
            finally:
                # One that broke off within a step has left the others there: they end with it.
                if not self._in_step:
                    self._word(None)

    def next_training(self) -> Work | None:
        """Help: the next training; None if there is none."""
        return self._sent(None)

    def meet(self) -> None:
        """Wait until all are here."""
        self.sums(0)

    def begin_step(self, pace: Pace) -> None:
        """Lead: have all take the next step."""
        self._in_step = True
        self._word(pace)

    def next_step(self) -> Pace | None:
        """Help: how to take the next step; None if there is none."""
        return self._word(None)

    def own(self, rows: Rows, lengths: Rows) -> Rows:
        """Those rows of a step that this process computes."""
        return share(rows, lengths, self.rank, self.size)

    def sum_gradients(self, weights: Sequence[torch.nn.Parameter]) -> None:
        """Give all processes the sum of their gradients.

        A weight that no process has a gradient of has none afterwards.
        """
        trained = [weight for weight in weights if weight.requires_grad]
        buffer = _flat(trained)
        for weight in trained:
            weight.grad = None
        with _connected():
            dist.all_reduce(buffer)
        having, *summed = buffer.split([len(trained), *(weight.numel() for weight in trained)])
        for weight, some, gradient in zip(trained, having.tolist(), summed, strict=True):
            weight.grad = gradient.view_as(weight) if some else None

    def sums(self, *figures: float) -> list[float]:
        """The sums of some figures over all processes; with this a step is through."""
        summed = torch.tensor(figures, dtype=torch.float64)
        with _connected():
            dist.all_reduce(summed)
        self._in_step = False
        result: list[float] = summed.tolist()
        return result

    @contextlib.contextmanager
    def sharing_threads(self) -> Iterator[None]:
        """Inside the block, the processes of a machine share the threads that one would have."""
        torch.set_num_threads(max(1, self._threads // self.here))
        try:
            yield
        finally:
            torch.set_num_threads(self._threads)

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Inside the block the others rest, and this one has their threads."""
        own = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            torch.set_num_threads(own)

    def leave(self) -> None:
        """Lead: tell the others that there is no more; anyone: let go of the connection."""
        if self.rank == _LEADER and not self._in_step:
            with contextlib.suppress(WorkerLost):
                self._sent(None)
        dist.destroy_process_group()

    @staticmethod
    def _sent(work: Work | None) -> Work | None:
        """What the leader gives."""
        sent = [work]
        with _connected():
            dist.broadcast_object_list(sent, src=_LEADER)
        return sent[0]

    @staticmethod
    def _word(pace: Pace | None) -> Pace | None:
        """What the leader says: how to take the next step, or that there is none."""
        said = torch.zeros(4, dtype=torch.float64)
        if pace is not None:
            said[:] = torch.tensor(
                [True, pace.rate, pace.progress, pace.head_alone], dtype=torch.float64
            )
        with _connected():
            dist.broadcast(said, src=_LEADER)
        go_on, rate, progress, head_alone = said.tolist()
        return Pace(rate, progress, head_alone=bool(head_alone)) if go_on else None


def _flat(weights: Sequence[torch.nn.Parameter]) -> torch.Tensor:
    """For each weight, whether it has a gradient; then all gradients, 0 where there is none."""
    has = torch.tensor([float(weight.grad is not None) for weight in weights])
    gradients = (
        torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights
    )
    return torch.cat([has, *(gradient.detach().flatten() for gradient in gradients)])


@contextlib.contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # what gloo raises, of whatever kind
        raise WorkerLost("A worker of the training is lost.") from error
