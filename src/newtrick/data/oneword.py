"""Short texts that are the same but for one word, found exactly.

Each text is filed under the texts that are left when one of its words is taken out (the way of
Mor and Fraenkel 1982, "A hash code method for detecting and correcting spelling errors", with words
for letters). Two that differ in a word, or of which one has a word more, meet in one place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newtrick.data.words import Hashes, Places, Words, scatter

MOST_WORDS = 7
"""Of longer texts a changed word leaves so much that a search by their likeness finds them."""

_FEWEST_WORDS = 3


def one_word_apart(words: Words, *, rare: float) -> Places:
    """Pairs of texts of three to seven words that differ in one of them; shape (2, pairs).

    Of many such texts only neighbours in a chain are paired. What a pair shares has to be as rare
    as `rare`, summed over its words. Equal 64-bit hashes are taken for equal words.
    """
    is_short = (words.lengths >= _FEWEST_WORDS) & (words.lengths <= MOST_WORDS)
    short: Places = np.flatnonzero(is_short)
    ids = words.ids[np.repeat(is_short, words.lengths)]
    ends = np.cumsum(words.lengths[short])
    starts = ends - words.lengths[short]
    text = np.repeat(np.arange(len(short)), ends - starts)  # of each word

    place = np.arange(len(ids))
    position = place - starts[text]
    as_it_is = _hash_sums(ids, position)
    moved_up = _hash_sums(ids, position - 1)  # by the word taken out before
    whole = as_it_is[ends] - as_it_is[starts]
    rest = (as_it_is[place] - as_it_is[starts[text]]) + (moved_up[ends[text]] - moved_up[place + 1])

    rarity = words.rarity[ids]
    rarity_of_whole = np.bincount(text, rarity, minlength=len(short))
    kept = np.concatenate([rarity_of_whole[text] - rarity, rarity_of_whole]) >= rare
    keys = np.concatenate([rest, whole])[kept]
    owners = np.concatenate([text, np.arange(len(short))])[kept]
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    pairs: Places = short[np.stack([owners[order[same]], owners[order[same + 1]]])]
    return pairs


def _hash_sums(ids: npt.NDArray[np.int64], position: Places) -> Hashes:
    """Sums of the hashes of words in their positions, from the first on; shape (words + 1,).

    They overflow, and their differences are right all the same.
    """
    hashes = scatter((ids * (MOST_WORDS + 1) + position + 1).astype(np.uint64))
    return np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(hashes)])
