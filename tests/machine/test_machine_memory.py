from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from newtrick.machine.cgroups import Limits
from newtrick.machine.memory import look_at_memory, usable_memory

MEMINFO = "MemTotal:       24000000 kB\nMemFree:  100 kB\nMemAvailable:   20000000 kB\n"


def write(root: Path, content: str) -> None:
    (root / "proc").mkdir()
    (root / "proc" / "meminfo").write_text(content, "utf-8")


def test_available_memory_and_the_limit_are_read(tmp_path: Path) -> None:
    write(tmp_path, MEMINFO)
    memory = look_at_memory(tmp_path, Limits(memory=8_000, memory_left=3_000))
    assert (memory.total, memory.available) == (24_576_000_000, 20_480_000_000)
    assert memory.usable == 3_000
    assert look_at_memory(tmp_path, Limits()).usable == 20_480_000_000


@pytest.mark.parametrize("content", [None, "", "MemTotal: many\nMemAvailable: none"])
def test_without_meminfo_the_total_is_taken_or_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write(tmp_path, content)
    assert look_at_memory(tmp_path, Limits()).available is None


def test_the_peak_of_a_process_grows_with_what_it_holds() -> None:
    code = (
        "from newtrick.machine.memory import peak_memory\n"
        "before = peak_memory()\n"
        "bytearray(before + 2**26)[:: 4096]\n"
        "print(before, peak_memory())"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    before, after = map(int, answer.stdout.split())
    assert after > before


def test_what_could_still_be_taken_is_less_than_there_is() -> None:
    usable, total = usable_memory(), look_at_memory(Path("/"), Limits()).total
    assert usable is not None
    assert total is not None
    assert 0 < usable < total
