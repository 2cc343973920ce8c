"""Sound cards give no error, and ours not even a warning."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.audit.card.cards import HEADER, found, table

from newtrick.audit.card.confusion import f1_bounds, fits_rows, highest_f1
from newtrick.audit.card.figures import Figure
from newtrick.audit.finding import Severity
from newtrick.errors import DataError

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

KERAS = """---
tags: [generated_from_keras_callback]
model-index:
- name: x
  results: []
---
On the evaluation set:
- Train Loss: 0.1742
- Train Accuracy: 0.9432
- Validation Loss: 0.2501
- Validation Accuracy: 0.9044
- Epoch: 2

The optimizer was {'name': 'AdamWeightDecay', 'learning_rate': 2e-05, 'decay': 0.0}.

""" + table(
    ("Train Loss", "Train Accuracy", "Validation Loss", "Validation Accuracy", "Epoch"),
    (
        ("0.4112", "0.8120", "0.3010", "0.8733", "0"),
        ("0.2502", "0.9001", "0.2644", "0.8980", "1"),
        ("0.1742", "0.9432", "0.2501", "0.9044", "2"),
    ),
)

AUTOTRAIN = """# Trained by itself

- Problem type: Multi-class Classification
- Emissions (in grams): 5.7

## Validation Metrics

- Loss: 0.242
- Accuracy: 0.912
- Macro F1: 0.887
- Micro F1: 0.912
- Weighted F1: 0.911
- Macro Precision: 0.890
- Macro Recall: 0.884
"""

AUTOTRAIN_OF_TWO = """## Validation Metrics
loss: 0.1832

f1: 0.9312

precision: 0.9401

recall: 0.9225

auc: 0.9788

accuracy: 0.9320
"""

FEW_EXAMPLES = """---
model-index:
- name: few
  results:
  - dataset: {name: Unknown, type: unknown, split: test}
    metrics: [{type: accuracy, value: 0.8923668314113125, name: Accuracy}]
---
- **Number of Classes:** 2 classes

""" + "\n".join(
    (
        table(("Label", "Examples"), (("negative", "<ul><li>'stale, 3 times.'</li></ul>"),)),
        table(("Label", "Accuracy"), (("**all**", "0.8924"),)),
        table(("Training set", "Min", "Median", "Max"), (("Word count", "3", "11.4", "33"),)),
        table(("Label", "Training Sample Count"), (("negative", "8"), ("positive", "8"))),
        "- num_epochs: (10, 10)\n- body_learning_rate: (2e-05, 1e-05)\n",
        table(
            ("Epoch", "Step", "Training Loss", "Validation Loss"),
            (("0.2", "1", "0.2074", "-"), ("5.0", "25", "0.0321", "0.2102")),
        ),
    )
)

SIMILARITY = """#### Semantic Similarity

| Metric | Value |
|:--|:--|
| pearson_cosine | 0.8712 |
| **spearman_cosine** | **0.8733** |

| Epoch | Step | Training Loss | Validation Loss | dev_spearman_cosine |
|:--|:--|:--|:--|:--|
| 0.5556 | 200 | 0.0284 | 0.0280 | 0.8701 |
| 0.8333 | 300 | 0.0262 | 0.0277 | 0.8733 |
| 1.0 | 360 | - | - | 0.8733 |
"""

PIPELINE = """| Feature | Description |
| --- | --- |
| **Version** | `0.0.0` |
| **Vectors** | 0 keys, 0 unique vectors (0 dimensions) |

### Accuracy

| Type | Score |
| --- | --- |
| `CATS_SCORE` | 87.56 |
| `CATS_MACRO_P` | 87.61 |
| `CATS_MACRO_R` | 87.52 |
| `CATS_MACRO_F` | 87.56 |
| `TEXTCAT_LOSS` | 123.45 |
"""

OF_CLASSES = """Scored on the held-out rows:

               precision    recall  f1-score   support

        sport       0.97      0.98      0.97       511
     business       0.88      0.86      0.87       386
 politics, EU       0.90      0.92      0.91       402
            0       0.60      0.21      0.32        14

     accuracy                           0.92      1313
    macro avg       0.84      0.74      0.77      1313
 weighted avg       0.92      0.92      0.92      1313
"""

FOREIGN = """| Métrique | Valeur | Objectif | Statut |
|---|---|---|---|
| **Exactitude** | 87,2 % | ≥ 85 % | ✅ |
| **Rappel** | 83,1 % | ≥ 80 % | ✅ |
| **F1-Score** | 85,1 % | ≥ 82 % | ✅ |
"""

SHAPES = (
    *(KERAS, AUTOTRAIN, AUTOTRAIN_OF_TWO, FEW_EXAMPLES),
    *(SIMILARITY, PIPELINE, OF_CLASSES, FOREIGN),
)
CARDS = (BALANCED, MANY_CLASSES, ENTITIES, WITHOUT_TABLE, STOPPED_EARLY, PUBLISHED)


@pytest.mark.parametrize("card", CARDS)
def test_a_sound_card_has_no_error(card: str) -> None:
    findings = found(card).values()
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("card", [BALANCED, MANY_CLASSES, ENTITIES, WITHOUT_TABLE, STOPPED_EARLY])
def test_a_card_that_reports_its_best_checkpoint_has_no_warning(card: str) -> None:
    assert {finding.severity for finding in found(card).values()} <= {Severity.INFO}


@pytest.mark.parametrize("card", SHAPES)
def test_a_sound_card_of_any_popular_shape_has_no_warning(card: str) -> None:
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


@st.composite
def confusions(draw: st.DrawFn) -> list[list[int]]:
    """How often each of two to five classes was taken for each; two or more have rows."""
    classes = draw(st.integers(2, 5))
    of_class = st.lists(st.integers(0, 400), min_size=classes, max_size=classes)
    matrix = draw(st.lists(of_class, min_size=classes, max_size=classes))
    assume(sum(any(row) for row in matrix) > 1)
    return matrix


@given(confusions(), st.integers(2, 4))
def test_the_report_of_a_confusion_matrix_does_not_contradict_itself(
    matrix: list[list[int]], places: int
) -> None:
    lines = []
    for place, row in enumerate(matrix):
        named = sum(other[place] for other in matrix)
        precision, recall = row[place] / max(1, named), row[place] / max(1, sum(row))
        f1 = 2 * row[place] / max(1, named + sum(row))
        figures = "  ".join(f"{figure:.{places}f}" for figure in (precision, recall, f1))
        lines.append(f"class {place}  {figures}  {sum(row)}")
    total = sum(map(sum, matrix))
    right = sum(row[place] for place, row in enumerate(matrix))
    lines += ["", f"accuracy  {right / total:.{places}f}  {total}"]
    codes = found("precision  recall  f1-score  support\n\n" + "\n".join(lines)).keys()
    assert not codes & {"impossible-metric", "one-class-evaluation"}


PIECES = (
    *(
        "|",
        " | ",
        "\n",
        "\n\n",
        "|---|---|",
        "  ",
        "\t",
        ",",
        ";",
        ": ",
        "- ",
        "**",
        "```",
        "<table>",
    ),
    *(
        "<tr>",
        "<td>",
        "</table>",
        "Step",
        "Accuracy",
        "F1",
        "Validation Loss",
        "precision",
        "recall",
    ),
    *("f1-score", "support", "accuracy", "macro avg", "Class", "Train", "Test", "0.9", "1", "500"),
    *("1,000", "93,8 %", "-0.5", "nan", "½", "٣", "on the training set", "test set of 100"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=80))
def test_whatever_a_card_is_made_of_it_is_audited_or_refused(pieces: list[str]) -> None:
    with contextlib.suppress(DataError):
        found("".join(pieces))
