"""Which columns of a table hold the text and the label: by their names, else by their values."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from newtrick.data.dataset import Note
from newtrick.data.table import Record, Table
from newtrick.errors import DataError, UsageError, did_you_mean

# Names as published data sets have them. An earlier group wins over a later one; two names of the
# same group in one table leave the choice to the user.
_TEXT_NAMES = (
    {"text"},
    {
        *("body", "comment", "content", "document", "message", "post", "review", "sentence", "sms"),
        *("tweet", "utterance", "full_text", "comment_text", "message_text", "review_text"),
        *("reviewtext", "text_review", "tweet_text"),
    },
    {
        *("abstract", "article", "caption", "description", "email", "headline", "question"),
        *("query", "snippet", "summary", "title", "v2"),
    },
)
_LABEL_NAMES = (
    {"label"},
    {
        *("category", "class", "emotion", "intent", "labels", "polarity", "sentiment", "spam"),
        *("target", "topic", "gold_label", "is_spam", "sentiment_label"),
    },
    {"overall", "rating", "score", "stars", "v1"},
)
_OTHER_NAMES = {"id", "idx", "index", "row_id", "split", "unnamed:_0"}
_SAMPLE_ROWS = 200
_SENTENCE_CHARACTERS = 20
_SENTENCE_WORDS = 4
_LABEL_CHARACTERS = 40
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Columns:
    """The columns of text and label, of second texts and groups if any; a note says the choice."""

    text: str
    label: str
    pair: str | None
    group: str | None
    note: Note

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns of the texts: one or two."""
        return (self.text,) if self.pair is None else (self.text, self.pair)


@dataclass(frozen=True)
class TextColumn:
    """The column of the text, one that seems to hold labels if any, and a note of the choice."""

    text: str
    note: Note
    label: str | None = None


def choose_columns(
    table: Table,
    *,
    text: str | None = None,
    pair: str | None = None,
    label: str | None = None,
    group: str | None = None,
) -> Columns:
    """Choose the columns of text and label.

    A column with a usual name is chosen by it. In a table of two columns, others are chosen by the
    values of the first 200 rows: texts are long and different, labels short and few. Then the
    header must not look like one more row, for a file may have none.

    Args:
        table: The table.
        text: The user's choice.
        pair: That of a second text, which is never detected.
        label: The user's choice.
        group: That of what rows share, likewise; it may be one of the texts.

    Raises:
        DataError: A name given is no column, or the choice is not clear; the columns are listed.
            Or there is no header.
        UsageError: The same column is given twice.
    """
    _refuse_same({"Text": text, "Second text": pair, "Label": label})
    _refuse_same({"Label": label, "Group": group})
    options = {"text": text, "pair": pair, "label": label, "group": group}
    _check_names(table, {f"--{what}-column": name for what, name in options.items()})
    known = {pair, group} - {text}
    text, label = _detect(_without(table, known), text, label)
    if text is None or label is None:
        raise _unclear(table, text=text is None, label=label is None)
    message = f"In {table.name} {_told(text, pair)}, the label in {label!r}"
    if group is not None:
        message += f", the group in {group!r}"
    return Columns(text, label, pair, group, Note("columns", f"{message}."))


def choose_text_column(
    table: Table, *, text: str | None = None, pair: str | None = None
) -> TextColumn:
    """Choose the column of the text in a table that needs no labels.

    Args:
        table: The table.
        text: The user's choice.
        pair: That of a second text.

    Raises:
        DataError: The name given is no column, or the choice is not clear; the columns are listed.
            Or there is no header.
        UsageError: The same column is given for both texts.
    """
    _refuse_same({"Text": text, "Second text": pair})
    _check_names(table, {"--text-column": text, "--pair-column": pair})
    text, label = _detect(_without(table, {pair}), text, None)
    if text is None:
        raise _unclear(table, text=True, label=False)
    return TextColumn(text, Note("columns", f"In {table.name} {_told(text, pair)}."), label)


def _refuse_same(given: Mapping[str, str | None]) -> None:
    named = [(what, name) for what, name in given.items() if name is not None]
    for (one, name), (other, same) in itertools.combinations(named, 2):
        if name == same:
            raise UsageError(f"{one} and {other.lower()} cannot be the same column.", found=name)


def _without(table: Table, known: Collection[str | None]) -> Table:
    """A table in which columns that are known for what they are cannot be taken for others."""
    return replace(table, columns=tuple(name for name in table.columns if name not in known))


def _told(text: str, pair: str | None) -> str:
    second = "" if pair is None else f", the second text in {pair!r}"
    return f"the text is in column {text!r}{second}"


def _detect(table: Table, text: str | None, label: str | None) -> tuple[str | None, str | None]:
    if text is None:
        text = _by_name(table, _TEXT_NAMES, besides=label)
        if text is not None and _longer_texts(table, text, besides=label):
            raise _unclear(table, text=True, label=False)
    label = label or _by_name(table, _LABEL_NAMES, besides=text)
    return _by_values(table, text, label) if text is None or label is None else (text, label)


def _check_names(table: Table, given: Mapping[str, str | None]) -> None:
    for option, name in given.items():
        if name is not None and name not in table.columns:
            raise DataError(
                "There is no such column.",
                where=f"{table.name}, {option}",
                found=name,
                fix=did_you_mean(name, table.columns),
            )


def _by_name(table: Table, groups: Sequence[set[str]], *, besides: str | None) -> str | None:
    """The one column whose name is in the first group that any name is in."""
    for group in groups:
        if found := [n for n in table.columns if n != besides and _plain(n) in group]:
            return found[0] if len(found) == 1 else None
    return None


def _longer_texts(table: Table, text: str, *, besides: str | None) -> list[str]:
    """Other columns whose texts are twice as long, where the name is not `text` itself."""
    if _plain(text) in _TEXT_NAMES[0]:
        return []
    sample = list(islice(table.records(), _SAMPLE_ROWS))

    def values(name: str) -> list[object]:
        return [record.fields.get(name) for record in sample]

    def length(name: str) -> int:
        return sum(len(value) for value in values(name) if isinstance(value, str))

    others = [name for name in table.columns if name not in {text, besides}]
    return [n for n in others if _is_text(values(n)) and length(n) > 2 * length(text)]


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]+", "_", name.strip().casefold())


def _by_values(table: Table, text: str | None, label: str | None) -> tuple[str | None, str | None]:
    """Fill in what is missing when the values leave one way to do so."""
    names = [name for name in table.columns if _plain(name) not in _OTHER_NAMES]
    if len(names) == 1 and text is None and label is None and _has_words(table, names[0]):
        _refuse_data_as_header(table, names[0])
        return names[0], None
    if len(names) != 2:  # noqa: PLR2004 - a pair is two
        return text, label
    sample = list(islice(table.records(), _SAMPLE_ROWS))
    values = {name: [record.fields.get(name) for record in sample] for name in names}
    pairs = [
        (one, other)
        for one, other in (names, reversed(names))
        if text in (None, one)
        and label in (None, other)
        and (text == one or _is_text(values[one]))
        and (label == other or _is_label(values[other]))
    ]
    if len(pairs) != 1:
        return text, label
    chosen_text, chosen_label = pairs[0]
    _refuse_data_as_header(
        table, chosen_text if text is None else None, chosen_label, values[chosen_label]
    )
    return pairs[0]


def _refuse_data_as_header(
    table: Table, text: str | None, label: str | None = None, labels: Sequence[object] = ()
) -> None:
    """Of a file without a header the first row would be taken for the names, and be lost.

    Of texts alone a short one is enough to stop: nothing else in the table speaks for a name.
    """
    alone = label is None
    is_text = text is not None and (_is_sentence(text) or (alone and len(text.split()) > 1))
    if is_text or label in {str(value).strip() for value in labels}:
        parts = ["text"] if alone else ["text", "label"]
        options = " and ".join(f"--{part}-column" for part in parts)
        raise DataError(
            "The first row looks like data, where the names of the columns are needed.",
            where=table.name,
            found=textwrap.shorten(" | ".join(table.columns), _SHOWN_CHARACTERS),
            fix=f"add a first line such as {','.join(parts)}; or if it is one, use {options}",
        )


def _has_words(table: Table, name: str) -> bool:
    values = (record.fields.get(name) for record in islice(table.records(), _SAMPLE_ROWS))
    return any(letter.isalpha() for value in values for letter in str(value or ""))


def _is_sentence(name: str) -> bool:
    return len(name) >= _SENTENCE_CHARACTERS and len(name.split()) >= _SENTENCE_WORDS


def _is_text(values: Sequence[object]) -> bool:
    """Strings that are mostly different, and sentences rather than words."""
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    long = [text for text in texts if len(text) >= _SENTENCE_CHARACTERS]
    return 2 * len(long) > len(values) and 2 * len(set(texts)) > len(texts)


def _is_label(values: Sequence[object]) -> bool:
    """Short, and few different ones."""
    known = [str(value).strip() for value in values if value is not None and str(value).strip()]
    short = all(len(value) <= _LABEL_CHARACTERS for value in known)
    return bool(known) and short and 2 * len(set(known)) <= len(known)


def _unclear(table: Table, *, text: bool, label: bool) -> DataError:
    first = next(table.records(), Record(0, {}))
    shown = [
        f"{name}: {textwrap.shorten(str(first.fields.get(name, '')), _SHOWN_CHARACTERS)}"
        for name in table.columns
    ]
    missing = [what for what, asked in (("text", text), ("label", label)) if asked]
    options = " and ".join(f"--{what}-column" for what in missing)
    flags = "; several columns of 0 and 1 are named with commas, a,b,c" if label else ""
    return DataError(
        f"It is not clear which column holds the {' and the '.join(missing)}.",
        where=table.name,
        details=[*shown, *(note.message for note in table.notes)],
        fix=f"name it with {options}{flags}; column names are taken from the first row",
    )
