"""The error tree and the exit codes. A user's mistake ends in one of these, never in a traceback.

NewtrickError            1   something failed
├── UsageError           2   the call is wrong: an option, a name, a recipe
│   └── RecipeError      2   one or more settings of a recipe are wrong; all of them are listed
├── DataError            2   the data cannot be used as it is
├── ModelError           2   the model cannot be used
├── FetchError           2   no source gave what the catalogue promises
├── StorageError         2   the disk or the run folder
├── TrainingBrokeDown    1   the numbers are no longer finite; the best model so far is kept
├── AuditRefused         3   the audit found something that makes a result worthless
│   └── TrainingLost     3   going on with a training is of no use; the best model so far is kept
├── OutOfMemory          1   the memory does not hold a single text
├── WorkerLost          75   a process of a training by several has died; the run can be resumed
├── ClusterError         1   a cluster did not do what it was given
└── Interrupted         75   a signal (SIGTERM) ended a run, which can be resumed
    └── Stopped        130   that signal was Ctrl-C
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

SHOWN_DETAILS = 10


class NewtrickError(Exception):
    """Base of every error that newtrick raises on purpose.

    Args:
        what: What is wrong, in one sentence.
        where: The file, row, field or setting.
        found: The value that was found there.
        fix: What the user can do about it.
        details: One line for each single fault, when there are several.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        found: object = None,
        fix: str | None = None,
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = None if where is None else str(where)
        self.found = None if found is None else str(found)
        self.fix = fix
        self.details = tuple(details)

    def __str__(self) -> str:
        lines = [self.what]
        lines += [f"  - {line}" for line in self.details[:SHOWN_DETAILS]]
        if len(self.details) > SHOWN_DETAILS:
            lines.append(f"  - and {len(self.details) - SHOWN_DETAILS} more")
        parts = (("where", self.where), ("got", self.found), ("do", self.fix))
        lines += [f"  {name}: {value}" for name, value in parts if value]
        return "\n".join(lines)


class UsageError(NewtrickError, ValueError):
    """The call is wrong: an option, a name, a combination."""

    exit_code = 2


class RecipeError(UsageError):
    """One or more settings of a recipe are wrong."""


class DataError(NewtrickError, ValueError):
    """The data cannot be used as it is."""

    exit_code = 2


class ModelError(NewtrickError):
    """The model cannot be used."""

    exit_code = 2


class FetchError(NewtrickError):
    """No source gave what the catalogue promises."""

    exit_code = 2


class StorageError(NewtrickError):
    """The disk or the run folder cannot take what has to be written."""

    exit_code = 2


class TrainingBrokeDown(NewtrickError):
    """The numbers of a training are no longer finite; the best model so far is kept."""


class AuditRefused(NewtrickError):
    """The audit found something that makes a result worthless."""

    exit_code = 3


class TrainingLost(AuditRefused):
    """Going on with a training is of no use; the best model so far is kept."""


class OutOfMemory(NewtrickError):
    """The memory does not hold what a single text needs."""


class WorkerLost(NewtrickError):
    """A process of a training by several has died, and with it the step that all were in."""

    exit_code = 75


class ClusterError(NewtrickError):
    """A cluster did not do what it was given."""


class Interrupted(NewtrickError):
    """A signal ended a run, which can be resumed; 75 is what sysexits.h calls EX_TEMPFAIL."""

    exit_code = 75


class Stopped(Interrupted):
    """The user pressed Ctrl-C."""

    exit_code = 130


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The nearest of the valid names as a hint, or the list of them when none is near.

    >>> did_you_mean("learnig_rate", ["learning_rate", "epochs"])
    'did you mean learning_rate?'
    """
    valid = list(names)
    near = (
        difflib.get_close_matches(name, valid, n=1)
        or [other for other in valid if name and other.startswith(name)]
        or (valid if len(valid) == 1 else [])
    )
    if near:
        return f"did you mean {near[0]}?"
    shown = ", ".join(valid[:SHOWN_DETAILS])
    return f"one of: {shown}" + (", ..." if len(valid) > SHOWN_DETAILS else "")
