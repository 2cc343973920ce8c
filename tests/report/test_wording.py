from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from newtrick.report.wording import duration, markdown, one_line, percent, sentence, size


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.0"), (0.00001, "0.1"), (0.5, "50.0"), (0.8414, "84.1"), (0.9999, "99.9"), (1, "100.0")],
)
def test_per_cent_says_all_or_none_only_of_all_or_none(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.4, "59.4 s"),
        (59.7, "1 min 0 s"),
        (187, "3 min 7 s"),
        (7260, "2 h 1 min"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(300_000_000, "286 MiB"), (2**30, "1.0 GiB"), (5_000_000_000, "4.7 GiB")]
)
def test_bytes_are_told_in_the_unit_that_suits_them(number: int, text: str) -> None:
    assert size(number) == text


def test_a_sentence_has_one_full_stop() -> None:
    assert [sentence("It is"), sentence("It is."), sentence("Is it? ")] == [
        "It is.",
        "It is.",
        "Is it?",
    ]


def test_text_from_data_stays_on_its_line_and_cannot_steer_a_terminal() -> None:
    assert one_line(" a\r\n\tb \x1b[31mred\x00 \ud800") == "a b �[31mred� �"


@pytest.mark.parametrize(
    "label",
    [
        "a|b",
        "`code`",
        "**bold** _it_",
        "<script>",
        "&lt;",
        r"back\slash \| pipe",
        "[a](b)",
        "$x$ ~~y~~",
    ],
)
def test_a_label_in_a_markdown_table_shows_as_it_is(label: str) -> None:
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    tokens = renderer.parse(f"| x |\n| --- |\n| {markdown(label)} |\n")

    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 2
    parts = cells[1].children or []
    assert {part.type for part in parts} <= {"text", "text_special"}
    assert "".join(part.content for part in parts) == label
