from __future__ import annotations

from pathlib import Path

import pytest

from newtrick.machine.energy import EnergyMeter


def counter(folder: Path, name: str, used: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "max_energy_range_uj").write_text("262143328850\n")
    (folder / "energy_uj").write_text(f"{used}\n")
    return folder


@pytest.fixture
def counters(tmp_path: Path) -> Path:
    counter(tmp_path / "intel-rapl:0", "package-0", 5_000_000)
    counter(tmp_path / "intel-rapl:0:0", "core", 4_000_000)
    counter(tmp_path / "intel-rapl:0:1", "dram", 1_000_000)
    counter(tmp_path / "intel-rapl:1", "psys", 9_000_000)
    return tmp_path


def test_processors_and_their_memory_are_added_up_and_nothing_twice(counters: Path) -> None:
    meter = EnergyMeter(counters)
    counter(counters / "intel-rapl:0", "package-0", 35_000_000)
    counter(counters / "intel-rapl:0:0", "core", 24_000_000)
    counter(counters / "intel-rapl:0:1", "dram", 3_500_000)
    counter(counters / "intel-rapl:1", "psys", 99_000_000)

    assert meter.joules() == 32.5
    assert meter.joules() == 32.5


def test_a_counter_that_begins_again_goes_on(counters: Path) -> None:
    meter = EnergyMeter(counters)
    counter(counters / "intel-rapl:0", "package-0", 1_000_000)

    assert meter.joules() == pytest.approx(262143.32885 - 4)


def test_what_cannot_be_read_is_not_known(counters: Path, tmp_path: Path) -> None:
    meter = EnergyMeter(counters)
    (counters / "intel-rapl:0:1" / "energy_uj").unlink()

    assert meter.joules() is None
    assert EnergyMeter(counters).joules() is None
    assert EnergyMeter(tmp_path / "none").joules() is None
