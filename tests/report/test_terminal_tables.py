from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tests.report.screen import shown

from newtrick.audit.finding import Finding, Severity
from newtrick.journal import Evaluation
from newtrick.report.record import RunRecord
from newtrick.report.table import (
    evaluation_line,
    evaluation_lines_header,
    evaluation_table,
    finding_lines,
    result_table,
)


def long_run(like: Evaluation, *, best: int) -> list[Evaluation]:
    return [
        dataclasses.replace(like, step=100 * number, best=number == best)
        for number in range(1, 201)
    ]


def steps(lines: Sequence[str]) -> list[str]:
    return [line.replace("★", " ").split()[2] for line in lines[2:]]


def test_the_evaluations_have_the_columns_of_the_field_and_a_star_at_the_best(
    binary: RunRecord,
) -> None:
    header, _, *rows = shown(evaluation_table(binary.evaluations))

    assert header.split("  ")[0] == ""
    assert " ".join(header.split()) == ("Training Loss Epoch Step Validation Loss Accuracy F1")
    assert [row.split()[-6:] for row in rows][1] == (
        ["0.4412", "1.00", "200", "0.4011", "0.8202", "0.8232"]
    )
    assert ["★" in row for row in rows] == [False, False, True, False]


def test_a_table_without_evaluations_is_its_header() -> None:
    assert len(shown(evaluation_table([]))) == 2


def test_a_long_run_shows_its_ends_and_its_best_in_thirty_rows(binary: RunRecord) -> None:
    lines = shown(evaluation_table(long_run(binary.evaluations[0], best=60)))

    assert len(lines) == 2 + 30
    assert steps(lines)[:8] == ["100", "200", "300", "400", "500", "⋮", "6,000", "⋮"]
    assert steps(lines)[-1] == "20,000"
    assert "★" in lines[2 + 6]


def test_a_long_run_whose_best_is_at_an_end_shows_it_once(binary: RunRecord) -> None:
    lines = shown(evaluation_table(long_run(binary.evaluations[0], best=200)))

    assert steps(lines).count("20,000") == 1
    assert steps(lines).count("⋮") == 1


def test_lines_for_a_pipe_stand_under_their_header(binary: RunRecord, three: RunRecord) -> None:
    for record, last in ((binary, "F1"), (three, "Macro F1")):
        header = evaluation_lines_header(record.evaluations[0])
        lines = [evaluation_line(event) for event in record.evaluations]

        assert header.endswith(last)
        assert {len(line.removesuffix(" *")) for line in lines} == {len(header)}
        assert [line.endswith("*") for line in lines] == [True, True, True, False]


def test_the_result_stands_below_its_baselines_with_what_each_step_gains(binary: RunRecord) -> None:
    _, _, majority, words, encoder = shown(result_table(binary.result))

    assert majority.split()[:2] == ["majority", "0.5000"]
    assert words.split() == (
        ["tfidf-logistic", "0.7786", "0.7602", "–", "0.7961", "+27.9", "0.7798", "0.7786", "1.3"]
    )
    assert encoder.split()[:2] == ["all-MiniLM-L6-v2", "0.8406"]
    assert encoder.split()[5] == "+6.2"


def test_findings_are_listed_the_worst_first_with_what_to_do(binary: RunRecord) -> None:
    leakage = Finding("leakage", Severity.ERROR, "3 rows are shared", "", "drop \x1b[2Jthem")

    lines = shown(*finding_lines((*binary.findings, leakage)))

    assert lines[:2] == ["error   leakage: 3 rows are shared", "        drop �[2Jthem"]
    assert [line.split()[0] for line in lines[::2]] == ["error", "warning", "info"]
