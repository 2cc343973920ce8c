"""Cutting: shares hold, classes keep theirs, copies stay together, a seed decides."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newtrick.data.dataset import SCHEMA, LabelSet
from newtrick.data.split import Cut, cut, text_key_hashes
from newtrick.errors import DataError, RecipeError

LABELS = LabelSet(("neg", "pos"), "pos")


def pool_of(labels: list[int], texts: list[str] | None = None) -> pl.DataFrame:
    columns = {
        "file": ["a.csv"] * len(labels),
        "row": range(1, len(labels) + 1),
        "text": texts or [f"text {number}" for number in range(len(labels))],
        "label": labels,
    }
    return pl.DataFrame(columns, SCHEMA)


def cut_of(
    pool: pl.DataFrame,
    validation: float = 0.1,
    test: float = 0.2,
    *,
    max_train_rows: int | None = None,
    seed: int = 1,
    labels: LabelSet = LABELS,
) -> Cut:
    return cut(
        pool,
        labels,
        validation_share=validation,
        test_share=test,
        max_train_rows=max_train_rows,
        seed=seed,
        where="films",
    )


def counts(frame: pl.DataFrame) -> list[int]:
    return [frame.filter(pl.col("label") == label).height for label in (0, 1)]


def test_shares_are_of_all_rows_and_hold_in_each_class() -> None:
    parts = cut_of(pool_of([0] * 700 + [1] * 300))
    assert counts(parts.train) == [490, 210]
    assert counts(parts.validation) == [70, 30]
    assert counts(parts.test) == [140, 60]


def test_every_row_is_in_one_part_and_in_the_order_of_the_pool() -> None:
    parts = cut_of(pool_of([0, 1] * 50))
    frames = (parts.train, parts.validation, parts.test)
    assert sorted(row for frame in frames for row in frame["row"]) == list(range(1, 101))
    assert all(frame["row"].is_sorted() for frame in frames)


def test_the_seed_decides() -> None:
    pool = pool_of([0, 1] * 100)
    assert cut_of(pool).test.equals(cut_of(pool).test)
    assert not cut_of(pool).test.equals(cut_of(pool, seed=2).test)


def test_copies_of_a_text_stay_together_whatever_their_case_and_punctuation() -> None:
    texts = [f"{'Good' if n % 3 else 'GOOD!'} film, number {n // 3}." for n in range(300)]
    parts = cut_of(pool_of([n // 3 % 2 for n in range(300)], texts))
    numbers = [
        set(frame["text"].str.extract(r"(\d+)", 1))
        for frame in (parts.train, parts.validation, parts.test)
    ]
    assert len(set.union(*numbers)) == sum(map(len, numbers))
    assert parts.validation.height == 30


def test_texts_that_differ_in_a_word_stay_together() -> None:
    texts = [
        f"{'Good' if n % 2 else 'Bad'} {' '.join(f'w{n // 2}x{k}' for k in range(8))}"
        for n in range(200)
    ]
    parts = cut_of(pool_of([n // 2 % 2 for n in range(200)], texts))
    pairs = [
        set(frame["text"].str.extract(r"w(\d+)x", 1))
        for frame in (parts.train, parts.validation, parts.test)
    ]
    assert len(set.union(*pairs)) == sum(map(len, pairs)) == 100


def test_texts_of_one_pattern_are_split_all_the_same() -> None:
    texts = [f"this is page number {n} of the whole book" for n in range(300)]
    assert cut_of(pool_of([0, 1] * 150, texts)).test.height == 60


def test_texts_without_letters_are_not_all_alike() -> None:
    faces = [chr(0x1F600 + number) for number in range(40)]
    assert cut_of(pool_of([0, 1] * 20, faces)).test.height == 8


def test_hashes_of_texts_are_equal_where_texts_differ_in_case_and_marks_and_never_change() -> None:
    hashes = text_key_hashes(pool_of([0, 1, 0], ["Good film.", "good, FILM", "Größe 👩"]))
    assert hashes.to_list() == [16355298466310907347, 16355298466310907347, 17652106498042665705]


def test_max_train_rows_shrinks_what_is_cut_in_proportion() -> None:
    pool = pool_of([0] * 500 + [1] * 500)
    parts = cut_of(pool, max_train_rows=70)
    assert counts(parts.train) == [35, 35]
    assert counts(parts.validation) == [5, 5]
    assert counts(parts.test) == [10, 10]
    assert cut_of(pool, 0, 0, max_train_rows=70).train.height == 70
    assert cut_of(pool, max_train_rows=10_000).train.height == 700


def test_where_nothing_is_to_be_cut_all_rows_are_kept_as_they_are() -> None:
    pool = pool_of([0] * 5 + [1] * 5, ["one text"] * 10)
    parts = cut_of(pool, validation=0, test=0)
    assert parts.train.equals(pool)
    assert parts.validation.height == parts.test.height == 0


def test_a_rare_class_is_in_every_part() -> None:
    parts = cut_of(pool_of([0] * 97 + [1] * 3))
    assert [counts(frame)[1] for frame in (parts.train, parts.validation, parts.test)] == [1, 1, 1]


def test_a_class_with_too_few_different_texts_is_refused_with_name_and_count() -> None:
    pool = pool_of([0] * 20 + [1] * 4, [f"text {n}" for n in range(20)] + ["Same.", "same"] * 2)
    told = r"(?s)3 different texts.*'pos' in 4 rows: a.csv:21.*different texts of its own 1"
    with pytest.raises(DataError, match=told):
        cut_of(pool)
    assert cut_of(pool, 0, 0).train.height == 24


def test_settings_that_leave_nothing_for_training_are_refused() -> None:
    pool = pool_of([0, 1] * 50)
    with pytest.raises(RecipeError, match="leave no rows for training"):
        cut_of(pool, 0.5, 0.5)
    with pytest.raises(RecipeError, match="max_train_rows"):
        cut_of(pool, max_train_rows=1)


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 6)), min_size=6, max_size=60),
    shares=st.sampled_from([(0.1, 0.2), (0.4, 0.5), (0.1, 0), (0, 0.2), (0, 0)]),
    max_train_rows=st.one_of(st.none(), st.integers(2, 100)),
)
def test_whatever_the_groups_no_text_leaks_and_no_part_lacks_a_class(
    groups: list[tuple[int, int]], shares: tuple[float, float], max_train_rows: int | None
) -> None:
    groups = [*groups, *[(0, 1), (1, 1)] * 3]
    labels = [label for label, size in groups for _ in range(size)]
    texts = [f"text {number}" for number, (_, size) in enumerate(groups) for _ in range(size)]
    parts = cut_of(pool_of(labels, texts), *shares, max_train_rows=max_train_rows)
    asked = [parts.train]
    asked += [parts.validation] if shares[0] else []
    asked += [parts.test] if shares[1] else []
    assert all(min(counts(part)) > 0 for part in asked)
    together = pl.concat([part.select("text").unique() for part in asked])
    assert together["text"].is_unique().all()
    assert max_train_rows is None or parts.train.height <= max_train_rows
