from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newtrick.encoder.batches import batches_by_length, make_batch, shuffled_rows
from newtrick.encoder.tokens import TokenIds


def token_ids(lengths: list[int], most: int = 100) -> TokenIds:
    """Texts of so many tokens, without special ones, in windows of `most` tokens."""
    full = np.array(lengths, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(full)])
    flat = np.arange(1, offsets[-1] + 1, dtype=np.int32)
    return TokenIds(flat, offsets, -(-full // most), full, special=0)


@given(st.lists(st.integers(1, 99), min_size=1, max_size=500), st.integers(1, 40), st.integers(0))
def test_an_epoch_has_every_row_once(lengths: list[int], batch_size: int, seed: int) -> None:
    batches = shuffled_rows(np.array(lengths), batch_size, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(batch) == batch_size for batch in batches[:-1])


def test_the_order_depends_on_the_seed_alone() -> None:
    lengths = np.arange(300) % 17
    one, same, other = (
        np.concatenate(shuffled_rows(lengths, 8, np.random.default_rng(seed))) for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_rows_of_like_length_share_a_batch() -> None:
    lengths = np.random.default_rng(0).integers(5, 250, size=3200)
    batches = shuffled_rows(lengths, 32, np.random.default_rng(0))
    computed = sum(lengths[batch].max() * len(batch) for batch in batches)
    assert 1 - lengths.sum() / computed < 0.03


def test_no_length_has_a_place_in_the_epoch() -> None:
    lengths = np.random.default_rng(0).integers(5, 250, size=32_000)
    batches = shuffled_rows(lengths, 32, np.random.default_rng(0))
    means = [lengths[batch].mean() for batch in batches]
    place = np.corrcoef(np.arange(len(means)), means)[0, 1]
    assert abs(place) < 0.1


def test_inference_starts_with_the_longest_rows() -> None:
    batches = batches_by_length(token_ids([3, 9, 1, 5]), np.arange(4), max_rows=3)
    assert [batch.tolist() for batch in batches] == [[1, 3, 0], [2]]


@given(
    st.lists(st.integers(1, 99), min_size=1, max_size=300),
    st.integers(1, 9),
    st.integers(1),
    st.sampled_from([100, 40]),
)
def test_a_batch_stays_within_its_budgets(
    lengths: list[int], rows: int, tokens: int, window: int
) -> None:
    texts = token_ids(lengths, window)
    batches = batches_by_length(texts, np.arange(len(texts)), rows, tokens)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(texts)))
    for batch in batches:
        assert len(batch) <= rows
        assert len(batch) == 1 or len(batch) * texts.lengths[batch].max() <= tokens
        assert len(set(texts.windows[batch])) == 1


def test_a_batch_is_padded_on_the_right_to_its_longest_row() -> None:
    batch = make_batch(token_ids([2, 4, 1]), np.array([0, 2]), pad_id=0)
    assert batch.input_ids.tolist() == [[1, 2], [7, 0]]
    assert batch.attention_mask.tolist() == [[1, 1], [1, 0]]
    assert batch.useful_tokens == 3


def test_the_windows_of_a_text_lie_one_after_the_other_in_a_batch() -> None:
    batch = make_batch(token_ids([2, 5, 6], most=3), np.array([2, 1]), pad_id=0)
    assert batch.windows == 2
    assert batch.input_ids.tolist() == [[8, 9, 10], [11, 12, 13], [3, 4, 5], [6, 7, 0]]
    assert batch.attention_mask[3].tolist() == [1, 1, 0]
