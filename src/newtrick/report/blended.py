"""Who answers where a count of words helps the encoder, and what that is worth."""

from __future__ import annotations

from newtrick.counted import counted
from newtrick.evaluation.result import EvaluationResult, Result
from newtrick.evaluation.scores import BlendScores, Gain, Scores
from newtrick.report.grid import ABSENT, Grid
from newtrick.report.measures import headline
from newtrick.report.wording import decimals, percent


def blend_in_words(result: Result) -> tuple[str, ...]:
    """The blend and the cascade, a sentence or two each; none where no blend is wanted."""
    blend = result.blend
    if blend is None:
        return ()
    several = result.task == "multi_label"
    return (_choice_in_words(blend), *(() if several else (_cascade_in_words(blend),)))


def _choice_in_words(blend: BlendScores) -> str:
    rows = counted(blend.fitted_on_rows, "validation row")
    if not blend.used:
        return (
            f"The encoder answers alone: on the {rows} its blend with {blend.words} was not better"
            f" by more than chance ({_in_points(blend.validation_gain)})."
        )
    why = "as the recipe asks" if blend.asked else "which was better on the validation rows"
    return (
        f"Answers are of the encoder blended with {blend.words}, {why}. The logits of the two count"
        f" {blend.encoder_weight:.3g} and {blend.words_weight:.3g} times, by {rows}. On the test"
        f" rows the encoder alone has {decimals(headline(blend.encoder_test).value)}:"
        f" {_in_points(blend.test_gain)} by the blend."
    )


def _cascade_in_words(blend: BlendScores) -> str:
    cascade = blend.cascade
    if cascade is None:
        return (
            "There are no fast answers: no threshold assures that the word count loses little"
            " enough where it answers alone."
        )
    return (
        f"For fast answers (--fast) the word count answers {percent(cascade.test_share)} % of the"
        f" test rows alone: accuracy {decimals(cascade.test.accuracy)},"
        f" {_in_points(cascade.gain)} over the encoder alone."
    )


def blend_grid(result: Result) -> Grid | None:
    """The encoder alone, the blend and the cascade on the same test rows; what is used is marked.

    None where no blend is wanted.
    """
    blend = result.blend
    if blend is None:
        return None
    rows = [
        _row("the encoder alone", blend.encoder_test, None, ABSENT),
        _row(f"blended with {blend.words}", blend.test, blend.test_gain, ABSENT),
    ]
    if cascade := blend.cascade:
        share = f"{percent(cascade.test_share)} %"
        rows.append(_row("fast", cascade.test, cascade.gain, share))
    return Grid(
        caption="Who answers the test rows, and what is gained over the encoder alone, in points."
        f" What is in bold answers; all of it was fitted on"
        f" {counted(blend.fitted_on_rows, 'validation row')}.",
        header=(
            "Answers",
            "Accuracy" if result.task == "single_label" else "Micro F1",
            "95 % interval",
            "Gain",
            "95 % interval of the gain",
            "By words alone",
        ),
        rows=tuple(rows),
        marked=frozenset({int(blend.used)}),
    )


def _row(name: str, scores: Scores, gain: Gain | None, share: str) -> tuple[str, ...]:
    head = headline(scores)
    gained = (ABSENT, ABSENT)
    if gain is not None:
        gained = _points(gain.difference), " – ".join(map(_points, gain.interval))
    return (name, decimals(head.value), " – ".join(map(decimals, head.interval)), *gained, share)


def answered_in_words(result: EvaluationResult) -> str:
    """Who answered the rows of an evaluation."""
    if result.words_share is None:
        return {
            "encoder": "the encoder alone",
            "blend": "the encoder blended with a word count",
        }[result.answered_by]
    return f"a word count, alone to {percent(result.words_share)} %, and else the encoder"


def encoder_temperature(result: Result) -> float | None:
    """What the logits of the encoder alone are divided by for calibrated probabilities."""
    decisions = result.label_decisions or result.decisions
    if result.blend is not None:
        return result.blend.encoder_temperature
    return None if decisions is None else decisions.temperature


def _in_points(gain: Gain) -> str:
    low, high = map(_points, gain.interval)
    return f"{_points(gain.difference)} points (95 % {low} to {high})"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-0.0", "+0.0")
