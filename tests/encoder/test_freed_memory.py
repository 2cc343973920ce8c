from __future__ import annotations

import subprocess
import sys

import pytest

FREED = """
import resource
import torch
from newtrick.encoder.memory import spare_memory

def new_pages(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        held = [torch.ones(2**20 * size) for size in (3, 5, 9, 4)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

asked = new_pages(5)
spare_memory()
new_pages(3)
print(asked, new_pages(5))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that gives memory back")
def test_memory_of_freed_tensors_is_used_again_without_asking_the_system() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, check=True
    )
    before, after = map(int, answer.stdout.split())
    assert after < 0.1 * before
