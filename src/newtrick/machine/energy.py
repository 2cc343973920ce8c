"""The energy that the processor has used, where the system lets its counters be read.

Linux has them under /sys/class/powercap, for processors with RAPL (Intel, AMD), most often for root
alone; virtual machines have none. They count whole processors, whatever else runs on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_COUNTERS = Path("/sys/class/powercap")
_MICROJOULES = 1_000_000


@dataclass
class _Counter:
    """A counter that begins again at its range."""

    folder: Path
    range: int
    last: int

    @classmethod
    def of(cls, folder: Path) -> _Counter:
        counter = cls(folder, int((folder / "max_energy_range_uj").read_text("ascii")), 0)
        counter.last = counter.read()
        return counter

    def read(self) -> int:
        return int((self.folder / "energy_uj").read_text("ascii"))

    def advance(self) -> int:
        """Microjoules since it was read before."""
        before, self.last = self.last, self.read()
        return self.last - before if self.last >= before else self.last + self.range - before


class EnergyMeter:
    """Adds up what processors and their memory use from now on.

    Args:
        counters: The folder that has a folder for each counter.
    """

    def __init__(self, counters: Path = _COUNTERS) -> None:
        self._used = 0
        try:
            self._counters = [_Counter.of(folder) for folder in _folders(counters)]
        except (OSError, ValueError):
            self._counters = []

    def joules(self) -> float | None:
        """What was used up to now; None where it cannot be known.

        It has to be asked for every few minutes: a counter that has begun again twice looks like
        one that has done so once.
        """
        try:
            self._used += sum(counter.advance() for counter in self._counters)
        except (OSError, ValueError):
            self._counters = []
        return self._used / _MICROJOULES if self._counters else None


def _folders(counters: Path) -> list[Path]:
    """Those of whole processors, and of their memory, which is not among what these count."""
    names = {path: (path / "name").read_text("ascii").strip() for path in counters.glob("*:*")}
    return [path for path, name in names.items() if name.startswith("package") or name == "dram"]
