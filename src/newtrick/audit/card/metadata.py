"""The front matter of a card: the results and data sets that it declares to a model hub."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from newtrick.audit.card.figures import Figure, as_shares, read_figure
from newtrick.audit.card.names import SCORES, Measure, measure_of
from newtrick.audit.card.subject import Headline, Split
from newtrick.errors import DataError

MAX_METADATA = 200_000
"""Characters of the parts that are read."""
MAX_RESULTS = 50

_FRONT = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_PARTS = ("model-index", "datasets")
_TOP_LEVEL = re.compile(r"[^\s#-]")


@dataclass(frozen=True)
class Metadata:
    """What the front matter declares.

    Attributes:
        headlines: One for each of its results that has figures of ours.
        datasets: Names and hub ids of data sets.
        body: The number of the line on which the text of the card begins.
    """

    headlines: tuple[Headline, ...] = ()
    datasets: tuple[str, ...] = ()
    body: int = 1


@dataclass
class _Results:
    """Collects what the results of a model index say."""

    headlines: list[Headline] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)

    def add(self, result: object) -> None:
        """Take one entry of `results`."""
        about = _mapping(_mapping(result).get("dataset"))
        self.datasets += [str(about[key]) for key in ("type", "name") if about.get(key)]
        figures: dict[Measure, Figure] = {}
        for entry in itertools.islice(_items(_mapping(result).get("metrics")), MAX_RESULTS):
            metric = _mapping(entry)
            measure = measure_of(str(metric.get("name") or metric.get("type")))
            figure = read_figure(str(metric.get("value")))
            if measure and figure and measure not in figures:
                figures[measure] = figure
        if figures:
            name = str(about.get("split", ""))
            split: Split | None = "train" if name == "train" else split_of(name)
            self.headlines.append(Headline(scaled(figures), "metadata", split))


def read_metadata(text: str, name: str) -> Metadata:
    """Read the front matter of a card; one without any has no metadata.

    Raises:
        DataError: It is no YAML, or too large.
    """
    front = _FRONT.match(text)
    if front is None:
        return Metadata()
    parts = "\n".join(_wanted(front[1]))
    size = len(parts.lstrip("\n"))
    if size > MAX_METADATA:
        raise DataError(
            "The metadata of the card is too large.",
            where=name,
            found=f"{size:,} characters of results and data sets",
            fix=f"leave the results that matter, at most {MAX_METADATA:,} characters",
        )
    try:
        # Scalars stay strings, so that a figure keeps the digits that are shown. The loader in C
        # is quicker, and crashes on deep nesting.
        tree = _mapping(yaml.load(parts, yaml.BaseLoader))  # noqa: S506 (builds strings only)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        before = front[0][: front.start(1) - front.start()].count("\n")
        raise DataError(
            "The metadata of the card is no YAML.",
            where=f"{name}, between the lines ---",
            found=_problem(error, before),
            fix="correct it, or delete it to audit the text alone",
        ) from None
    results = _Results()
    entries = itertools.chain.from_iterable(
        _items(_mapping(model).get("results")) for model in _items(tree.get("model-index"))
    )
    for result in itertools.islice(entries, MAX_RESULTS):
        results.add(result)
    names = [entry for entry in _items(tree.get("datasets")) if isinstance(entry, str)]
    return Metadata(
        tuple(results.headlines),
        tuple(dict.fromkeys([*names, *results.datasets])),
        front[0].count("\n") + 1,
    )


def split_of(words: str) -> Split | None:
    """The rows that some words speak of.

    >>> split_of("the following results on the evaluation set:"), split_of("test[:500]")
    ('evaluation', 'test')
    """
    lower = words.casefold()
    if re.search(r"\btest", lower):
        return "test"
    if re.search(r"\b(eval|valid|dev\b|held)", lower):
        return "evaluation"
    if re.search(r"\bon (?:the )?train(?:ing)?[ -](?:set|split|data|rows)\b", lower):
        return "train"
    return None


def scaled(figures: dict[Measure, Figure]) -> dict[Measure, Figure]:
    """Figures of one result with scores as shares of 1."""
    scores = [measure for measure in figures if measure in SCORES]
    shares = (as_shares([figures[measure]])[0] for measure in scores)
    return figures | {
        measure: share for measure, share in zip(scores, shares, strict=True) if share
    }


def _wanted(front: str) -> Iterator[str]:
    """The lines of the parts that are read, empty ones for what else a card declares."""
    inside = False
    for line in front.splitlines():
        if _TOP_LEVEL.match(line):
            inside = line.split(":")[0].strip("\"' ") in _PARTS
        yield line if inside else ""


def _problem(error: Exception, before: int) -> str:
    """What the reader of YAML says, with the line of the card: so many come before its own."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or next(iter(str(error).splitlines()), "nested too deep")
    return f"line {mark.line + 1 + before}: {said}" if mark else said


def _mapping(value: object) -> dict[object, object]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]
