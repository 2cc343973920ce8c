"""Cleaning: markup and odd characters go, everything that a person wrote stays."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newtrick.data.clean import clean, clean_text

MARKUP = ("<br />", "<b>", "</p>", "<", ">", "<a href='", "'", "=", "&amp;", "&lt;", "&#38;", "&")
OTHERS = (
    ";",
    "amp;",
    "lt;",
    " ",
    "\n",
    "a",
    "é",
    "e\u0301",
    "\u200d",
    "\u200b",
    "👩",
    "\x85",
    "\0",
)
PIECES = st.sampled_from((*MARKUP, *OTHERS, "\ud800"))


@pytest.mark.parametrize(
    ("written", "cleaned", "changes"),
    [
        ("Good.<br /><br />Very good.", "Good. Very good.", {"tags"}),
        ("<p class='a' id=b>One</p><P>two</P>", "One two", {"tags"}),
        ('<b>bold</b>ly <a href="http://x.y/?a=b">linked</a>', "boldly linked", {"tags"}),
        ("one <!-- aside --> two", "one two", {"tags"}),
        ("Fish &amp; chips &#8211; 5 &pound;&nbsp;only", "Fish & chips – 5 £ only", {"entities"}),
        ("&lt;br&gt;hidden", "hidden", {"entities", "tags"}),
        ("&amp;amp;amp;quot;deep&amp;quot;", '"deep"', {"entities"}),
        ("cafe\u0301", "café", {"unicode"}),
        ("\ufeffzero\u200b wi\u00addth\x07", "zero width", {"invisible"}),
        ("half \ud83d pair", "half pair", {"invisible", "space"}),
        ("it\x92s \x93so\x94\x85", "it’s “so”…", {"punctuation"}),
        ("  two\tlines\r\n\u3000here ", "two lines here", {"space"}),
        ("a\u200d\u200d\u200cb", "ab", {"invisible"}),
        ("e" + "\u0316" * 99 + " x  y", "e" + "\u0316" * 30 + " x y", {"marks", "space"}),
    ],
)
def test_what_is_no_text_is_removed_and_named(
    written: str, cleaned: str, changes: set[str]
) -> None:
    result = clean(written)
    assert result.text == cleaned
    assert result.changes == changes


@pytest.mark.parametrize(
    "text",
    [
        "I <3 this",
        "if a < b and c > d",
        "x <y> z",
        "mean <b and c> here",
        "R&D at AT&T; Q&A",
        "&unknown; stays, &copy too",
        "👩‍💻 and ❤️‍🔥",
        "می‌خواهم",
        "NA",
        "<user> wrote to <a@b.example>",
        "Straße, naïve, 好看",
    ],
)
def test_what_a_person_wrote_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        *("\u200d", "\u200d\u200b", "\u0645\u200d", "\u0301\u0316", "\u0f73", "👩\u200d"),
        *("<", "<b ", "<b a=", "<!--", "&", "&amp;", "&#", "&#x26;", " ", "\0", "-"),
    ],
)
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    for text in (f"a{piece * 100_000}"[:100_000], f"\u0645{piece * 99_999}"[:99_999] + "\u0645"):
        started = time.perf_counter()
        clean_text(text)
        assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("opening", "end", "closing"), [("<b", "", ">"), ("&#", "53;", "3;"), ("<b>", "", "</b>")]
)
def test_markup_in_markup_without_end_takes_no_time(opening: str, end: str, closing: str) -> None:
    depth = 100_000 // len(opening + closing)
    text = opening * depth + end + closing * depth
    started = time.perf_counter()
    cleaned = clean(text)
    assert time.perf_counter() - started < 1
    assert not {"<", "&"} & set(cleaned.text)
    assert clean(cleaned.text).changes == set()


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
@example("&am&amp;p;lt;br>")
@example("<<b>b>")
@example("<b" * 12 + ">" * 12)
@example("&#" * 12 + "53;" + "3;" * 12 + "\u200de\u200d\u0301")
@example("a\u0316" + "\u200b\u0301\u0316" * 60)
@example("\u0645\u200d\u200b\u200d\u200dx")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean(once).changes == set()
    assert clean_text(once) == once


@settings(deadline=None)
@given(st.lists(PIECES).map("".join))
def test_clean_text_is_one_line_of_composed_characters(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")


@settings(deadline=None)
@given(st.text())
def test_a_text_is_reported_as_changed_if_and_only_if_it_was(text: str) -> None:
    result = clean(text)
    assert bool(result.changes) == (result.text != text)
