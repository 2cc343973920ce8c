from __future__ import annotations

import dataclasses
import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from newtrick.report.plots import draw, draw_svg
from newtrick.report.record import RunRecord


def with_classes(record: RunRecord, classes: int) -> RunRecord:
    labels = tuple(f"a rather long label {number}" for number in range(classes))
    return dataclasses.replace(
        record,
        result=record.result.model_copy(update={"labels": labels}),
        confusion=np.eye(classes, dtype=np.int64) * 9 + 1,
    )


def test_the_pictures_are_png_files_by_their_names(binary: RunRecord) -> None:
    pictures = draw(binary)

    assert list(pictures) == [
        *("rivals.png", "loss.png", "scores.png", "confusion.png", "reliability.png", "risk.png")
    ]
    for content in pictures.values():
        height, width, _ = imread(io.BytesIO(content)).shape
        assert height > 300
        assert width > 600


def test_the_same_run_gives_the_same_pictures(binary: RunRecord) -> None:
    assert draw(binary) == draw(binary)
    assert draw_svg(binary) == draw_svg(binary)


def test_drawing_neither_obeys_nor_changes_the_settings_of_matplotlib(binary: RunRecord) -> None:
    expected = draw_svg(binary)

    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "text.usetex": True}):
        before = dict(mpl.rcParams)
        assert draw_svg(binary) == expected
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("classes", [2, 5, 20, 21])
def test_a_confusion_matrix_is_drawn_for_any_number_of_labels(
    three: RunRecord, classes: int
) -> None:
    svg = draw_svg(with_classes(three, classes)).elements["confusion"]

    assert ("a rather long lab…" in svg) == (classes <= 20)


def test_labels_are_drawn_as_they_are_written(three: RunRecord) -> None:
    labels = ("$x_1$", "<script>", "url(#ffffff)")
    record = dataclasses.replace(three, result=three.result.model_copy(update={"labels": labels}))
    svg = draw_svg(record).elements["confusion"]

    assert ">$x_1$<" in svg
    assert ">&lt;script&gt;<" in svg
    assert ">url(#ffffff)<" in svg


def test_a_label_in_a_script_without_letters_is_no_warning(three: RunRecord) -> None:
    labels = ("好", "不好", "ok")
    record = dataclasses.replace(three, result=three.result.model_copy(update={"labels": labels}))

    assert "不好" in draw_svg(record).elements["confusion"]
    assert draw(record)


def test_a_run_without_evaluations_is_drawn(binary: RunRecord) -> None:
    assert len(draw(dataclasses.replace(binary, evaluations=(), steps=()))) == 6


def test_a_run_without_decisions_has_no_pictures_of_them(binary: RunRecord) -> None:
    assert list(draw(dataclasses.replace(binary, curves=None))) == [
        *("rivals.png", "loss.png", "scores.png", "confusion.png")
    ]


def test_svg_takes_its_colours_from_the_page_and_shares_it_with_others(binary: RunRecord) -> None:
    drawings = draw_svg(binary)

    for svg in drawings.elements.values():
        assert svg.startswith("<svg")
        assert svg.endswith("</svg>")
        assert "style" not in svg
        assert not re.findall(r"#[0-9a-f]{6}\b", svg)
    assert not re.findall(r"#[0-9a-f]{6}\b", drawings.style)
    assert "var(--accent)" in drawings.style
    ids = [
        name for svg in drawings.elements.values() for name in re.findall(r'\bid="([^"]+)"', svg)
    ]
    assert len(ids) == len(set(ids))
    used = {
        name for svg in drawings.elements.values() for name in re.findall(r'class="([^"]+)"', svg)
    }
    assert used == set(re.findall(r"^\.(\S+)", drawings.style, re.MULTILINE))
