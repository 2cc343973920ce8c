"""`decisions.json` of a model folder: what was fitted on the validation rows."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from newtrick.beside import read_beside
from newtrick.evaluation.decisions.scores import LabelRule
from newtrick.evaluation.value import Value
from newtrick.storage import write_file

_FILE = "decisions.json"
_FORMAT = 1

Wanted = Literal["precision", "recall"]


class Abstention(Value):
    """When an answer is withheld.

    Attributes:
        accuracy: The share of the answers given that is to be right.
        threshold: The least calibrated probability of an answer; absent where none keeps that, and
            then every answer is withheld.
        assured: The accuracy that is assured; without a threshold, the highest that could be.
    """

    accuracy: float
    threshold: float | None = None
    assured: float


class Sets(Value):
    """Which labels belong in a prediction set.

    Attributes:
        coverage: The share of sets that is to hold the true label.
        score: By what labels are judged; see `conformal.py`.
        least_probability: The least calibrated probability; the most probable label always belongs.
    """

    coverage: float
    score: Literal["LAC"] = "LAC"
    least_probability: float


class LabelThreshold(Value):
    """From which probability on a label is named.

    Attributes:
        label: One against all others.
        wanted: What was asked for.
        share: How much of it.
        threshold: The least calibrated probability; absent where none keeps that, and then the
            label is never named for a wanted precision, always for a wanted recall.
        assured: The share that is assured; without a threshold, the highest that could be.
    """

    label: str
    wanted: Wanted
    share: float
    threshold: float | None = None
    assured: float


class Decisions(Value):
    """What was fitted on the validation rows, to decide by.

    Attributes:
        format: Of the file.
        labels: The classes in the order of the logits.
        head: A hash of the classification head that it was fitted for.
        rows: How many it was fitted on.
        temperature: What logits are divided by before the softmax; gives calibrated probabilities.
        temperature_at_bound: Whether another one was asked for than is allowed.
        abstention: When an answer is withheld.
        sets: Which labels belong in a prediction set.
        thresholds: By label; none unless asked for.
        costs: The true label, the label named, the cost; absent unless given.
    """

    format: Literal[1] = 1
    labels: tuple[str, ...]
    head: str
    rows: int
    temperature: float
    temperature_at_bound: bool = False
    abstention: Abstention
    sets: Sets
    thresholds: tuple[LabelThreshold, ...] = ()
    costs: tuple[tuple[str, str, float], ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What is decided of a text, as the names of columns; see `Decision`."""
        flagged = ("flagged",) if self.thresholds else ()
        return ("answer", "confidence", "set", *flagged, *(("cheapest",) if self.costs else ()))


class LabelDecisions(Value):
    """What was fitted on validation rows that have any number of labels, to decide by.

    Attributes:
        format: Of the file.
        task: Tells it from the other kind.
        labels: In the order of the logits.
        head: A hash of the classification head that it was fitted for.
        rows: How many it was fitted on.
        temperature: What logits are divided by before the sigmoid; gives calibrated probabilities.
        temperature_at_bound: Whether another one was asked for than is allowed.
        rules: From which calibrated probability on each label is named, in the labels' order.
    """

    format: Literal[1] = 1
    task: Literal["multi_label"] = "multi_label"
    labels: tuple[str, ...]
    head: str
    rows: int
    temperature: float
    temperature_at_bound: bool = False
    rules: tuple[LabelRule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What is decided of a text, as the names of columns; see `LabelDecision`."""
        return ("flagged",)


def save_decisions(folder: Path, decisions: Decisions | LabelDecisions) -> None:
    """Write them beside the weights, where plain transformers does not look.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    write_file(folder / _FILE, decisions.to_json() + "\n")


def read_decisions(folder: Path) -> Decisions | LabelDecisions | None:
    """What `decisions.json` of a model folder says, or None if there is none.

    Raises:
        ModelError: The file is damaged or of a later format.
    """
    return read_beside(
        folder / _FILE,
        _FORMAT,
        "The decisions were",
        _parsed,
        without="the model then predicts without deciding",
    )


def _parsed(document: object) -> Decisions | LabelDecisions:
    several = isinstance(document, dict) and document.get("task") == "multi_label"
    return (LabelDecisions if several else Decisions).model_validate(document)
