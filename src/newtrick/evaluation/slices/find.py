"""Groups of rows and which rows are right ─► the groups where the model is worse than by chance.

All groups are tested on the same rows, so the question is how bad the worst of many looks by
chance. A group is judged by the hypergeometric distribution: the chance to find as many mistakes or
more in as many rows, drawn from all (Fisher's exact test, one-sided). The chances are multiplied as
Holm (1979) has it: that any group is named where there is nothing to find happens at most once in
twenty data sets, however the groups overlap. It makes no difference that the words were looked up
on these rows: what a group is made of does not depend on where the mistakes are.

Where rows share a group of the data (a film, an author) they are wrong together, and count as many
as there are independent ones.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from newtrick.data.dataset import LabelSet, group_ids
from newtrick.evaluation.arrays import Flags, Ids
from newtrick.evaluation.chances import holm
from newtrick.evaluation.intervals import SEED, design_effect, share_interval
from newtrick.evaluation.slices.candidates import Candidates, find_candidates
from newtrick.evaluation.slices.scores import SliceScores, SlicesFound

MOST = 10
"""Groups that are told."""

_LEVEL = 0.05
_ALIKE = 0.5  # of the rows that are in either of two groups, the share in both
_MOST_ROWS = 50_000


def find_slices(rows: pl.DataFrame, right: Flags, labels: LabelSet) -> SlicesFound | None:
    """Look for groups of rows on which the model is worse; of very many rows, at some of them.

    Args:
        rows: With the columns of a split.
        right: Which of them the model got right, shape (rows,).
        labels: The classes.

    Returns:
        None where the rows are too few to have groups.
    """
    if rows.height > _MOST_ROWS:
        drawn = np.random.default_rng(SEED).choice(rows.height, _MOST_ROWS, replace=False)
        rows, right = rows[np.sort(drawn)], right[np.sort(drawn)]
    candidates = find_candidates(rows, labels)
    return worse_slices(candidates, right, group_ids(rows)) if candidates.names else None


def worse_slices(candidates: Candidates, right: Flags, shared: Ids | None = None) -> SlicesFound:
    """The groups where the model is worse by more than chance, the worst first.

    Of groups that are mostly the same rows, the one with the smallest chance is told.

    Args:
        candidates: At least one group.
        right: Which rows the model got right, shape (rows,).
        shared: The group of the data that each row is of; None where rows are independent.
    """
    from scipy.stats import hypergeom  # noqa: PLC0415 (half a second to load)

    sizes = candidates.sizes
    wrong = (~right).astype(np.float64) @ candidates.members
    worth = design_effect(right, shared)
    all_rows, all_wrong = np.ceil(len(right) / worth), np.ceil((~right).sum() / worth)
    chances = hypergeom.sf(np.floor(wrong / worth) - 1, all_rows, all_wrong, np.ceil(sizes / worth))
    corrected = holm(chances)
    told: list[int] = []
    for group in np.argsort(chances, kind="stable"):
        if corrected[group] > _LEVEL or len(told) == MOST:
            break
        if not _alike(candidates, told, group):
            told.append(int(group))
    worst = [
        SliceScores(
            what=candidates.names[group],
            rows=int(sizes[group]),
            accuracy=1 - wrong[group] / sizes[group],
            accuracy_interval=_interval(candidates, group, right, shared),
            p_value=corrected[group],
        )
        for group in told
    ]
    worst.sort(key=lambda scores: scores.accuracy)
    return SlicesFound(looked_at=len(sizes), worst=tuple(worst))


def _interval(
    candidates: Candidates, group: int, right: Flags, shared: Ids | None
) -> tuple[float, float]:
    rows = candidates.rows_of(group)
    return share_interval(right[rows], None if shared is None else shared[rows])


def _alike(candidates: Candidates, told: list[int], group: int) -> bool:
    if not told:
        return False
    both = candidates.members[:, told].T @ candidates.members[:, [group]].toarray()[:, 0]
    either = candidates.sizes[told] + candidates.sizes[group] - both
    return bool((both / either > _ALIKE).any())
