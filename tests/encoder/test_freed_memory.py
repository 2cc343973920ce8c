from __future__ import annotations

import subprocess
import sys

import pytest

FREED = """
import resource
import torch
from newtrick.encoder.memory import keep_freed_memory

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        torch.ones(2**24)  # 64 MiB, beyond what glibc keeps by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

asked = new_pages()
keep_freed_memory()
new_pages()
print(asked, new_pages())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that gives memory back")
def test_memory_of_freed_tensors_is_used_again_without_asking_the_system() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, check=True
    )
    before, after = map(int, answer.stdout.split())
    assert after < 0.75 * before
