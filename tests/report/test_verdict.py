from __future__ import annotations

from newtrick.audit.finding import Finding, Severity
from newtrick.evaluation.result import FindingCounts, Result
from newtrick.report.record import RunRecord
from newtrick.report.verdict import Tone, judge, verdict


def scored(result: Result, accuracy: float, interval: tuple[float, float]) -> Result:
    test = result.test.model_copy(update={"accuracy": accuracy, "accuracy_interval": interval})
    return result.model_copy(update={"test": test})


def found(code: str, severity: Severity) -> Finding:
    return Finding(code=code, severity=severity, title="", why="", fix="")


def test_a_clear_lead_is_told_with_its_rows_interval_and_points(binary: RunRecord) -> None:
    assert verdict(binary.result) == (
        "all-MiniLM-L6-v2 is right on 84.1 % of 2,114 test rows (95 % interval 82.4 to 85.6),"
        " 6.2 points above the word count (tfidf-logistic)."
    )
    assert judge(binary.result).tone is Tone.BETTER


def test_a_lead_with_overlapping_intervals_is_told_as_doubtful(binary: RunRecord) -> None:
    judgement = judge(scored(binary.result, 0.7911, (0.772, 0.808)))

    assert judgement.tone is Tone.UNCLEAR
    assert "1.3 points above" in judgement.sentence
    assert "intervals overlap" in judgement.sentence


def test_a_lead_too_small_to_print_is_not_told_as_zero(binary: RunRecord) -> None:
    sentence = verdict(scored(binary.result, 0.77863, (0.76, 0.796)))

    assert "less than 0.1 points above" in sentence


def test_an_encoder_behind_its_baseline_is_not_recommended(binary: RunRecord) -> None:
    behind = judge(scored(binary.result, 0.7, (0.68, 0.72)))
    level = judge(scored(binary.result, 0.7786, (0.76, 0.796)))

    assert behind.tone is level.tone is Tone.WORSE
    assert "7.9 points below the word count" in behind.sentence
    assert "no better than the word count" in level.sentence
    assert behind.sentence.endswith("use the word count.")
    assert level.sentence.endswith("use the word count.")


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
