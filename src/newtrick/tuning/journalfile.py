"""The file that tells of all trials, appended to by any number of processes that may be killed.

Optuna's own file has locks that outlive a process that was killed while it held one, and a line
that such a process left half written swallows the next.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from optuna.storages.journal import BaseJournalBackend

from newtrick.errors import StorageError
from newtrick.storage import storage_errors

logger = logging.getLogger("newtrick")


class JournalFile(BaseJournalBackend):
    """A line for each entry, in JSON.

    Args:
        path: Made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock")
        self._begins = [0]  # the byte at which each line begins that was read

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """The entries from a number on; a line without an end is being written, or torn off.

        Raises:
            StorageError: A line is damaged.
        """
        if not self._path.exists():
            return
        del self._begins[log_number_from + 1 :]
        with self._path.open("rb") as file:
            file.seek(self._begins[-1])
            for line in file:
                if not line.endswith(b"\n"):
                    return
                entry = self._parsed(line)
                self._begins.append(self._begins[-1] + len(line))
                yield entry

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries, when no other process does; the system ends the lock of one that is gone.

        Raises:
            StorageError: The disk is full or the file cannot be written.
        """
        lines = "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in logs).encode()
        with storage_errors(self._path, size=len(lines)), self._lock:
            before = self._cut_torn_line()
            with self._path.open("ab") as file:
                try:
                    file.write(lines)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(before)
                    raise

    def _cut_torn_line(self) -> int:
        """Leave out what follows the last whole line; the size of the rest."""
        if not self._path.exists():
            return 0
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            logger.warning("The last line of %s was torn off: it is left out.", self._path.name)
            os.truncate(self._path, whole)
        return whole

    def _parsed(self, line: bytes) -> dict[str, Any]:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise StorageError(
                "The record of the trials is damaged.",
                where=f"{self._path}, line {len(self._begins):,}",
                found=str(error),
                fix="cut the file before this line; trials that are told of later are done again",
            ) from error
        return entry
