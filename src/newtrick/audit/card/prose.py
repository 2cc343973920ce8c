"""What the words of a card say: on which data, on how many rows, beside what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newtrick.audit.card.figures import plain, read_count, read_figure
from newtrick.audit.card.names import Measure, measure_of
from newtrick.audit.card.tables import TextTable, is_fence
from newtrick.data.catalogue import DataEntry, catalogue

_LINE = re.compile(r"\s*(?:[-+•*]\s+)?([^\W\d][\w .'/()-]{0,40}?)\s*[:=：]\s*(\S.{0,60})")
_PAIR = re.compile(r"([^\W\d][\w -]{0,30}?)\s*[:=：]\s*([-+]?\d[\d.]{0,12}\d\s?%?)(?=[,;]|\s|$)")
_EMPHASIS = re.compile(r"[*`]+(?=\S)|(?<=\S)[*`]+")
_EPOCHS = frozenset({"num_epochs", "num_train_epochs", "epochs"})

_COUNT = r"(\d[\d,]{0,12})"
_SET = r"(?:test|evaluation|eval|validation|held-out|dev)"
_ROWS = r"(?:rows|samples|examples|sentences|texts|reviews|tweets|messages|documents|instances)"
_SIZES = (
    re.compile(
        rf"(?i)(?<![\w.,]){_COUNT}\s+(?:\w{{1,20}}\s+)?{_SET}\s+(?:\w{{1,20}}\s+)?{_ROWS}\b"
    ),
    re.compile(rf"(?i)\b{_SET}\s+(?:(?:set|split|data)\s*)?(?:of|:|with|has)\s+{_COUNT}\b(?!\.)"),
)
_SIZE_NAME = re.compile(
    r"(?:num|number of|eval|evaluation|test|validation)[ _](?:samples|examples|rows)"
)
_DATA = re.compile(r"(?i)\bon (?:the |an? )?\[?([\w./-]{1,60})\]?(?:\([^()\s]*\))? data ?set")
_EARLY_STOP = re.compile(r"(?i)early.?stop|patience|max[_ ](?:minutes|steps)")
_INTERVAL = re.compile(
    r"(?i)\bintervall?\b|confidence (?:bound|band|limit)|±|\+/-|standard (?:deviation|error)"
    r"|konfidenz|intervalle|置信区间"
)
_BASELINE = re.compile(
    r"(?i)\bbase ?lines?\b|majority|tf-?idf|bag.of.words|(?<!\| )word count|naive bayes"
    r"|logistic regression|random guess|chance level|línea base|基线"
)


@dataclass(frozen=True)
class Entry:
    """A line `name: value`.

    Attributes:
        line: Its number in the text.
        name: Before the colon.
        value: After it.
        above: The line of prose, or the heading, before the list that it is in.
    """

    line: int
    name: str
    value: str
    above: str


def find_entries(text: str, first: int) -> Iterator[Entry]:
    """The lines `name: value`, from the first line of the text after the metadata.

    A line may have several, as in `Loss: 0.31, Accuracy: 0.91`.
    """
    above = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _EMPHASIS.sub("", line)
        match = _LINE.fullmatch(bare)
        pairs = _PAIR.findall(bare) if number >= first else []
        if len(pairs) > 1:
            yield from (Entry(number, name, value, bare) for name, value in pairs)
        elif match and number >= first:
            yield Entry(number, match[1], match[2], above)
        elif line.strip() and not is_fence(line.strip()):
            above = line.strip()


def find_sizes(text: str, entries: Sequence[Entry], tables: Sequence[TextTable]) -> Iterator[int]:
    """Numbers of evaluation rows, from sentences, lists and columns; those of classes and all."""
    cells = [match[1] for pattern in _SIZES for match in pattern.finditer(text)]
    cells += [entry.value for entry in entries if _SIZE_NAME.fullmatch(entry.name.casefold())]
    yield from filter(None, map(read_count, cells))
    for table in tables:
        for column, name in enumerate(table.header):
            if measure_of(name) is Measure.ROWS:
                column_cells = [row.cells[column] for row in table.rows if column < len(row.cells)]
                counts = list(filter(None, map(read_count, column_cells)))
                yield from [*counts, sum(counts)] if counts else []


def find_epochs(entries: Sequence[Entry]) -> float | None:
    """The epochs that training was configured for."""
    for entry in entries:
        figure = read_figure(entry.value)
        if plain(entry.name).casefold() in _EPOCHS and figure is not None:
            return figure.value
    return None


def find_data(text: str, names: Sequence[str]) -> DataEntry | None:
    """The data set of the catalogue among some names, or named in a sentence."""
    said = [name.casefold() for name in [*names, *_DATA.findall(text)]]
    known = {*said, *(name.rpartition("/")[2] for name in said)}
    return next((entry for entry in catalogue().data.values() if entry.name in known), None)


def tells_early_stop(text: str) -> bool:
    """Whether a reason to end training early is given."""
    return _EARLY_STOP.search(text) is not None


def tells_interval(text: str) -> bool:
    """Whether an interval or a spread is given."""
    return _INTERVAL.search(text) is not None


def tells_baseline(text: str) -> bool:
    """Whether there is a simple model to compare with."""
    return _BASELINE.search(text) is not None
