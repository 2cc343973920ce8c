"""The report as a browser shows it: on a desk and a phone, in light and dark, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.report.browser import PROGRAM, Browser, headless_browser
from tests.report.records import full, hostile

from newtrick.report.html import html_report
from newtrick.report.record import RunRecord

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="needs Chromium: apt-get install chromium, or another package of it"
)
Shown = Callable[..., Browser]

PROBES = Path(__file__).with_name("probes.js").read_text("utf-8")
CASES: dict[str, Callable[[RunRecord], RunRecord]] = {
    "plain": lambda record: record,
    "full": full,
    "hostile": hostile,
    "77 labels": lambda record: hostile(record, 77),
    "500 labels": lambda record: hostile(record, 500),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with headless_browser() as started:
        yield started


@pytest.fixture
def show(browser: Browser, binary: RunRecord, tmp_path: Path) -> Shown:
    """Open the report of a case."""

    def opened(case: str, width: int = 1280, *, dark: bool = False, script: bool = True) -> Browser:
        page = tmp_path / "report.html"
        page.write_text(html_report(CASES[case](binary)), "utf-8")
        browser.show(page, width=width, dark=dark, script=script)
        return browser

    return opened


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_report_is_legible_in_every_window(show: Shown, width: int, dark: bool) -> None:
    assert_legible(show("full", width, dark=dark), width)


@pytest.mark.parametrize(
    "case", ["plain", "hostile", "77 labels", pytest.param("500 labels", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["desk", "phone"])
def test_a_report_is_legible_whatever_is_in_it(
    show: Shown, case: str, width: int, dark: bool
) -> None:
    assert_legible(show(case, width, dark=dark), width)


def test_what_is_not_legible_is_seen(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<body style='margin: 0'><p style='margin: 0'>One line<p style='margin: -.9em 0 0'>Another"
        "<p style='color: #888'>Grey<p style='width: 500px'>Wide",
        "utf-8",
    )
    browser.show(page, width=360, dark=False)
    browser.run(PROBES)

    assert [pair[:2] for pair in browser.run("overlaps()")] == [["One line", "Another"]]
    assert [text for text, _ in browser.run("faint()")] == ["Grey"]
    assert browser.run("widest()") == 500


def assert_legible(page: Browser, width: int) -> None:
    page.run(PROBES)

    assert page.run("overlaps()") == []
    page.run("openAll()")
    assert page.run("widest()") <= width
    assert page.run("overlaps()") == []
    assert page.run("faint()") == []
    assert page.console == []
    assert list(page.requests.values()) == [page.run("location.href")]


def test_nothing_that_slips_into_a_report_is_run_or_asked_for(
    show: Shown, browser: Browser, tmp_path: Path
) -> None:
    show("full")
    page = tmp_path / "report.html"
    slipped = (
        "<script>window.slipped = 1</script><img src='https://example.com/a.png'>"
        "<link rel='stylesheet' href='https://example.com/a.css'>"
        "<p id='styled' style='color: red' onclick='window.slipped = 1'>slipped</p></main>"
    )
    page.write_text(page.read_text("utf-8").replace("</main>", slipped), "utf-8")
    browser.show(page, width=1280, dark=False)
    browser.run("document.getElementById('styled').click()")

    assert browser.run("window.slipped") is None
    assert (
        browser.run("getComputedStyle(document.getElementById('styled')).color") != "rgb(255, 0, 0)"
    )
    assert sum("Content Security Policy" in line for line in browser.console) >= 4
    assert not any(address.startswith("https") for address in browser.requests.values())


def test_mistakes_are_searched_by_all_the_words_that_are_typed(show: Shown) -> None:
    page = show("full")
    visible = "[...document.querySelectorAll('.mistakes > li')].filter(li => !li.hidden).length"
    status = "document.querySelector('[role=search] [role=status]').textContent"

    assert page.run(visible) == 20
    assert page.run(status) == "20 of 40 shown"
    page.run("document.getElementById('wanted').focus()")
    page.send("Input.insertText", text="FILM  Funny")
    assert page.run(visible) == 4
    assert page.run(status) == "4 of 40 shown"
    page.send("Input.insertText", text=" nowhere")
    assert page.run(visible) == 0
    page.run("document.getElementById('wanted').select()")
    page.send("Input.insertText", text="doubted")
    assert page.run(visible) == 30


def test_all_mistakes_come_when_asked_for(show: Shown) -> None:
    page = show("full")
    page.run("document.getElementById('more').click()")

    assert page.run("document.querySelectorAll('.mistakes > li[hidden]').length") == 0
    assert page.run("document.getElementById('more').hidden")


def test_without_scripts_all_mistakes_are_there_and_no_search_is_offered(show: Shown) -> None:
    tree = show("full", script=False).send("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree]

    assert "searchbox" not in roles
    assert sum("reviews.csv:" in node.get("name", {}).get("value", "") for node in tree) >= 40


def test_a_screen_reader_finds_its_way(show: Shown) -> None:
    page = show("full")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""), node)
        for node in nodes
        if not node["ignored"]
    ]
    roles = [role for role, _, _ in named]
    levels = [
        next(found["value"]["value"] for found in node["properties"] if found["name"] == "level")
        for role, _, node in named
        if role == "heading"
    ]
    headings = [name for role, name, _ in named if role == "heading"]

    for landmark in ("banner", "navigation", "main", "search"):
        assert roles.count(landmark) == 1
    assert levels[0] == 1
    assert all(level in {2, 3} for level in levels[1:])
    assert headings[:5] == [
        "all-MiniLM-L6-v2 on snippets",
        "Beside the baselines",
        "All figures",
        "How it learned",
        "Calibration",
    ]
    links = [name for role, name, _ in named if role == "link"]
    assert links == [name for name, level in zip(headings, levels, strict=True) if level == 2]
    for wanted in ("table", "image", "searchbox", "region"):
        names = [name for role, name, _ in named if role == wanted]
        assert names
        assert all(names)


def test_the_report_prints_with_all_that_is_folded(show: Shown) -> None:
    printed = show("full").pdf()
    pages = printed.count(b"/Type /Page\n")

    assert printed.startswith(b"%PDF")
    assert 4 <= pages <= 20
