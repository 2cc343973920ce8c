"""Cutting validation and test rows so that rows which share a group stay in one part.

Groups are taken in random order, large ones first, and each goes to the part that it brings closest
to its share of each class. So the classes keep their shares as far as the groups let them. Rows
that may have several labels are divided as they are without groups, but by whole groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from newtrick.data.dataset import GROUP, LabelSet, label_ids, row_ids
from newtrick.data.split import (
    ClassTooSmall,
    Cut,
    alike_texts,
    check_settings,
    cut_by_labels,
    listed,
    rows_of,
)
from newtrick.errors import DataError

Ids = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]

_ATTEMPTS = 50
_LARGEST_JOINED = 0.1
"""Groups that share texts count as one, up to this share of the rows. Beyond it, as with messages
that everybody sends, they stay apart; the audit tells of texts that are alike across splits."""


def cut_by_group(
    pool: pl.DataFrame,
    labels: LabelSet,
    *,
    validation_share: float,
    test_share: float,
    max_train_rows: int | None,
    seed: int,
    where: str,
) -> Cut:
    """Cut a pool into training, validation and test rows, and split no group.

    Args:
        pool: Rows with the columns of `SCHEMA`, and `group`.
        labels: Its classes.
        validation_share: Share of all rows of the pool; 0 for no validation rows.
        test_share: Likewise.
        max_train_rows: As `cut` takes it; whole groups are left out, and then single rows.
        seed: Of the draw.
        where: The name of the data, for errors.

    Raises:
        ClassTooSmall: The rows of a class are in too few groups to give one to each part.
        DataError: There are too few groups, or no way was found to give each part all classes.
        RecipeError: The shares leave nothing for training, or `max_train_rows` is below the number
            of classes.
    """
    check_settings(labels, validation_share + test_share, max_train_rows)
    train_share = 1 - validation_share - test_share
    scale = min(1.0, (max_train_rows or pool.height) / (train_share * pool.height))
    wanted = {"training": train_share, "validation": validation_share, "test": test_share}
    shares = {name: share * scale for name, share in wanted.items() if share}
    if len(shares) == 1 and scale == 1:
        return Cut(pool, pool.clear(), pool.clear())
    groups = _groups(pool)
    _check_count(int(groups.max()) + 1, list(shares), where)
    if labels.multi_label:
        return cut_by_labels(
            pool,
            labels,
            _places(groups),
            validation_share=validation_share,
            test_share=test_share,
            max_train_rows=max_train_rows,
            seed=seed,
            where=where,
            units="groups",
        )
    generator = np.random.default_rng(seed)
    part_of = _part_of(groups, pool, labels, shares, 1 - scale, chance=generator, where=where)
    parts = {name: np.flatnonzero(part_of[groups] == part) for part, name in enumerate(shares)}
    train = generator.permutation(parts.pop("training"))[:max_train_rows]
    nothing = np.array([], dtype=np.int64)
    return Cut(
        pool[np.sort(train)],
        pool[parts.get("validation", nothing)],
        pool[parts.get("test", nothing)],
    )


def _part_of(
    groups: Ids,
    pool: pl.DataFrame,
    labels: LabelSet,
    shares: Mapping[str, float],
    left_out: float,
    *,
    chance: np.random.Generator,
    where: str,
) -> Ids:
    """The part of each group, by its place in `shares`; the share left out is one part more."""
    table = _table(groups, label_ids(pool), len(labels))
    _check_groups(pool, table, labels, list(shares), where)
    all_shares = np.array([*shares.values(), *([left_out] if left_out else [])])
    part_of = _assigned(table, all_shares, len(shares), chance)
    if part_of is None:
        raise DataError(
            "The groups cannot be split so that each part has every class.",
            where=where,
            found=f"{len(table):,} groups for {listed(list(shares))}",
            fix="give a test set of its own with --test, or choose a --group-column with more"
            " groups",
        )
    return part_of


def _places(groups: Ids) -> list[list[int]]:
    """The places of the rows of each group."""
    rows = pl.DataFrame({"group": groups}).with_row_index("place")
    return rows.group_by("group", maintain_order=True).agg("place")["place"].to_list()


def _groups(pool: pl.DataFrame) -> Ids:
    """A number from 0 on for each row; groups with texts that are alike have the same."""
    alike = np.empty(pool.height, dtype=np.int64)
    for number, places in enumerate(alike_texts(pool)["place"].to_list()):
        alike[places] = number
    own = pool[GROUP].rank("dense").to_numpy().astype(np.int64) - 1
    first = int(own.max()) + 1  # the number of the first group of texts, beside those of the rows
    size = first + int(alike.max()) + 1
    graph = coo_array((np.ones(len(own)), (own, first + alike)), shape=(size, size))
    joined = connected_components(graph, directed=False)[1][own]
    rows = pl.DataFrame({"own": own, "joined": joined})
    is_too_large = pl.len().over("joined") > _LARGEST_JOINED * pool.height
    together = pl.when(is_too_large).then(size + pl.col("own")).otherwise("joined")
    return rows.select(together.rank("dense")).to_series().to_numpy().astype(np.int64) - 1


def _table(groups: Ids, labels: Ids, classes: int) -> Table:
    """How many rows of each class each group has; shape (groups, classes)."""
    size = int(groups.max()) + 1
    counts = np.bincount(groups * classes + labels, minlength=size * classes)
    return counts.reshape(size, classes).astype(np.float64)


def _check_count(groups: int, parts: Sequence[str], where: str) -> None:
    if groups < len(parts):
        raise DataError(
            f"There are too few groups to be split into rows for {listed(parts)}.",
            where=where,
            found="1 group" if groups == 1 else f"{groups} groups",
            fix="give a test set of its own with --test, or choose another --group-column",
        )


def _check_groups(
    pool: pl.DataFrame, table: Table, labels: LabelSet, parts: Sequence[str], where: str
) -> None:
    with_class = (table > 0).sum(axis=0)
    small = np.flatnonzero(with_class < len(parts)).tolist()
    if small:
        details = [
            f"{rows_of(pool, label, labels.names[label])}; groups with it {with_class[label]}"
            for label in small
        ]
        rows = row_ids(pool.filter(pl.col("label").is_in(small)))
        raise ClassTooSmall(details, parts=parts, rows=rows, where=where, units="groups")


def _assigned(table: Table, shares: Table, used: int, chance: np.random.Generator) -> Ids | None:
    """The part of each group, or None if in no order of the groups each part gets all classes.

    Args:
        table: Rows of each class in each group.
        shares: Of all rows, for each part.
        used: So many parts need all classes; another takes what is left out.
        chance: The order of groups of one size.
    """
    for _ in range(_ATTEMPTS):
        shuffled = chance.permutation(len(table))
        order = shuffled[np.argsort(-table[shuffled].sum(axis=1), kind="stable")]
        part_of = _greedy(table, shares, used, order)
        if all((table[part_of == part].sum(axis=0) > 0).all() for part in range(used)):
            return part_of
    return None


def _greedy(table: Table, shares: Table, used: int, order: Ids) -> Ids:
    """Give each group, in order, to the part whose classes' rows come closest to its shares by it.

    Where a class is left in no more groups than there are parts that have none of it, these parts
    get them.
    """
    totals, with_class = table.sum(axis=0), table > 0
    lacking = np.outer(shares, totals)
    is_without = np.repeat([[part < used] for part in range(len(shares))], len(totals), axis=1)
    left = with_class.sum(axis=0)
    part_of = np.empty(len(table), dtype=np.int64)
    for group in order:
        rows, has = table[group], with_class[group]
        gain = ((2 * lacking - rows) @ (rows / totals**2)) / shares  # of squared distances
        scarce = has & (left <= is_without.sum(axis=0))
        if scarce.any():
            gain[~is_without[:, scarce].any(axis=1)] = -np.inf
        part = gain.argmax()
        part_of[group] = part
        lacking[part] -= rows
        is_without[part] &= ~has
        left -= has
    return part_of
