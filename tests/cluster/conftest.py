"""A real Ray cluster of two nodes on this machine, with a processor each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class TwoNodes:
    """A head and a second node that can be lost."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster  # noqa: PLC0415 (only slow tests need it)

        self._cluster = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        self._second: Any = self._cluster.add_node(num_cpus=1)
        self.address: str = self._cluster.address

    def lose_one(self) -> None:
        """Kill the second node, as a power cut would."""
        self._cluster.remove_node(self._second, allow_graceful=False)
        self._second = None

    def whole(self) -> None:
        """Have two nodes again."""
        if self._second is None:
            self._second = self._cluster.add_node(num_cpus=1)

    def stop(self) -> None:
        """End all processes."""
        self._cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def _two_nodes() -> Iterator[TwoNodes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("RAY_worker_niceness", "0")  # or else another load on the machine starves them
        patch.setenv("PYTHONPATH", f"{ROOT / 'src'}:{ROOT}")
        cluster = TwoNodes()
        yield cluster
        cluster.stop()


@pytest.fixture
def two_nodes(_two_nodes: TwoNodes) -> TwoNodes:
    """A cluster of two nodes, both alive."""
    _two_nodes.whole()
    return _two_nodes
