"""Sound cards give no error, and ours not even a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.audit.card.cards import HEADER, found, table

from newtrick.audit.card.confusion import f1_bounds, fits_rows, highest_f1
from newtrick.audit.card.figures import Figure
from newtrick.audit.finding import Severity

OURS = Path(__file__).parents[2] / "report" / "expected_card.md"

BALANCED = """# Sentiment of reviews

Results on the evaluation set:
- Loss: 0.2790
- Accuracy: 0.8912
- F1: 0.8924

Hyperparameters:
- num_epochs: 3

""" + table(
    rows=(
        ("0.4812", "1.0", "250", "0.3391", "0.8532", "0.8571"),
        ("0.2951", "2.0", "500", "0.2874", "0.8836", "0.8817"),
        ("0.2204", "3.0", "750", "0.2790", "0.8912", "0.8924"),
    )
)

MANY_CLASSES = """---
model-index:
- name: topics
  results:
  - dataset: {name: topics, type: topics, split: validation}
    metrics:
    - {type: accuracy, value: 0.7614}
    - {type: f1, value: 0.7033, name: Macro F1}
---
Twelve topics, scored on 4,400 validation examples.

""" + table(
    ("Epoch", "Training Loss", "Validation Loss", "Accuracy", "F1 macro", "F1 weighted"),
    (
        ("1", "1.9121", "1.2230", "0.6980", "0.5821", "0.6872"),
        ("2", "1.0142", "0.9871", "0.7445", "0.6712", "0.7390"),
        ("3", "0.7713", "0.9414", "0.7614", "0.7033", "0.7588"),
    ),
)

ENTITIES = """Results on the evaluation set:
- Loss: 0.0461
- Precision: 0.8909
- Recall: 0.8510
- F1: 0.8705
- Accuracy: 0.9827

""" + table(
    (*HEADER[:4], "Precision", "Recall", "F1", "Accuracy"),
    (
        ("0.0932", "0.32", "500", "0.0537", "0.8763", "0.8255", "0.8502", "0.9799"),
        ("0.0598", "0.64", "1000", "0.0479", "0.8870", "0.8448", "0.8654", "0.9820"),
        ("0.0558", "0.96", "1500", "0.0461", "0.8909", "0.8510", "0.8705", "0.9827"),
    ),
)

WITHOUT_TABLE = """# Spam filter

| Metric | Value |
|---|---|
| Accuracy | 98.7 % |
| F1 (macro) | 96.9 % |

95 % interval 97.9 to 99.2 % on 1,115 test messages; naive Bayes reaches 97.8 %.
"""

STOPPED_EARLY = """The best checkpoint on the evaluation set; early stopping with patience 2.
- Loss: 0.3001
- Accuracy: 0.8790
- num_epochs: 20

""" + table(
    HEADER[:5],
    (
        ("0.4001", "1", "100", "0.3420", "0.8610"),
        ("0.2801", "2", "200", "0.3001", "0.8790"),
        ("0.1801", "3", "300", "0.3508", "0.8801"),
        ("0.0901", "4", "400", "0.4712", "0.8755"),
    ),
)

PUBLISHED = """It achieves this on the evaluation set:
- Loss: 0.6581
- Accuracy: 0.8603
- F1: 0.9042

""" + table(
    rows=(
        ("No log", "1.0", "459", "0.3660", "0.8505", "0.8893"),
        ("0.5003", "2.0", "918", "0.5355", "0.8407", "0.8922"),
        ("0.2654", "3.0", "1377", "0.6581", "0.8603", "0.9042"),
    )
)

CARDS = (BALANCED, MANY_CLASSES, ENTITIES, WITHOUT_TABLE, STOPPED_EARLY, PUBLISHED)


@pytest.mark.parametrize("card", CARDS)
def test_a_sound_card_has_no_error(card: str) -> None:
    findings = found(card).values()
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("card", [BALANCED, MANY_CLASSES, ENTITIES, WITHOUT_TABLE, STOPPED_EARLY])
def test_a_card_that_reports_its_best_checkpoint_has_no_warning(card: str) -> None:
    assert {finding.severity for finding in found(card).values()} <= {Severity.INFO}


def test_our_own_card_has_no_finding() -> None:
    assert found(OURS.read_text("utf-8")) == {}


def scores(true_positive: int, missed: int, false: int, true_negative: int) -> tuple[float, float]:
    right = true_positive + true_negative
    accuracy = right / (right + missed + false)
    return accuracy, 2 * true_positive / max(1, 2 * true_positive + missed + false)


@st.composite
def courses(draw: st.DrawFn) -> tuple[int, list[tuple[float, float]]]:
    """Rows, and accuracy and F1 of checkpoints on an evaluation set with two classes."""
    positives = draw(st.integers(20, 5000))
    negatives = draw(st.integers(positives // 9 + 10, 5000))
    checkpoints = []
    for _ in range(draw(st.integers(2, 6))):
        hits = draw(st.integers(0, positives))
        kept = draw(st.integers(negatives // 3, negatives))
        checkpoints.append(scores(hits, positives - hits, negatives - kept, kept))
    return positives + negatives, checkpoints


@given(courses(), st.integers(2, 5), st.booleans())
def test_no_confusion_matrix_of_two_classes_is_called_impossible_or_one_class(
    course: tuple[int, list[tuple[float, float]]], places: int, says_size: bool
) -> None:
    size, checkpoints = course
    rows = tuple(
        (str(step), f"{accuracy:.{places}f}", f"{f1:.{places}f}")
        for step, (accuracy, f1) in enumerate(checkpoints, start=1)
    )
    said = f"{size} test rows of the sms-spam dataset" if says_size else ""
    codes = found(f"{said}\n\n{table(('Step', 'Accuracy', 'F1'), rows)}").keys()
    assert not codes & {"impossible-metric", "one-class-evaluation"}


matrices = st.tuples(*[st.integers(0, 300)] * 4).filter(any)


@given(matrices, st.integers(2, 6))
def test_a_confusion_matrix_fits_its_own_rounded_scores(
    matrix: tuple[int, int, int, int], places: int
) -> None:
    accuracy, f1 = (
        Figure(round(score, places), 0.5 * 10**-places, "") for score in scores(*matrix)
    )
    assert fits_rows(accuracy, f1, sum(matrix))


@given(matrices)
def test_f1_is_within_its_bounds_for_any_confusion_matrix(
    matrix: tuple[int, int, int, int],
) -> None:
    accuracy, f1 = scores(*matrix)
    share = (matrix[0] + matrix[1]) / sum(matrix)
    assert f1 <= highest_f1(accuracy) + 1e-12
    if 0 < share < 1:
        least, most = f1_bounds(accuracy, share)
        assert least - 1e-9 <= f1 <= most + 1e-9
