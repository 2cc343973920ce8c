from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

import pytest

from newtrick.report.html import html_report
from newtrick.report.record import RunRecord
from newtrick.report.verdict import verdict

VOID = {"meta", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, its text, and whether its tags nest."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=["binary", "three"])
def record(request: pytest.FixtureRequest) -> RunRecord:
    found: RunRecord = request.getfixturevalue(request.param)
    return found


def test_the_report_needs_nothing_but_itself(record: RunRecord) -> None:
    page = Page(html_report(record))

    targets = [
        value or ""
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "xlink:href", "srcset", "data", "action"}
    ]
    assert all(target.startswith("#") for target in targets)
    assert not page.all("script")
    assert not page.all("link")
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_the_report_can_be_read_by_everyone(record: RunRecord) -> None:
    page = Page(html_report(record))

    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attributes for attributes in page.all("th"))
    pictures = [tag for tag in page.all("div") if tag.get("role") == "img"]
    assert len(pictures) == len(page.all("svg")) == 5
    assert all(picture["aria-label"] for picture in pictures)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_verdict_comes_before_the_figures_behind_it(binary: RunRecord) -> None:
    text = Page(html_report(binary)).text

    parts = [
        verdict(binary.result, binary.findings),
        "0.8240 – 0.8557",
        "31 training rows are there twice.",
        "0.3398",
        "897",
        "hold the true label of 90.5 % (89.2 to 91.7) of the test rows",
        "logits / 1.342",
        "Markup was removed from 18 texts.",
        "newtrick train snippets --set training.epochs=2",
        "3 min 7 s",
        "training.learning_rate",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_label_that_is_markup_shows_as_text(three: RunRecord) -> None:
    content = html_report(three)

    assert "<script" not in content
    assert "<script>alert(1)</script>" in Page(content).text


def test_a_run_without_findings_or_evaluations_has_its_report(binary: RunRecord) -> None:
    bare = dataclasses.replace(binary, findings=(), evaluations=(), steps=(), notes=())

    assert "The audit found nothing to object to." in Page(html_report(bare)).text
