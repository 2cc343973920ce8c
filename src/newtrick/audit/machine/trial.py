"""Checks of what the process does: what it prints, and what it learns."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen
from newtrick.audit.machine.subject import MachineSubject


class NotUtf8(MachineCheck):
    """Standard output is not written in UTF-8."""

    code = "not-utf-8"
    topic = "output"
    why = "A text with a letter that the encoding lacks cannot be printed, and ends the command."
    fix = "export PYTHONUTF8=1 (Windows: set PYTHONUTF8=1)"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare the encoding's proper name."""
        encoding = machine.encoding
        if encoding is None:
            yield Seen("its encoding is not known", known=False)
        elif codecs.lookup(encoding).name == "utf-8":
            yield Seen("in UTF-8")
        else:
            title = f"standard output is written in {encoding}"
            yield self.found(Severity.WARNING, title, {"encoding": encoding})


class WrongAnswer(MachineCheck):
    """A tiny model, trained on texts that a child could sort, does not learn them."""

    code = "wrong-answer"
    topic = "self-test"
    why = "The processor, torch or a package computes wrongly: no result of this machine counts."
    fix = (
        "train with --set training.precision=float32; and install the versions that newtrick was"
        " tested with: make install, in a new clone"
    )
    slow = 10.0

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """It has to know all its texts, more surely than it began; and soon."""
        test = machine.self_test
        if test is None:
            yield Seen("not run while packages are broken", known=False)
        elif test.failure or test.accuracy is None or not test.first_loss or not test.last_loss:
            title = f"a tiny model could not be trained: {test.failure}"
            yield self.found(Severity.ERROR, title, {"seconds": round(test.seconds, 1)})
        else:
            told = (
                f"a tiny model has {100 * test.accuracy:.1f} % of {test.rows} texts right, loss"
                f" {test.first_loss:.2f} to {test.last_loss:.2f}, in {test.seconds:.1f} s"
            )
            evidence = {
                "accuracy": round(test.accuracy, 4),
                "first_loss": round(test.first_loss, 4),
                "last_loss": round(test.last_loss, 4),
                "seconds": round(test.seconds, 1),
            }
            learned = test.accuracy == 1 and test.last_loss < test.first_loss / 2
            if test.finished and not learned:
                yield self.found(Severity.ERROR, told, evidence)
            elif test.seconds > self.slow or not test.finished:
                yield self.found(
                    Severity.WARNING,
                    f"{told}, where 2 s are usual",
                    evidence,
                    fix="end other programs; see the lines on cores and threads",
                )
            else:
                yield Seen(told)
