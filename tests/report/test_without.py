from __future__ import annotations

import dataclasses
import json

import pytest
from tests.report.screen import shown

from newtrick.evaluation.scores import Scores, ScoresWithout
from newtrick.report.card import model_card
from newtrick.report.html import html_report
from newtrick.report.record import RunRecord
from newtrick.report.table import without_table
from newtrick.report.without import told, without, without_grid

LEFT = Scores(
    rows=2053, accuracy=0.8374, accuracy_interval=(0.8208, 0.8527), f1=0.8391, macro_f1=0.8373
)
BASELINE_LEFT = LEFT.model_copy(update={"accuracy": 0.7731})
LEAKED = ScoresWithout(code="leakage", removed_rows=61, test=LEFT, baseline=BASELINE_LEFT)
SUSPECTED = ScoresWithout(code="label-noise", removed_rows=1, test=LEFT)


def having(record: RunRecord, *effects: ScoresWithout) -> RunRecord:
    result = record.result.model_copy(update={"test_without": effects or None})
    return dataclasses.replace(record, result=result)


def test_the_table_has_all_rows_first_and_shows_who_profited(binary: RunRecord) -> None:
    grid = without_grid(having(binary, LEAKED).result)
    assert grid is not None
    assert grid.rows == (
        ("all", "0.8406", "0.8240 – 0.8557", "0.8421", "0.7786"),
        ("without the 61 leaked rows", "0.8374", "0.8208 – 0.8527", "0.8391", "0.7731"),
    )


def test_doubtful_labels_come_with_a_warning_not_to_take_them_for_a_score(
    binary: RunRecord,
) -> None:
    careful = without_grid(having(binary, SUSPECTED).result)
    plain = without_grid(having(binary, LEAKED).result)
    assert careful is not None
    assert plain is not None
    assert careful.rows[1][0] == "without the 1 doubtful label"
    assert careful.rows[1][-1] == "—"
    assert "be the labels right or wrong" in careful.caption
    assert "be the labels right or wrong" not in plain.caption


def test_rows_that_leave_no_score_are_told(three: RunRecord) -> None:
    nothing_left = ScoresWithout(code="leakage", removed_rows=2114)
    grid = without_grid(having(three, nothing_left).result)
    assert grid is not None
    assert grid.rows[1] == ("without the 2,114 leaked rows", "—", "—", "—", "—")
    assert {len(row) for row in grid.rows} == {len(grid.header)}
    assert "no score" in told(nothing_left)


def test_the_terminal_the_card_and_the_report_say_the_same(binary: RunRecord) -> None:
    record = having(binary, LEAKED)
    table = without_table(record.result)
    assert table is not None
    for text in ("\n".join(shown(table)), model_card(record), html_report(record)):
        assert "without the 61 leaked rows" in text
        assert "0.8374" in text


def test_without_such_rows_nothing_is_said(binary: RunRecord) -> None:
    assert without_table(binary.result) is None
    assert "test_without" not in json.loads(binary.result.to_json())
    assert "without the" not in model_card(binary) + html_report(binary)


@pytest.mark.parametrize("code", ["leakage", "near-duplicates", "conflicting-labels"])
def test_every_effect_has_its_words(code: str) -> None:
    effect = ScoresWithout(code=code, removed_rows=3, test=LEFT)
    assert without(effect).startswith("without the 3 ")
    assert told(effect) == "accuracy 0.8374 (95 % interval 0.8208 to 0.8527)"
