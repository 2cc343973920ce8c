"""Which sources of data and models answer, and which mirrors and proxies stand before them."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from huggingface_hub import constants, get_token

from newtrick.audit.machine.subject import Answer, Network
from newtrick.data.catalogue import DataEntry, ModelEntry, Source, catalogue
from newtrick.data.fetch import is_cached
from newtrick.data.sources import SourceError, package_index
from newtrick.data.sources.obtain import ask
from newtrick.doctor.masking import without_secrets
from newtrick.report.wording import duration

DEADLINE = 12.0
"""Seconds for all sources together: each has a shorter one, which a slow name server stretches."""


@dataclass(frozen=True)
class _Question:
    entry: str
    source: Source


def look_at_network(*, offline: bool) -> Network:
    """Ask every source of the catalogue at once.

    Args:
        offline: Ask none; so does HF_HUB_OFFLINE.
    """
    entries = list(catalogue().entries().values())
    unasked = "--offline" if offline else "HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else None
    return Network(
        cached={entry.name: is_cached(entry) for entry in entries},
        answers=() if unasked else ask_sources(entries),
        unasked=unasked,
        hub=without_secrets(constants.ENDPOINT),
        indexes=_indexes(),
        proxies={
            scheme: without_secrets(address)
            for scheme, address in urllib.request.getproxies().items()
            if scheme != "no"
        },
        has_token=get_token() is not None,
    )


def ask_sources(
    entries: Sequence[DataEntry | ModelEntry], *, deadline: float = DEADLINE
) -> tuple[Answer, ...]:
    """What each source of each entry answers, all of them asked at the same time.

    Args:
        entries: Of a catalogue.
        deadline: Seconds after which the others are given up.
    """
    questions = [_Question(entry.name, source) for entry in entries for source in entry.sources]
    answers: dict[int, Answer] = {}
    started = time.monotonic()

    def ask_one(number: int) -> None:
        failure: str | None = None
        try:
            ask(questions[number].source)
        except SourceError as error:
            failure = without_secrets(" ".join(str(error).split()))
        except Exception as error:  # noqa: BLE001 (a thread has nobody else to tell it to)
            failure = f"{type(error).__name__}: {without_secrets(str(error))}"
        answers[number] = _answer(questions[number], time.monotonic() - started, failure)

    # Daemons: a look-up of a name can hang on after the deadline, and must not hold up the end.
    threads = [
        threading.Thread(target=ask_one, args=(number,), daemon=True)
        for number in range(len(questions))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, started + deadline - time.monotonic()))
    silence = f"no answer in {duration(deadline)}"
    return tuple(
        answers.get(number) or _answer(question, deadline, silence)
        for number, question in enumerate(questions)
    )


def _answer(question: _Question, seconds: float, failure: str | None) -> Answer:
    source = question.source
    return Answer(question.entry, source.kind, str(source), round(seconds, 2), failure)


def _indexes() -> tuple[str, ...]:
    try:
        return tuple(without_secrets(place) for place in package_index.places())
    except SourceError as error:
        return (str(error),)
