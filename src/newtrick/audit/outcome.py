"""What becomes of findings: counted, written, and refused if they are errors."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity
from newtrick.errors import AuditRefused, UsageError, did_you_mean
from newtrick.evaluation.result import FindingCounts


def check_codes(codes: Collection[str], checks: Iterable[Check[Any]]) -> None:
    """Refuse codes that none of the checks has.

    Raises:
        UsageError: A code of no check, or of a check of another command.
    """
    known = list(dict.fromkeys(check.code for check in checks))
    for code in codes:
        if code not in known:
            raise UsageError(
                "This command has no such finding to accept.",
                where="--accept",
                found=code,
                fix=did_you_mean(code, known),
            )


def refused_findings(findings: Sequence[Finding], accepted: Collection[str]) -> list[Finding]:
    """The errors whose codes were not accepted, or cannot be."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and (finding.final or finding.code not in accepted)
    ]


def accepted_codes(findings: Sequence[Finding], accepted: Collection[str]) -> list[str]:
    """The codes of the errors that were accepted, each once."""
    refused = refused_findings(findings, accepted)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return list(dict.fromkeys(finding.code for finding in errors if finding not in refused))


def refuse_errors(findings: Sequence[Finding], accepted: Collection[str]) -> None:
    """Stop if a finding is an error whose code was not accepted.

    Raises:
        AuditRefused: With every such finding.
    """
    refused = refused_findings(findings, accepted)
    if refused:
        codes = " ".join(f"--accept {code}" for code in dict.fromkeys(f.code for f in refused))
        raise AuditRefused(
            "The audit refuses this data: a score on it would be worthless.",
            details=[f"{finding.code}: {finding.title}. {finding.why}" for finding in refused],
            fix=f"{refused[0].fix}; or, to go on with the finding in the report: {codes}",
        )


def count_findings(findings: Sequence[Finding]) -> FindingCounts:
    """How many findings of each severity there are."""
    severities = [finding.severity for finding in findings]
    return FindingCounts(
        error=severities.count(Severity.ERROR),
        warning=severities.count(Severity.WARNING),
        info=severities.count(Severity.INFO),
    )


def findings_json(findings: Sequence[Finding], **more: object) -> str:
    """The findings as they stand in `audit.json`; a command may have more to tell."""
    document = {
        "format": 1,
        **more,
        "findings": [_summary(finding) for finding in findings],
        "counts": count_findings(findings).model_dump(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_findings(path: Path) -> tuple[Finding, ...]:
    """What stands in an `audit.json`: of each finding, the first of its rows."""
    document = json.loads(path.read_text("utf-8"))
    return tuple(
        Finding(**{**fields, "severity": Severity(fields["severity"]), "rows": tuple(rows)})
        for fields in document["findings"]
        for rows in [fields["rows"]]
    )


def _summary(finding: Finding) -> dict[str, object]:
    """A finding with the first of its rows, in the order of the format."""
    names = ("code", "severity", "title", "evidence", "why", "fix")
    return {name: getattr(finding, name) for name in names} | {"rows": finding.shown_rows}
