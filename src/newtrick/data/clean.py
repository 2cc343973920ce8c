"""Markup, unicode and white space of a text. What is changed is named, so that it can be counted.

Cleaning what is clean changes nothing: texts are cleaned before training and before prediction, and
a text that went through both must not differ from one that went through once.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5

_BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|center|dd|div|dl|dt|fieldset|figcaption|figure"
    "|footer|form|h[1-6]|head|header|hr|html|legend|li|main|nav|ol|option|p|pre|section|table|tbody"
    "|td|tfoot|th|thead|title|tr|ul"
)
_INLINES = (
    "a|abbr|acronym|audio|b|bdi|bdo|big|button|cite|code|data|del|dfn|em|embed|font|i|iframe|img"
    "|input|ins|kbd|label|link|mark|meta|noscript|object|picture|q|s|samp|script|select|small|source"
    "|span|strike|strong|style|sub|sup|svg|textarea|time|tt|u|var|video|wbr"
)
# Only names of HTML, and only attributes with a value: "a <b and c> d" and "<3" are no markup.
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))*\s*/?"""
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    rf"</?(?:{_INLINES}){_ATTRIBUTES}>|<!--[^<>]*-->|<!doctype [^<>]*>", re.IGNORECASE
)
# An ampersand may itself be written as an entity, many times over.
_ENTITY = re.compile(
    r"&(?:amp;|#38;|#x26;)*(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)"
)
# Text in Windows-1252 that was read as Latin-1 has control characters for its punctuation.
_WINDOWS = {
    byte: character
    for byte in range(0x80, 0xA0)
    if (character := bytes([byte]).decode("cp1252", "replace")) != "\ufffd"
}
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad"  # control characters that are not white space
    "\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # without width
    "\ud800-\udfff]"  # halves of a character
    # joiners, unless they join: emoji, and letters of Persian or Indian scripts; a run of them is
    # looked at from its start alone, for otherwise a long one would be gone through again and again
    "|(?<![^\x00-\x7f\\s])[\u200c\u200d]+"
    "|(?<![\u200c\u200d])[\u200c\u200d]++(?![^\x00-\x7f\\s])"
)
# No script piles up so many marks, and to sort a pile takes the square of its height.
_MARKS_IN_A_ROW = 30
_PILE = re.compile(rf"[^\x00-\x7f\w\s]{{{_MARKS_IN_A_ROW + 1},}}")
_MARKUP_SIGNS = str.maketrans("<>&", "   ")
_PASSES = 10
"""What a person wrote is clean after two or three; markup can be nested without end."""

CHANGES = {
    "marks": f"combining marks were removed where more than {_MARKS_IN_A_ROW} stood in a row",
    "unicode": "characters were composed (Unicode form C)",
    "punctuation": "punctuation of Windows-1252 was restored",
    "invisible": "control and invisible characters were removed",
    "space": "white space was tidied",
    "tags": "HTML tags were removed",
    "entities": "HTML entities were decoded",
    "signs": "the signs <, > and & were removed, for markup was nested too deep",
}
"""What each kind of change does to a text."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean text, and the kinds of change (keys of `CHANGES`) that made it so."""

    text: str
    changes: frozenset[str] = frozenset()


def clean_text(text: str) -> str:
    """The text as a model sees it: one line, no markup, composed characters."""
    return clean(text).text


def clean(text: str) -> Cleaned:
    """Clean a text until nothing is left to clean: `&lt;br&gt;` is a tag once it is decoded."""
    changes = set()
    passes = 0
    changed = True
    while changed and not _is_surely_clean(text):
        changed = False
        passes += 1
        steps = _STEPS if passes != _PASSES else {"signs": _remove_signs, **_STEPS}
        for change, step in steps.items():
            after = step(text)
            if after != text:
                text, changed = after, True
                changes.add(change)
    return Cleaned(text, frozenset(changes))


def _is_surely_clean(text: str) -> bool:
    """Quick, and true of most texts. Text that is not printable may hold any odd character."""
    return (
        text.isprintable()
        and "<" not in text
        and "&" not in text
        and "  " not in text
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )


def _remove_signs(text: str) -> str:
    return text.translate(_MARKUP_SIGNS)


def _limit_marks(text: str) -> str:
    return text if text.isascii() else _PILE.sub(_limit_pile, text)


def _limit_pile(match: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _restore_punctuation(text: str) -> str:
    return text if text.isprintable() else text.translate(_WINDOWS)


def _remove_invisible(text: str) -> str:
    return text if text.isprintable() else _INVISIBLE.sub("", text)


def _tidy_space(text: str) -> str:
    return " ".join(text.split())


def _remove_tags(text: str) -> str:
    if "<" not in text:
        return text
    return _tidy_space(_INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", text)))


def _decode_entities(text: str) -> str:
    return _tidy_space(_ENTITY.sub(_decode, text)) if "&" in text else text


def _decode(match: re.Match[str]) -> str:
    name = match[1]
    return html.unescape(f"&{name}") if name[0] == "#" or name in html5 else f"&{name}"


_STEPS: dict[str, Callable[[str], str]] = {
    "marks": _limit_marks,
    "unicode": _compose,
    "punctuation": _restore_punctuation,
    "invisible": _remove_invisible,
    "space": _tidy_space,
    "tags": _remove_tags,
    "entities": _decode_entities,
}
