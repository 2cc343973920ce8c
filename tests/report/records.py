"""Runs with everything that a report can show, and with labels and texts that try to break it."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import Note
from newtrick.evaluation.explain.explanation import Explanation, WordEffect
from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.evaluation.mistakes import ConfusedPair, Mistake, Mistakes
from newtrick.evaluation.scores import LabelScores, Scores
from newtrick.evaluation.slices.scores import SliceScores, SlicesFound
from newtrick.report.record import RunRecord

Counts = npt.NDArray[np.int64]

TEXTS = (
    "A warm, funny film, but it does not know when to stop, and neither do its actors.",
    "Great acting </script><script>alert(1)</script> <img src=x onerror=alert(2)> & nothing else.",
    "Supercalifragilisticexpialidocious" * 12,
    "هذا الفيلم رائع جدا، لكنه طويل بعض الشيء \u202e and then English \u202c again",
    "Loved it 😍👩‍👩‍👧‍👦🏳️‍🌈 10/10 would cry again 😭",
    "https://example.com/a/very/long/address?with=parameters&and=" + "x" * 90,
    "Une femme,\ndeux lignes.\n\n\tEt une tabulation \x00\x1b[31m.",
    "It goes on and on. " * 90,
    '=HYPERLINK("https://example.com")',
    "电影很好看,但是有点长。" * 10,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script>",
    "' onmouseover='alert(3)' x=\"",
    "{{ 7 * 7 }} {% raw %}",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2,
    "تصنيف طويل",
    "😀 emoji",
    "$x_1$\nnext",
    "\u202eright to left override",
    "=1+1",
)


def full(record: RunRecord) -> RunRecord:
    """The same run, with every figure, mistakes, slices and explanations."""
    result = record.result
    assert record.confusion is not None
    return with_mistakes(
        dataclasses.replace(
            record,
            result=result.model_copy(
                update={
                    "test": _scores(result.test, result.labels, record.confusion),
                    "slices": SlicesFound(
                        looked_at=214,
                        worst=(
                            _slice('with the word "but"', 412, 0.774, 0.0004),
                            _slice("of 31 words and more", 530, 0.791, 0.021),
                        ),
                    ),
                    "explanations": ExplanationScores(
                        rows=200,
                        share_removed=0.2,
                        drop_by_top_words=0.312,
                        drop_by_random_words=0.034,
                        difference=0.278,
                        difference_interval=(0.246, 0.311),
                    ),
                }
            ),
        )
    )


def with_labels(record: RunRecord, labels: tuple[str, ...]) -> RunRecord:
    """The same run for other labels; a few of the rows of each are wrong."""
    classes = len(labels)
    chance = np.random.default_rng(0)
    confusion = np.diag(chance.integers(1, 60, classes))
    wrong = chance.integers(0, classes, (4 * classes, 2))
    np.add.at(confusion, tuple(wrong.T), 1)
    confusion[-1] = 0  # no row is of the last label
    changed = {"labels": labels, "positive_label": None}
    return dataclasses.replace(
        record,
        result=record.result.model_copy(
            update={
                **changed,
                "test": record.result.test.model_copy(update={"f1": None}),
                "baseline": record.result.baseline.model_copy(update={"f1": None}),
            }
        ),
        evaluations=tuple(dataclasses.replace(event, f1=None) for event in record.evaluations),
        confusion=confusion,
    )


def hostile(record: RunRecord, classes: int = len(HOSTILE)) -> RunRecord:
    """A run of so many labels whose names, texts, notes and findings try to break the page."""
    labels = (*HOSTILE, *(f"label {number}" for number in range(len(HOSTILE), classes)))[:classes]
    changed = full(with_labels(record, labels))
    breaking = HOSTILE[0]
    return dataclasses.replace(
        changed,
        result=changed.result.model_copy(
            update={
                "model": "/home/someone/" + "a-long-folder-name/" * 4 + breaking,
                "data": changed.result.data.model_copy(update={"name": HOSTILE[1]}),
            }
        ),
        findings=(
            *changed.findings,
            Finding(
                "leakage",
                Severity.ERROR,
                f"61 rows say {breaking}",
                HOSTILE[4],
                "drop " + HOSTILE[1],
                rows=tuple(f"{HOSTILE[2]}.csv:{number}" for number in range(40)),
            ),
        ),
        notes=(*changed.notes, Note(HOSTILE[0], HOSTILE[1] + "\x1b[31m", (HOSTILE[4],))),
        environment=dataclasses.replace(
            changed.environment, command="newtrick train '" + breaking + "' " + "x" * 300
        ),
    )


def with_mistakes(record: RunRecord, number: int = 40) -> RunRecord:
    """The same run, with so many of its mistakes."""
    labels = record.result.labels
    shown = tuple(_mistake(place, labels) for place in range(number))
    pairs = [(label, answer) for label in labels for answer in labels if label != answer][:25]
    return dataclasses.replace(
        record,
        mistakes=Mistakes(
            rows=record.result.test.rows,
            count=337,
            shown=shown,
            pairs=tuple(
                ConfusedPair(label, answer, 30 - place, shown[place % number : place % number + 1])
                for place, (label, answer) in enumerate(pairs)
            ),
        ),
    )


def _mistake(place: int, labels: tuple[str, ...]) -> Mistake:
    text = TEXTS[place % len(TEXTS)]
    answer, confidence = place % len(labels), 0.99 - place / 100
    shares = np.full(len(labels), (1 - confidence) / (len(labels) - 1))
    shares[answer] = confidence
    return Mistake(
        row=f"reviews.csv:{place + 2}",
        text=text,
        label=labels[(place + 1) % len(labels)],
        answer=labels[answer],
        probabilities=tuple(shares.tolist()),
        doubted_by=("the word count", "the model")[: place % 4],
        explanation=_explanation(text, labels[answer], confidence) if place < 20 else None,
    )


def _explanation(text: str, label: str, probability: float) -> Explanation:
    words, end = [], 0
    for number, word in enumerate(text.split()):
        start = text.index(word, end)
        end = start + len(word)
        words.append(WordEffect(start, end, word, (-1) ** number * 2.0 / (number + 1)))
    return Explanation(text, label, probability, tuple(words))


def _scores(scores: Scores, labels: tuple[str, ...], confusion: Counts) -> Scores:
    """All figures, those of decided labels as the counts have them."""
    figures = {
        "balanced_accuracy": 0.8406,
        "macro_precision": 0.8407,
        "macro_recall": 0.8406,
        "weighted_f1": 0.8406,
        "mcc": 0.6813,
        "roc_auc": 0.9187,
        "average_precision": 0.9203,
        "brier_score": 0.2311,
        "calibration_error": 0.0612,
    }
    if scores.f1 is not None:
        figures |= {"precision": 0.8352, "recall": 0.8486, "f1": 0.8419}
    intervals = {
        name: (round(value - 0.015, 4), round(value + 0.016, 4))
        for name, value in {**figures, "macro_f1": scores.macro_f1}.items()
        if name != "calibration_error"
    }
    hits, of_label, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    by_label = {
        label: LabelScores(
            precision=hits[place] / max(predicted[place], 1),
            recall=hits[place] / max(of_label[place], 1),
            f1=2 * hits[place] / max(predicted[place] + of_label[place], 1),
            support=of_label[place],
        )
        for place, label in enumerate(labels)
    }
    return scores.model_copy(update={**figures, "intervals": intervals, "by_label": by_label})


def _slice(what: str, rows: int, accuracy: float, p_value: float) -> SliceScores:
    return SliceScores(
        what=what,
        rows=rows,
        accuracy=accuracy,
        accuracy_interval=(accuracy - 0.04, accuracy + 0.038),
        p_value=p_value,
    )
