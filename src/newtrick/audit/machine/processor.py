"""Checks of the processor: cores, threads, instruction sets."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen
from newtrick.audit.machine.subject import MachineSubject, Processor


class LittleCpu(MachineCheck):
    """The process is given less than one core."""

    code = "little-cpu"
    topic = "cores"
    why = "Training stands still most of the time, however many cores the machine has."
    fix = "grant it whole cores: docker run --cpus 2, resources.limits.cpu in Kubernetes"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare what the process may use with one core."""
        processor = machine.processor
        usable = processor.usable
        if usable is None:
            yield Seen("how many there are is not known here", known=False)
        elif usable < 1:
            yield self.found(
                Severity.WARNING,
                f"the process is given {usable:.2g} of a core",
                {"usable": round(usable, 3)},
            )
        else:
            yield Seen(f"{usable:.3g} usable{_why_fewer(processor)}")


def _why_fewer(processor: Processor) -> str:
    reasons = []
    if processor.allowed and processor.cores and processor.allowed < processor.cores:
        reasons.append(f"the process may run on {processor.allowed}")
    if processor.quota and processor.cores and processor.quota < processor.cores:
        reasons.append(f"its control group has time for {processor.quota:.3g}")
    return f" of {processor.cores}: {', '.join(reasons)}" if reasons else ""


class ThreadCount(MachineCheck):
    """Torch computes with fewer threads than there are cores, or with more than it is given."""

    code = "thread-count"
    topic = "threads"
    why = (
        "With fewer, cores stand idle; with more than a quota pays for, threads wait for each other"
        " while all of them are stopped."
    )
    fix = "export OMP_NUM_THREADS=CORES, or unset what sets it"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare the threads with what can compute side by side."""
        processor = machine.processor
        threads, useful = processor.threads, processor.useful_threads
        if threads is None or useful is None:
            yield Seen("not known here", known=False)
            return
        evidence = {"threads": threads, "useful": useful}
        limiting = _limiting(processor)
        if threads < useful and (limiting or 2 * threads < useful):
            cause = f", since {limiting[0]}={limiting[1]}" if limiting else ""
            yield self.found(
                Severity.WARNING,
                f"torch computes with {_threads(threads)} where {useful} cores are usable{cause}",
                evidence,
                fix=f"unset {limiting[0]}" if limiting else f"export OMP_NUM_THREADS={useful}",
            )
        elif processor.usable is not None and threads > max(1, processor.usable):
            yield self.found(
                Severity.WARNING,
                f"torch computes with {_threads(threads)} where {processor.usable:.2g} cores are"
                " usable",
                evidence,
                fix=f"export OMP_NUM_THREADS={useful}",
            )
        else:
            yield Seen(f"torch computes with {_threads(threads)}")


def _limiting(processor: Processor) -> tuple[str, str] | None:
    """The variable that set the number of threads, with its value."""
    for name, value in processor.thread_variables.items():
        if value == str(processor.threads):
            return name, value
    return None


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


class SlowProcessor(MachineCheck):
    """An x86 processor without AVX2."""

    code = "slow-processor"
    topic = "processor"
    why = "Training takes many times as long as on a processor of the last ten years."
    fix = (
        "take another machine, or let the virtual machine pass the host's processor through; for"
        " reading tables, python -m pip install 'polars[rtcompat]'"
    )

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Look for the instruction sets that training lives on."""
        processor = machine.processor
        name = processor.name or processor.architecture
        if processor.instructions is None:
            yield Seen(f"{name}; its instruction sets are not known here", known=False)
        elif processor.lacks_avx2:
            yield self.found(Severity.WARNING, f"{name} has no AVX2", {"processor": name})
        else:
            sets = ", ".join(processor.instructions) or "none of the usual instruction sets"
            used = f"; training computes in {processor.precision}" if processor.precision else ""
            yield Seen(f"{name}: {sets}{used}")
