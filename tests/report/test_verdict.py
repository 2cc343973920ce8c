from __future__ import annotations

import pytest

from newtrick.audit.finding import Finding, Severity
from newtrick.evaluation.paired import apart
from newtrick.evaluation.result import FindingCounts, Result
from newtrick.report.record import RunRecord
from newtrick.report.verdict import Tone, judge, verdict


def ahead(result: Result, points: float, interval: tuple[float, float], p: float) -> Result:
    gain = result.gain.model_copy(
        update={
            "difference": points / 100,
            "interval": tuple(bound / 100 for bound in interval),
            "told_apart": apart(p, interval),
        }
    )
    return result.model_copy(update={"gain": gain})


def found(code: str, severity: Severity) -> Finding:
    return Finding(code=code, severity=severity, title="", why="", fix="")


def test_a_clear_lead_is_told_with_its_rows_interval_and_points(binary: RunRecord) -> None:
    assert verdict(binary.result) == (
        "all-MiniLM-L6-v2 is right on 84.1 % of 2,114 test rows (95 % interval 82.4 to 85.6),"
        " 6.2 points (95 % 4.4 to 8.0) above the word count (tfidf-logistic)."
    )
    assert judge(binary.result).tone is Tone.BETTER


def test_a_lead_that_may_be_chance_is_told_as_doubtful(binary: RunRecord) -> None:
    judgement = judge(ahead(binary.result, 1.3, (-0.4, 3.0), p=0.12))

    assert judgement.tone is Tone.UNCLEAR
    assert "1.3 points above the word count (tfidf-logistic) (95 % -0.4 to +3.0)" in (
        judgement.sentence
    )
    assert judgement.sentence.endswith("cannot tell the two apart, and the word count is cheaper.")


def test_a_lead_too_small_to_print_is_not_told_as_zero(binary: RunRecord) -> None:
    sentence = verdict(ahead(binary.result, 0.03, (-1, 1), p=0.9))

    assert "less than 0.1 points above" in sentence


def test_an_encoder_behind_its_baseline_is_not_recommended(binary: RunRecord) -> None:
    behind = judge(ahead(binary.result, -7.9, (-9, -6.8), p=1e-9))
    perhaps = judge(ahead(binary.result, -0.4, (-1, 0.2), p=0.3))
    level = judge(ahead(binary.result, 0, (-1, 1), p=1))

    assert behind.tone is perhaps.tone is level.tone is Tone.WORSE
    assert "7.9 points (95 % 6.8 to 9.0) below the word count" in behind.sentence
    assert "0.4 points below the word count" in perhaps.sentence
    assert "no better than the word count" in level.sentence
    for judgement in (behind, perhaps, level):
        assert judgement.sentence.endswith("use the word count.")


@pytest.mark.parametrize(
    ("over", "advice"),
    [
        ("majority", "always naming the most frequent label, which is cheaper: use no model."),
        ("frozen-logistic", "which is cheaper: use the untrained encoder."),
    ],
)
def test_whichever_baseline_is_the_best_has_its_own_words(
    binary: RunRecord, over: str, advice: str
) -> None:
    gain = binary.result.gain.model_copy(update={"over": over, "difference": 0.0})

    assert verdict(binary.result.model_copy(update={"gain": gain})).endswith(advice)


def test_errors_of_the_audit_take_the_trust_out_of_the_score(binary: RunRecord) -> None:
    findings = [
        found("leakage", Severity.ERROR),
        found("duplicates", Severity.WARNING),
        found("one-class-test", Severity.ERROR),
    ]

    judgement = judge(binary.result, findings)

    assert judgement.tone is Tone.UNTRUSTED
    assert judgement.sentence.startswith(
        "This score cannot be trusted (leakage, one-class-test): all-MiniLM-L6-v2 is right on"
    )


def test_errors_that_only_the_result_counts_are_told_too(binary: RunRecord) -> None:
    result = binary.result.model_copy(update={"findings": FindingCounts(error=1)})

    assert verdict(result).startswith("This score cannot be trusted (1 error of the audit):")


def test_warnings_leave_the_verdict_as_it_is(binary: RunRecord) -> None:
    assert verdict(binary.result, binary.findings) == verdict(binary.result)
