"""How long `newtrick train` takes from the start of its process to its first optimizer step.

    python bench/start_up.py                              # 25,000 IMDb reviews, two minutes
    python bench/start_up.py --rows 2000 --json start.json

The same command is started in a cache with the model and nothing that is prepared, and then, a few
times, in the cache that it has left; of these the quickest counts, for a disturbance only ever
costs time. Each process is killed after its first step. It is ready when the journal has the plan
of its training, and has taken a step when the journal says so. Beside the seconds by the clock
stand those of the processor, all cores together.

Beside them stands what it takes to import the libraries that every start needs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast import tell
from newtrick.data.cache import cache_folder
from reviews import add_data_argument

IMPORTS = (
    "import gc; gc.disable()\n"
    "from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertModel"
)
NEWTRICK = "from newtrick.cli import main; main()"
BETWEEN_LOOKS = 0.005


@dataclass(frozen=True)
class Moment:
    """Seconds since the start of a process, and seconds that it has computed until then."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Start:
    """The moments of a run, or the only one of importing the libraries."""

    ready: Moment
    first_step: Moment | None = None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, help="train on a sample of so many (all there are)")
    parser.add_argument("--times", type=int, default=3, help="prepared starts (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    add_data_argument(parser)
    given = parser.parse_args()

    arguments = ["train", given.data]
    if given.rows:
        arguments += ["--set", f"data.max_train_rows={given.rows}"]
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        cache.mkdir()
        for kind in ("models", "data"):
            (cache / kind).symlink_to(cache_folder() / kind)
        tell("importing the libraries")
        imports = [time_imports() for _ in range(given.times)]
        tell("a start with nothing prepared")
        first = time_start(arguments, cache, Path(scratch) / "first")
        tell("starts with all prepared")
        others = [
            time_start(arguments, cache, Path(scratch) / f"again-{number}")
            for number in range(given.times)
        ]
    rows = {
        "imports alone": min(imports, key=lambda start: start.ready.seconds),
        "nothing prepared": first,
        "all prepared": min(others, key=lambda start: start.ready.seconds),
    }
    print_table(rows)
    if given.json:
        document = {"rows": [{"name": name, **figures(start)} for name, start in rows.items()]}
        given.json.write_text(json.dumps(document, indent=2) + "\n")


def time_imports() -> Start:
    """Load what every start has to load, as quickly as that can be."""
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", IMPORTS]) as process:  # noqa: S603 (our own)
        _, _, used = os.wait4(process.pid, 0)
    return Start(Moment(time.perf_counter() - started, used.ru_utime + used.ru_stime))


def time_start(arguments: Sequence[str], cache: Path, out: Path) -> Start:
    """Run `newtrick` until the journal has the first step, and kill it there."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (our own)
        [sys.executable, "-c", NEWTRICK, *arguments, "--out", str(out)],
        env={**os.environ, "NEWTRICK_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        moments = []
        for lines in (1, 2):
            wait_for(lines, out / "journal.jsonl", process)
            seconds = time.perf_counter() - started
            moments.append(Moment(seconds, cpu_seconds_of(process.pid)))
        process.kill()
    return Start(*moments)


def wait_for(lines: int, journal: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a journal has so many lines.

    Raises:
        RuntimeError: The process ended before.
    """
    while not journal.exists() or journal.read_bytes().count(b"\n") < lines:
        if process.poll() is not None:
            raise RuntimeError(f"newtrick ended by itself, with exit code {process.returncode}")
        time.sleep(BETWEEN_LOOKS)


def cpu_seconds_of(pid: int) -> float:
    """What a process has computed so far, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(start: Start) -> dict[str, float]:
    """The figures of a start by name; those that it does not have are absent."""
    moments = {"ready": start.ready, "first_step": start.first_step}
    return {
        f"{name}_{figure}": round(value, 3)
        for name, moment in moments.items()
        if moment is not None
        for figure, value in vars(moment).items()
    }


def print_table(rows: dict[str, Start]) -> None:
    """A line for each start."""
    print(f"{'':20}{'ready':>20}{'first step':>20}")
    print(f"{'':20}" + 2 * f"{'seconds':>10}{'CPU':>10}")
    for name, start in rows.items():
        print(f"{name:20}" + "".join(f"{value:10.2f}" for value in figures(start).values()))


if __name__ == "__main__":
    main()
