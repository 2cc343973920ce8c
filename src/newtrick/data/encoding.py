"""Bytes to text: which encoding a file has, and which of its lines are broken.

The whole file is looked at once before it is read, a block at a time. What is not UTF-16, UTF-32
or UTF-8 throughout is taken for Windows-1252 (of which Latin-1 text is a part) when its bytes look
like Western European text. Anything else is read as UTF-8, and its broken lines are named.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from newtrick.data.dataset import Note
from newtrick.data.rawfile import RawFile
from newtrick.data.table import Fault
from newtrick.errors import DataError

MAX_LINE = 10_000_000
"""Characters. A longer line is a mistake: a binary file, a lost line break, an unclosed quote."""

_MARKS = (  # the mark of UTF-16 is the beginning of that of UTF-32, which therefore comes first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_CONTROL = bytes({*range(9), *range(14, 32), 127})
_LETTERS = bytes(range(65, 91)) + bytes(range(97, 123))
_HIGH = bytes(range(128, 256))
_NOT_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_UNDECODED = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of a broken byte
_BROKEN = re.compile("[\0\udc80-\udcff]")
_WITHOUT_NUL = "write the file again without NUL bytes: they are a sign of damage"


class LineTooLong(Exception):
    """A line of a file has more than `MAX_LINE` characters; all of it was skipped."""

    def __init__(self, size: int) -> None:
        super().__init__(f"a line of {size:,} characters; at most {MAX_LINE:,} are read")

    def at(self, number: int) -> Fault:
        """What is wrong with the row that stands in this line."""
        return Fault(f"line {number}: {self}", "look for a lost line break in a line so long")


@dataclass(frozen=True)
class TextFile:
    """A text file whose encoding is known.

    Attributes:
        raw: Its bytes.
        codec: Python's name of the encoding.
        broken: Whether it holds bytes that the encoding has not, or NUL characters.
    """

    raw: RawFile
    codec: str
    broken: bool

    @property
    def name(self) -> str:
        """The path as the user gave it, or `-`."""
        return self.raw.name

    @property
    def notes(self) -> tuple[Note, ...]:
        """Says the encoding when it is not UTF-8."""
        if self.codec.startswith("utf-8"):
            return ()
        shown = {"cp1252": "Windows-1252 (Latin-1)"}.get(self.codec, self.codec.upper())
        return (Note("encoding", f"{self.name} is read as {shown}."),)

    def open(self) -> TextIO:
        """The text with its line ends as they are; broken bytes become lone surrogates."""
        return io.TextIOWrapper(self.raw.open(), self.codec, "surrogateescape", newline="")

    def fault(self, text: str, line: int) -> Fault | None:
        """Where and what the first broken character of a text is, or None; it begins in `line`."""
        if not self.broken or (match := _BROKEN.search(text)) is None:
            return None
        line += text.count("\n", 0, match.start())
        place = match.start() - text.rfind("\n", 0, match.start())
        if match[0] == "\0":
            return Fault(f"line {line}: a NUL byte at character {place}", _WITHOUT_NUL)
        byte = ord(match[0]) - 0xDC00
        message = f"line {line}: the byte 0x{byte:02X} at character {place} is not UTF-8"
        return Fault(message, "save the file as UTF-8")


def open_text(raw: RawFile) -> TextFile:
    """Find the encoding of a file.

    Raises:
        DataError: The file is empty, is no text, or is UTF-16 or UTF-32 with errors.
    """
    head = raw.head()
    if not head.strip():
        raise DataError("The file is empty.", where=raw.name)
    codec = unicode_codec(head)
    if codec in ("utf-32", "utf-16", "utf-16-le", "utf-16-be"):
        return TextFile(raw, codec, broken=_wide_has_nul(raw, codec))
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > max(16, 0.08 * len(head)):
        raise DataError(
            "This is not a text file.",
            where=raw.name,
            found=f"{controls:,} control characters in its first {len(head):,} bytes",
            fix="give csv, tsv, json or jsonl; a parquet or xlsx file needs that ending",
        )
    count = _count_utf8(raw)
    if count.undecoded > 10 * count.continuations and _looks_western(raw):
        return TextFile(raw, "cp1252", broken=count.nul)
    return TextFile(raw, codec or "utf-8", broken=count.nul or count.undecoded > 0)


def unicode_codec(head: bytes) -> str | None:
    """The Unicode encoding that a mark or its zero bytes give away; None for UTF-8 and others."""
    marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
    return marked or _utf16_without_mark(head)


def read_line(stream: TextIO) -> str:
    """The next line with its end; empty at the end of the file.

    Raises:
        LineTooLong: The line is over `MAX_LINE`; the stream stands behind it.
    """
    line = stream.readline(MAX_LINE)
    if len(line) < MAX_LINE:
        return line
    size, part = len(line), line
    while part and not part.endswith(("\n", "\r")):
        part = stream.readline(MAX_LINE)
        size += len(part)
    raise LineTooLong(size)


def readable(text: str) -> str:
    """A text with each broken byte shown as U+FFFD, so that it can be written."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 shows by its line ends, which have a zero byte, and by zeros mostly on one side."""
    for codec, zeros, others in (
        ("utf-16-le", head[1::2].count(0), head[0::2].count(0)),
        ("utf-16-be", head[0::2].count(0), head[1::2].count(0)),
    ):
        line_ends = head[: len(head) // 2 * 2].decode(codec, "replace").count("\n")
        if zeros > 2 * others and line_ends > 0.2 * head.count(b"\n"):
            return codec
    return None


def _wide_has_nul(raw: RawFile, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    line, nul = 1, False
    try:
        for text in _decoded(raw, decoder):
            nul = nul or "\0" in text
            line += text.count("\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file is not valid {codec.upper()}.",
            where=f"{raw.name}, line {line} or later",
            found=error.reason,
            fix="save it as UTF-8",
        ) from error
    return nul


@dataclass(frozen=True)
class _Utf8Count:
    continuations: int  # bytes of valid sequences, less their first bytes
    undecoded: int
    nul: bool


def _count_utf8(raw: RawFile) -> _Utf8Count:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    continuations = undecoded = 0
    nul = False
    for text in _decoded(raw, decoder):
        nul = nul or "\0" in text
        if not text.isascii():
            undecoded += len(_UNDECODED.findall(text))
            continuations += len(text.encode("utf-8", "surrogateescape")) - len(text)
    return _Utf8Count(continuations, undecoded, nul)


def _decoded(raw: RawFile, decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    for block in raw.blocks():
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _looks_western(raw: RawFile) -> bool:
    """In Western European text the letters above ASCII are few, and five bytes never occur."""
    letters = high = 0
    for block in raw.blocks():
        if len(block.translate(None, _NOT_IN_CP1252)) < len(block):
            return False
        letters += len(block) - len(block.translate(None, _LETTERS))
        high += len(block) - len(block.translate(None, _HIGH))
    return high < 0.3 * (letters + high)
