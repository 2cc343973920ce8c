"""What a job looks like in the terminal, on standard error: stages, progress, the growing table."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from newtrick.audit.finding import Finding
from newtrick.data.dataset import Note
from newtrick.journal import End, Evaluation, Event, MaskedEvaluation, Plan, Step
from newtrick.progress import Watcher
from newtrick.report.adapted import evaluated_in_words
from newtrick.report.table import (
    evaluation_line,
    evaluation_lines_header,
    evaluation_table,
    finding_lines,
)
from newtrick.report.wording import duration

_SECONDS_PER_LINE = 30.0


class Terminal(Watcher):
    """Draws a job live on a terminal; in a pipe or a file it writes a plain line now and then."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._handler = _Handler(self._print)
        self._title = ""
        self._done = 0
        self._total: int | None = None
        self._started = self._last_line = time.monotonic()
        self._forecast = ""
        self._plan: Plan | None = None
        self._evaluations: list[Evaluation] = []
        self._live = Live(console=self._console, refresh_per_second=4, get_renderable=self._draw)

    def __enter__(self) -> Self:
        logger = logging.getLogger("newtrick")
        logger.setLevel(logging.INFO)
        logger.addHandler(self._handler)
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._title = ""
        if self._console.is_terminal:
            self._live.stop()
        logging.getLogger("newtrick").removeHandler(self._handler)

    def _print(self, line: Text | str) -> None:
        # Lines of a log are not broken: whoever reads them has a width of their own.
        self._console.print(line, markup=False, soft_wrap=not self._console.is_terminal)

    def stage(self, title: str, total: int | None = None) -> None:
        """Show the title, with a bar if the work can be counted."""
        self._title, self._done, self._total = title, 0, total
        self._plan = None
        self._started = self._last_line = time.monotonic()
        self._forecast = ""
        if not self._console.is_terminal:
            self._print(title)

    def advance(self, done: int) -> None:
        """Move the bar, and forecast from the pace of the stage so far."""
        self._move(done, time.monotonic() - self._started)

    def note(self, note: Note) -> None:
        """One line, kept above what moves."""
        self._print(f"  {note.topic}: {note.message}")

    def finding(self, finding: Finding) -> None:
        """Two lines, kept above what moves."""
        for line in finding_lines([finding]):
            self._print(line)

    def event(self, event: Event) -> None:
        """Follow training: its length, its steps, its evaluations."""
        if isinstance(event, Plan):
            self._plan = event
            self._total = event.steps
        elif isinstance(event, Step):
            self._move(event.step, event.seconds)
        elif isinstance(event, Evaluation):
            self._evaluations.append(event)
            if not self._console.is_terminal:
                if len(self._evaluations) == 1:
                    self._print(evaluation_lines_header(event))
                self._print(evaluation_line(event))
        elif isinstance(event, MaskedEvaluation):
            self._print(f"  {evaluated_in_words(event)}")
        elif isinstance(event, End):
            reason = event.stopped_by.replace("_", " ")
            self._print(
                f"  Training ended after step {event.step:,} ({reason}); best is step"
                f" {event.best_step:,}."
            )

    def _move(self, done: int, seconds: float) -> None:
        self._done = done
        if self._total is not None:
            left = seconds / done * (self._total - done)
            if self._plan is not None and self._plan.max_seconds is not None:
                left = min(left, max(0.0, self._plan.max_seconds - seconds))
            self._forecast = f"about {duration(left)} left"
        due = time.monotonic() - self._last_line > _SECONDS_PER_LINE
        if due and not self._console.is_terminal:
            self._last_line = time.monotonic()
            parts = (self._count(), self._forecast)
            self._print(f"{self._title}: {', '.join(part for part in parts if part)}")

    def _count(self) -> str:
        if not self._done:
            return ""
        return f"{self._done:,}" + ("" if self._total is None else f" of {self._total:,}")

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._evaluations:
            parts.append(evaluation_table(self._evaluations))
        if self._title:
            parts.append(self._line())
        return Group(*parts)

    def _line(self) -> RenderableType:
        if self._total is None:
            return Text(f"{self._title} … {self._count()}")
        line = Table.grid(padding=(0, 1))
        line.add_row(
            self._title,
            ProgressBar(total=self._total, completed=self._done, width=30),
            self._count(),
            self._forecast,
        )
        return line


class _Handler(logging.Handler):
    """Shows what the stages log, above what moves."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        """Show the message of a record."""
        self._show(f"  {record.getMessage()}")
