from __future__ import annotations

import json

import pytest

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.outcome import count_findings, findings_json, refuse_errors
from newtrick.errors import AuditRefused

LEAK = Finding(
    code="leakage",
    severity=Severity.ERROR,
    title="9 test rows are training texts too",
    why="The model has seen those answers.",
    fix="remove them",
    evidence={"rows": 9},
    rows=("test.csv:3",),
)
COPIES = Finding("duplicates", Severity.INFO, "2 copies", "They count twice.", "drop them")


def test_an_error_stops_and_says_how_to_go_on() -> None:
    with pytest.raises(AuditRefused) as caught:
        refuse_errors([LEAK, COPIES], accepted=[])
    assert "leakage: 9 test rows are training texts too" in str(caught.value)
    assert "--accept leakage" in str(caught.value)
    assert "duplicates" not in str(caught.value)


def test_an_accepted_error_and_what_is_no_error_do_not_stop() -> None:
    refuse_errors([LEAK, COPIES], accepted=["leakage"])
    refuse_errors([COPIES], accepted=[])


def test_findings_are_written_with_their_figures_and_counts() -> None:
    document = json.loads(findings_json([LEAK, COPIES]))
    assert document["format"] == 1
    assert document["counts"] == {"error": 1, "warning": 0, "info": 1}
    assert document["findings"][0] == {
        "code": "leakage",
        "severity": "error",
        "title": "9 test rows are training texts too",
        "why": "The model has seen those answers.",
        "fix": "remove them",
        "evidence": {"rows": 9},
        "rows": ["test.csv:3"],
    }
    assert count_findings([]).model_dump() == {"error": 0, "warning": 0, "info": 0}
