"""One honest sentence about a result: what the encoder is worth beside the cheap models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from newtrick.audit.finding import Finding, Severity
from newtrick.counted import counted
from newtrick.evaluation.result import Result
from newtrick.report.measures import headline
from newtrick.report.wording import one_line, percent


class Tone(StrEnum):
    """What the sentence comes down to."""

    BETTER = "better"
    UNCLEAR = "unclear"
    WORSE = "worse"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True)
class Judgement:
    """A sentence and what it comes down to."""

    tone: Tone
    sentence: str


_BASELINES = {
    "majority": ("always naming the most frequent label", "no model"),
    "tfidf-logistic": ("the word count (tfidf-logistic)", "the word count"),
    "nb-logistic": ("the word count (nb-logistic)", "the word count"),
    "frozen-logistic": (
        "the untrained encoder with a logistic regression",
        "the untrained encoder",
    ),
}
"""What a sentence calls a baseline, and what it says to use."""


def verdict(result: Result, findings: Iterable[Finding] = ()) -> str:
    """The sentence of `judge`."""
    return judge(result, findings).sentence


def judge(result: Result, findings: Iterable[Finding] = ()) -> Judgement:
    """Weigh the encoder on the test rows against the best baseline: see `Gain`.

    Args:
        result: What the run found.
        findings: What the audit found. An error among them takes the trust out of any score, and
            so does one that only `result.findings` counts.
    """
    score = result.test
    head = headline(score)
    low, high = head.interval
    by_group = "" if score.groups is None else " by group"
    tone, comparison = _compare(result)
    rows, value = counted(score.rows, "test row"), percent(head.value)
    told = (
        f"is right on {value} % of {rows}"
        if result.task == "single_label"
        else f"has a micro F1 of {value} % on {rows}"
    )
    sentence = (
        f"{one_line(result.answerer)} {told} (95 % interval{by_group} {percent(low)} to"
        f" {percent(high)}), {comparison}."
    )
    doubts = _doubts(result, findings)
    if doubts:
        return Judgement(Tone.UNTRUSTED, f"This score cannot be trusted ({doubts}): {sentence}")
    return Judgement(tone, sentence)


def _compare(result: Result) -> tuple[Tone, str]:
    gain = result.gain
    name, advice = _BASELINES.get(gain.over, (gain.over, "it"))
    if gain.difference == 0:
        return Tone.WORSE, f"no better than {name}, which is cheaper: use {advice}"
    low, high = sorted(abs(bound) for bound in gain.interval)
    if gain.told_apart:
        lead = f"{_points(gain.difference)} (95 % {100 * low:.1f} to {100 * high:.1f})"
        if gain.difference > 0:
            return Tone.BETTER, f"{lead} above {name}"
        return Tone.WORSE, f"{lead} below {name}: use {advice}"
    low, high = gain.interval
    spread = f"(95 % {100 * low:+.1f} to {100 * high:+.1f})"
    if gain.difference < 0:
        return Tone.WORSE, f"{_points(gain.difference)} below {name} {spread}: use {advice}"
    return Tone.UNCLEAR, (
        f"{_points(gain.difference)} above {name} {spread}: these test rows cannot tell the two"
        f" apart, and {advice} is cheaper"
    )


def _points(gap: float) -> str:
    points = round(abs(gap) * 100, 1)
    return f"{points:.1f} points" if points else "less than 0.1 points"


def _doubts(result: Result, findings: Iterable[Finding]) -> str:
    codes = dict.fromkeys(
        finding.code for finding in findings if finding.severity is Severity.ERROR
    )
    if codes:
        return ", ".join(codes)
    errors = result.findings.error
    return f"{errors} {'error' if errors == 1 else 'errors'} of the audit" if errors else ""
