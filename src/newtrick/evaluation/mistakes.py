"""The test rows that the model got wrong: what a person reads to see where it fails."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from newtrick.data.dataset import LabelSet, label_ids, row_ids
from newtrick.data.pairs import whole_text
from newtrick.evaluation.arrays import Floats, Ids
from newtrick.evaluation.explain.explanation import Explanation

MOST_SHOWN, MOST_PAIRS, MOST_EXAMPLES = 1000, 50, 3


@dataclass(frozen=True)
class Mistake:
    """A test row that the model got wrong.

    Attributes:
        row: `file:row`.
        text: As it was tested on: cleaned. Of a pair, the second text is on a line of its own.
        label: The true one, as the data says.
        answer: The model's.
        probabilities: Calibrated, of all labels in their order.
        doubted_by: What the audit had judge the labels and doubts this one: a word count, the
            trained model itself, both, or neither.
        explanation: Which words moved the answer; only the first mistakes have one.
    """

    row: str
    text: str
    label: str
    answer: str
    probabilities: tuple[float, ...]
    doubted_by: tuple[str, ...] = ()
    explanation: Explanation | None = None

    @property
    def confidence(self) -> float:
        """The probability of the answer."""
        return max(self.probabilities)


@dataclass(frozen=True)
class ConfusedPair:
    """A label that is taken for another.

    Attributes:
        label: The true one.
        answer: The model's.
        rows: How often.
        examples: The most confident of these mistakes.
    """

    label: str
    answer: str
    rows: int
    examples: tuple[Mistake, ...]


@dataclass(frozen=True)
class Mistakes:
    """What the model got wrong on the test rows.

    Attributes:
        rows: How many test rows there are.
        count: How many of them it got wrong.
        shown: The most confident first; of many, the first thousand.
        pairs: Which labels are taken for which, the most frequent first; of many, the first fifty.
    """

    rows: int
    count: int
    shown: tuple[Mistake, ...]
    pairs: tuple[ConfusedPair, ...]


def confident_mistakes(shares: Floats, labels: Ids) -> Ids:
    """Which rows are wrong, the most confident answer first; shape (mistakes,).

    Args:
        shares: Probabilities, shape (rows, classes).
        labels: True class ids, shape (rows,).
    """
    wrong = np.flatnonzero(shares.argmax(axis=1) != labels)
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind="stable")]


def find_mistakes(
    rows: pl.DataFrame,
    shares: Floats,
    labels: LabelSet,
    doubts: Mapping[str, Collection[str]],
    explanations: Mapping[int, Explanation],
) -> Mistakes:
    """Gather the rows that the model got wrong.

    Args:
        rows: With the columns of a split.
        shares: Calibrated probabilities, shape (rows, classes).
        labels: The classes in their order.
        doubts: By what judged the labels, the `file:row` of those in doubt; best as sets.
        explanations: Those there are, by the place of their row.
    """
    truth, answers = label_ids(rows), shares.argmax(axis=1)
    ids, texts = row_ids(rows), rows.select(whole_text(rows)).to_series()

    def mistake(place: int) -> Mistake:
        return Mistake(
            row=ids[place],
            text=texts[place],
            label=labels.names[truth[place]],
            answer=labels.names[answers[place]],
            probabilities=tuple(shares[place].tolist()),
            doubted_by=tuple(judge for judge, doubted in doubts.items() if ids[place] in doubted),
            explanation=explanations.get(place),
        )

    places = confident_mistakes(shares, truth)
    return Mistakes(
        rows=rows.height,
        count=len(places),
        shown=tuple(mistake(place) for place in places[:MOST_SHOWN].tolist()),
        pairs=tuple(
            ConfusedPair(
                label=labels.names[truth[pair[0]]],
                answer=labels.names[answers[pair[0]]],
                rows=len(pair),
                examples=tuple(mistake(place) for place in pair[:MOST_EXAMPLES].tolist()),
            )
            for pair in _pairs(places, truth, answers)
        ),
    )


def _pairs(places: Ids, truth: Ids, answers: Ids) -> Iterator[Ids]:
    """The places of each pair of labels in their order, the most frequent pairs first."""
    pairs = np.stack([truth[places], answers[places]], axis=1)
    _, which, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    for pair in np.argsort(-counts, kind="stable")[:MOST_PAIRS]:
        yield places[which == pair]


def mistakes_file(mistakes: Sequence[Mistake], labels: LabelSet) -> str:
    """Mistakes as JSON, one a line; `words` are those of an explanation, where there is one."""
    return "".join(
        json.dumps(_fields(mistake, labels), ensure_ascii=False) + "\n" for mistake in mistakes
    )


def _fields(mistake: Mistake, labels: LabelSet) -> dict[str, object]:
    known = mistake.explanation
    return {
        "row": mistake.row,
        "label": mistake.label,
        "answer": mistake.answer,
        "probabilities": dict(zip(labels, mistake.probabilities, strict=True)),
        "doubted_by": mistake.doubted_by,
        "text": mistake.text,
        **({"words": [asdict(word) for word in known.words]} if known else {}),
    }
