"""Predictions of several models ─► their answers to the same rows, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from newtrick.data.labels import meant
from newtrick.errors import SHOWN_DETAILS, DataError
from newtrick.evaluation.arrays import Floats, Ids
from newtrick.evaluation.intervals import Resampling
from newtrick.evaluation.saved import SavedPredictions


@dataclass(frozen=True)
class Answers:
    """What one model answered, in the order of the first one's rows; ids of labels, shape (rows,).

    Attributes:
        saved: Where it is from.
        places: The number of each row in its own file.
        predicted: Shape (rows,).
        losses: Shape (rows,); None without probabilities.
    """

    saved: SavedPredictions
    places: Ids
    predicted: Ids
    losses: Floats | None


@dataclass(frozen=True)
class Rows:
    """The rows that all answered to: label ids, shape (rows,), and groups, if there are any."""

    ids: pl.Series
    names: tuple[str, ...]
    labels: Ids
    groups: Ids | None

    @property
    def resampling(self) -> Resampling:
        """The same resamples for every figure."""
        return Resampling(len(self.labels), self.groups)


def line_up(models: Sequence[SavedPredictions]) -> tuple[Rows, list[Answers]]:
    """Bring the answers of all into the order of the first one's rows.

    Raises:
        DataError: A row of one is not in another, has another label there, or a label was predicted
            that is not known.
    """
    first = models[0].answers
    names = sorted(_known(models))
    ids = {name: index for index, name in enumerate(names)}
    answers = []
    for model in models:
        places = _places(models[0], model)
        answer = model.answers[places]
        _refuse_other_labels(models[0], model, answer["label"])
        _refuse_unknown(model, answer, ids)
        losses = None if answer["loss"].has_nulls() else answer["loss"].to_numpy()
        answers.append(Answers(model, places, _coded(answer["predicted"], ids), losses))
    groups = (each.saved.answers["group"].gather(each.places) for each in answers)
    grouped = next((column for column in groups if not column.has_nulls()), None)
    numbers = None if grouped is None else grouped.rank("dense").to_numpy().astype(np.int64) - 1
    return Rows(first["id"], tuple(names), _coded(first["label"], ids), numbers), answers


def _known(models: Sequence[SavedPredictions]) -> set[str]:
    """The labels that there are; where a row may have several, all sets of them that occur."""
    known = set(models[0].answers["label"])
    if models[0].multi_label:
        return known.union(*(model.answers["predicted"] for model in models))
    return known.union(*(model.labels for model in models))


def _coded(names: pl.Series, ids: Mapping[str, int]) -> Ids:
    return names.replace_strict(ids, return_dtype=pl.Int64).to_numpy()


def _places(first: SavedPredictions, other: SavedPredictions) -> Ids:
    """Where the rows of the first are in the other.

    Raises:
        DataError: A row of one is not in the other.
    """
    ours, theirs = first.answers.select("id"), other.answers.select("id").with_row_index("place")
    joined = ours.join(theirs, on="id", how="left", maintain_order="left")
    missing = joined.filter(pl.col("place").is_null())["id"]
    extra = theirs.join(ours, on="id", how="anti", maintain_order="left")["id"]
    if len(missing) or len(extra):
        only = ((first.name, missing), (other.name, extra))
        raise DataError(
            "The models did not answer to the same rows.",
            where=f"{first.name} and {other.name}",
            details=[
                f"{row_count(len(ids))} only in {name}: {', '.join(ids.head(3))}"
                + (", …" if len(ids) > 3 else "")  # noqa: PLR2004 (as many as are shown)
                for name, ids in only
                if len(ids)
            ],
            fix="let all of them predict the same rows, with the same ids; test rows that newtrick"
            " cuts itself are others with another data.split_seed",
        )
    return joined["place"].to_numpy().astype(np.int64)


def _refuse_other_labels(
    first: SavedPredictions, other: SavedPredictions, labels: pl.Series
) -> None:
    ours = first.answers["label"]
    differ = (ours != labels).arg_true()
    if len(differ):
        raise DataError(
            "The same rows have other labels.",
            where=f"{first.name} and {other.name}",
            found=f"{len(differ):,} of {len(ours):,} rows",
            details=[
                f"{first.answers['id'][place]}: {ours[place]!r} and {labels[place]!r}"
                for place in differ.head(SHOWN_DETAILS)
            ],
            fix="score all models on the same labels",
        )


def _refuse_unknown(model: SavedPredictions, answer: pl.DataFrame, ids: Mapping[str, int]) -> None:
    unknown = answer.filter(~pl.col("predicted").is_in(list(ids)))
    if not unknown.is_empty():
        raise DataError(
            "Labels were predicted that are not known.",
            where=model.name,
            found=f"{unknown.height:,} of {answer.height:,} rows",
            details=[
                f"{row}: {name!r}{meant(name, ids)}"
                for row, name in unknown.head(SHOWN_DETAILS)[["id", "predicted"]].iter_rows()
            ],
            fix=f"the labels known are {', '.join(ids)}; a label that no row has is known where"
            " there is a column with its probability",
        )


def row_count(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"
