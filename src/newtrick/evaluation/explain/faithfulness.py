"""Whether explanations are true: without the words that they name, is the answer less probable?

That is comprehensiveness (DeYoung and others 2020), beside what removing random words does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newtrick.data.pairs import Text
from newtrick.encoder.encoder import Encoder
from newtrick.evaluation.arrays import Floats
from newtrick.evaluation.explain.explanation import Explanation
from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.evaluation.explain.words import without_words
from newtrick.evaluation.intervals import SEED, Resampling, percentile_interval
from newtrick.evaluation.metrics.weighting import mean
from newtrick.evaluation.predict import predict_logits, probabilities

REMOVED = 0.2
"""The share of the words of a text."""

_FEWEST_TEXTS = 10
_DRAWS = 3  # of random words, for each text
_BATCH = 64


def check_explanations(
    encoder: Encoder, explanations: Sequence[Explanation]
) -> ExplanationScores | None:
    """Remove words from texts and ask the model again.

    Args:
        encoder: What gave the answers.
        explanations: Of texts drawn at random.

    Returns:
        None where fewer than ten texts have two words or more.
    """
    asked = [known for known in explanations if len(known.words) > 1]
    if len(asked) < _FEWEST_TEXTS:
        return None
    chance = np.random.default_rng(SEED)
    texts = [text for known in asked for text in _reduced(known, chance)]
    tokens = encoder.tokenize(texts)
    logits = predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=_BATCH)
    labels = np.array([encoder.labels.names.index(known.label) for known in asked])
    before = np.array([known.probability for known in asked])
    after = probabilities(logits).reshape(len(asked), 1 + _DRAWS, -1)
    drops = before[:, None] - after[np.arange(len(asked)), :, labels]
    top, by_chance = drops[:, 0], drops[:, 1:].mean(axis=1)
    return ExplanationScores(
        rows=len(asked),
        share_removed=REMOVED,
        drop_by_top_words=float(top.mean()),
        drop_by_random_words=float(by_chance.mean()),
        difference=float((top - by_chance).mean()),
        difference_interval=_interval(top - by_chance),
    )


def _reduced(explanation: Explanation, chance: np.random.Generator) -> list[Text]:
    """The text without the words that speak most for the answer, then without random ones."""
    words = explanation.words
    count = max(1, round(REMOVED * len(words)))
    top = np.argsort([-word.effect for word in words], kind="stable")[:count]
    random = (chance.choice(len(words), count, replace=False) for _ in range(_DRAWS))
    return [
        without_words(explanation.text, [(words[place].start, words[place].end) for place in gone])
        for gone in (top, *random)
    ]


def _interval(values: Floats) -> tuple[float, float] | None:
    draws = Resampling(len(values)).draw(lambda weights: {"mean": mean(values, weights)})
    return percentile_interval(draws["mean"], float(values.mean()))
