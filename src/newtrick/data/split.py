"""Cutting validation and test rows from a pool of rows: stratified, grouped, seeded.

Stratified: every class keeps its share in each split. Grouped: rows whose texts differ in nothing
but case, punctuation and white space, or in a word or two, stay in one split, so that what is
tested was not trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from newtrick.data.dataset import LabelSet, row_ids, rows_by_value
from newtrick.data.labels import meant
from newtrick.data.near import near_groups
from newtrick.data.pairs import text_columns, whole_text
from newtrick.data.stratify import LabelledGroup, stratify
from newtrick.data.words import find_words
from newtrick.errors import DataError, RecipeError

Group = list[int]
"""Places in the pool of the rows that have to stay together."""

_LARGEST_SHARE = 0.01
_LARGEST_ROWS = 10


@dataclass(frozen=True)
class Cut:
    """The parts of a pool, each in its order. A part that was not asked for is empty."""

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame


class ClassTooSmall(DataError):
    """A class has too few different texts, or groups, to give one to each part.

    Args:
        details: A line for each such class.
        parts: What the rows are to be cut into.
        rows: Those of these classes, as `file:row`.
        where: The name of the data.
        units: What is not split: different texts, or groups.
    """

    def __init__(
        self,
        details: Sequence[str],
        *,
        parts: Sequence[str],
        rows: Sequence[str],
        where: str,
        units: str = "texts",
    ) -> None:
        fix = (
            "add rows of the class; or relabel or drop these: list them with newtrick audit DATA"
            " --write-review FILE, decide there, and give it as --corrections FILE"
        )
        if "test" in parts:
            fix += "; or give a test set of its own with --test"
        super().__init__(
            "A class has too few rows to be split, and --accept cannot help: it needs"
            f" {len(parts)} different {units} or more, for {listed(parts)}.",
            where=where,
            details=details,
            fix=fix,
        )
        self.parts = tuple(parts)
        self.rows = tuple(rows)


Cutter = Callable[[pl.DataFrame, LabelSet], Cut]
"""Cuts a pool by its classes: `cut` with its settings given."""


def cut(
    pool: pl.DataFrame,
    labels: LabelSet,
    *,
    validation_share: float,
    test_share: float,
    max_train_rows: int | None,
    seed: int,
    where: str,
) -> Cut:
    """Cut a pool into training, validation and test rows.

    Args:
        pool: Rows with the columns of `SCHEMA`.
        labels: Its classes.
        validation_share: Share of all rows of the pool; 0 for no validation rows.
        test_share: Likewise.
        max_train_rows: If training has more rows than these, it gets a sample of so many, and the
            other parts shrink in the same proportion.
        seed: Of the draw.
        where: The name of the data, for errors.

    Raises:
        ClassTooSmall: A class has too few different texts to give one to each part; a label that
            rows have among others may be missing in one.
        RecipeError: The shares leave nothing for training, or `max_train_rows` is below the number
            of classes.
    """
    check_settings(labels, validation_share + test_share, max_train_rows)
    if not validation_share + test_share and pool.height <= (max_train_rows or pool.height):
        return Cut(pool, pool.clear(), pool.clear())
    if labels.multi_label:
        return cut_by_labels(
            pool,
            labels,
            alike_texts(pool)["place"].to_list(),
            validation_share=validation_share,
            test_share=test_share,
            max_train_rows=max_train_rows,
            seed=seed,
            where=where,
        )
    groups = _text_groups(pool, labels)
    shares = {"validation": validation_share, "test": test_share}
    asked = [name for name, share in shares.items() if share]
    _check_sizes(pool, groups, labels, ["training", *asked], where)
    counts = [sum(map(len, of_class)) for of_class in groups]
    rows = pool.height
    train_rows = rows * (1 - validation_share - test_share)
    scale = min(1.0, (max_train_rows or rows) / train_rows)
    test_quotas = _quotas(rows * test_share * scale, counts)
    validation_quotas = _quotas(rows * validation_share * scale, counts)
    train_quotas = _quotas(min(max_train_rows or rows, rows), counts)

    generator = np.random.default_rng(seed)
    test: list[int] = []
    validation: list[int] = []
    train: list[int] = []
    for label, of_class in enumerate(groups):
        drawn = [of_class[index] for index in generator.permutation(len(of_class))]
        taken, drawn = _take(drawn, test_quotas[label], leave=1 + (validation_share > 0))
        test += taken
        taken, drawn = _take(drawn, validation_quotas[label], leave=1)
        validation += taken
        train += [place for group in drawn for place in group][: train_quotas[label]]
    return Cut(pool[sorted(train)], pool[sorted(validation)], pool[sorted(test)])


def cut_by_labels(
    pool: pl.DataFrame,
    labels: LabelSet,
    groups: Sequence[Group],
    *,
    validation_share: float,
    test_share: float,
    max_train_rows: int | None,
    seed: int,
    where: str,
    units: str = "different texts",
) -> Cut:
    """Cut rows that may have several labels, so that each label keeps its share as far as it can.

    Args:
        pool: The rows.
        labels: Their labels.
        groups: All rows.
        validation_share: Share of all rows of the pool; 0 for no validation rows.
        test_share: Likewise.
        max_train_rows: As `cut` takes it.
        seed: Of the draw.
        where: The name of the data, for errors.
        units: What the groups are called there.

    Raises:
        DataError: A part with a share gets no rows.
    """
    label_lists = pool["label"].to_list()
    labelled = [
        LabelledGroup(tuple(places), tuple(label for at in places for label in label_lists[at]))
        for places in groups
    ]
    train_share = 1 - validation_share - test_share
    scale = min(1.0, (max_train_rows or pool.height) / (pool.height * train_share))
    shares = [scale * share for share in (test_share, validation_share, train_share)]
    sizes = [pool.height * share for share in (*shares, 1 - sum(shares))]
    parts = stratify(labelled, sizes, len(labels), seed=seed)
    names = ("test", "validation", "training")
    named = zip(names, shares, parts, strict=False)
    if empty := [name for name, share, part in named if share and not part]:
        raise DataError(
            f"There are too few {units}: none is left for {' and '.join(empty)}.",
            where=where,
            found=f"{pool.height:,} rows",
            fix="add rows",
        )
    test, validation, train, _ = (pool[sorted(part)] for part in parts)
    return Cut(train.head(max_train_rows or pool.height), validation, test)


def text_key(rows: pl.DataFrame) -> pl.Expr:
    """A column `key` that is equal for texts that differ in case, marks and white space alone."""
    keys = []
    for name in text_columns(rows):
        letters = pl.col(name).str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")
        keys.append(pl.when(letters == "").then(name).otherwise(letters))
    return pl.concat_str(keys, separator="\n").alias("key")


def text_key_hashes(frame: pl.DataFrame) -> pl.Series:
    """A 64-bit hash of the `text_key` of each row: the same on every machine, in every version."""
    keys = frame.select(text_key(frame)).to_series()
    digests = (hashlib.blake2b(key.encode("utf-8"), digest_size=8).digest() for key in keys)
    values = [int.from_bytes(digest, "big") for digest in digests]
    return pl.Series("hash", values, pl.UInt64)


def check_settings(labels: LabelSet, shares: float, max_train_rows: int | None) -> None:
    """Refuse shares that leave nothing to train on, and fewer training rows than classes.

    Raises:
        RecipeError: With the settings.
    """
    if shares >= 1:
        raise RecipeError(
            "The shares of validation and test leave no rows for training.",
            where="data.validation_share, data.test_share",
            found=f"{shares:g} together",
            fix="make their sum less than 1",
        )
    if max_train_rows is not None and max_train_rows < len(labels) and not labels.multi_label:
        raise RecipeError(
            f"Training needs a row of each of the {len(labels)} classes.",
            where="data.max_train_rows",
            found=max_train_rows,
            fix=f"set it to {len(labels)} or more",
        )


def _text_groups(pool: pl.DataFrame, labels: LabelSet) -> list[list[Group]]:
    """For each class its groups; one with several labels belongs to that of its first row."""
    groups: list[list[Group]] = [[] for _ in labels]
    for places, label in alike_texts(pool).select("place", "label").iter_rows():
        groups[label].append(places)
    return groups


def alike_texts(pool: pl.DataFrame) -> pl.DataFrame:
    """A row for each group of texts that are alike: the places of its rows, its first's label."""
    copies = (
        pool.select(text_key(pool), whole_text(pool), "label")
        .with_row_index("place")
        .group_by("key", maintain_order=True)
        .agg("place", pl.col("text", "label").first())
    )
    return (
        copies.with_columns(near=_near(copies, pool.height))
        .group_by("near", maintain_order=True)
        .agg(pl.col("place").explode(), pl.col("label").first())
    )


def _near(copies: pl.DataFrame, rows: int) -> pl.Series:
    """The near-duplicate group of each text.

    Texts that were all made from one pattern would be a group too large for any split: such texts
    go their own ways, and the audit tells of those that are alike across splits.
    """
    near = pl.Series(near_groups(find_words(copies["text"])))
    sizes = copies.select(pl.col("place").list.len().sum().over(near)).to_series()
    return pl.select(
        pl.when(sizes > largest_lump(rows)).then(pl.int_range(copies.height)).otherwise(near)
    ).to_series()


def largest_lump(rows: int) -> int:
    """How many of so many rows are kept together for being near-duplicates of each other."""
    return max(_LARGEST_ROWS, int(_LARGEST_SHARE * rows))


def _check_sizes(
    pool: pl.DataFrame,
    groups: Sequence[Sequence[Group]],
    labels: LabelSet,
    parts: Sequence[str],
    where: str,
) -> None:
    small = [label for label, of_class in enumerate(groups) if len(of_class) < len(parts)]
    if small:
        details = [
            rows_of(pool, label, labels.names[label])
            + f"; different texts of its own {len(groups[label])}"
            + meant(labels.names[label], labels)
            for label in small
        ]
        rows = row_ids(pool.filter(pl.col("label").is_in(small)))
        raise ClassTooSmall(details, parts=parts, rows=rows, where=where)


def listed(names: Sequence[str]) -> str:
    """`training, validation and test`."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def rows_of(pool: pl.DataFrame, label: int, name: str) -> str:
    """How many rows a class has, and which."""
    rows = pool.filter(pl.col("label") == label).with_columns(label=pl.lit(name))
    return "".join(rows_by_value(rows, "label"))


def _quotas(total: float, counts: Sequence[int]) -> list[int]:
    """Divide rows among the classes by their counts, at least one to each."""
    if total == 0:
        return [0] * len(counts)
    exact = np.array(counts) * (total / sum(counts))
    quotas = np.maximum(np.floor(exact), 1).astype(int)
    while quotas.sum() < round(total):
        quotas[np.argmax(exact - quotas)] += 1
    while quotas.sum() > max(round(total), len(counts)):
        quotas[np.argmax(quotas)] -= 1
    return [int(quota) for quota in quotas]


def _take(groups: Sequence[Group], quota: int, *, leave: int) -> tuple[list[int], list[Group]]:
    """Take the groups that fit into the quota, or else the smallest; the rows taken, and the rest.

    At least `leave` groups are left for the other parts.
    """
    taken: list[Group] = []
    rest: list[Group] = []
    room = quota
    for group in groups:
        fits = len(group) <= room and len(groups) - len(taken) > leave
        (taken if fits else rest).append(group)
        room -= len(group) if fits else 0
    if quota and not taken:
        smallest = min(rest, key=len)
        rest.remove(smallest)
        taken.append(smallest)
    return [place for group in taken for place in group], rest
