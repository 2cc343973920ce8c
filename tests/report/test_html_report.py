from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

import pytest
from tests.report.records import full, with_mistakes

from newtrick.evaluation.slices.scores import SlicesFound
from newtrick.report.html import html_report
from newtrick.report.record import RunRecord
from newtrick.report.verdict import verdict

VOID = {"meta", "br", "link", "img", "hr", "input"}


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
    assert not page.all("link")
    assert not any("style" in attributes for _, attributes in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_the_report_can_be_read_by_everyone(record: RunRecord) -> None:
    page = Page(html_report(record))

    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attributes for attributes in page.all("th"))
    pictures = [tag for tag in page.all("div") if tag.get("role") == "img"]
    assert len(pictures) == len(page.all("svg")) == 6
    assert all(picture["aria-label"] for picture in pictures)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_verdict_comes_before_the_figures_behind_it(binary: RunRecord) -> None:
    text = Page(html_report(full(binary))).text.replace("\N{NO-BREAK SPACE}", " ")

    parts = [
        verdict(binary.result, binary.findings),
        "0.8240 – 0.8557",
        "0.6663 – 0.6973",
        "0.3398",
        "a calibration error of 0.0180",
        "897",
        "hold the true label of 90.5 % (89.2 to 91.7) of the test rows",
        "label doubted by the word count and the model",
        'with the word "but"',
        "31 training rows are there twice.",
        "Markup was removed from 18 texts.",
        "training.learning_rate",
        "3 min 7 s",
        "newtrick train snippets --set training.epochs=2",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_label_that_is_markup_shows_as_text(three: RunRecord) -> None:
    page = Page(html_report(with_mistakes(three)))

    assert len(page.all("script")) == 1
    assert "<script>alert(1)</script>" in page.text
    assert not page.all("img")


def test_only_what_there_is_has_a_part_of_its_own(binary: RunRecord) -> None:
    bare = dataclasses.replace(
        binary, curves=None, result=binary.result.model_copy(update={"decisions": None})
    )

    with_all, without = (Page(html_report(record)) for record in (full(binary), bare))
    ids = {attributes["id"] for attributes in with_all.all("h2")} - {
        attributes["id"] for attributes in without.all("h2")
    }
    assert ids == {"calibration", "answers", "mistakes", "slices"}
    assert not without.all("script")


def test_groups_of_rows_that_are_no_worse_are_told_by_their_number(binary: RunRecord) -> None:
    result = binary.result.model_copy(update={"slices": SlicesFound(looked_at=214)})

    text = Page(html_report(dataclasses.replace(binary, result=result))).text
    assert "Of 214 groups of test rows none is worse" in text


def test_text_that_html_has_no_room_for_is_written_all_the_same(binary: RunRecord) -> None:
    result = binary.result.model_copy(update={"labels": ("a\0b", "\ud800\x1b[31m")})

    page = html_report(dataclasses.replace(binary, result=result)).encode()
    assert "a\ufffdb" in page.decode()


def test_a_run_without_findings_or_evaluations_has_its_report(binary: RunRecord) -> None:
    bare = dataclasses.replace(binary, findings=(), evaluations=(), steps=(), notes=())

    assert "The audit found nothing to object to." in Page(html_report(bare)).text
