"""How well a tokenizer's vocabulary suits a domain, and words of the domain to add to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from tokenizers import AddedToken
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from newtrick.data.words import find_words
from newtrick.encoder.pieces import marks_beginnings
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import DataError

SHATTERED = 4
"""A word of so many pieces or more: little is left of it but letters."""

FOREIGN = 0.3
"""The share of unknown tokens, or of words shattered, from which a vocabulary is another one's."""

_SHOWN = 12
_FEWEST_TIMES = 5
# Scripts without spaces between words: there a run of letters is a sentence.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


@dataclass(frozen=True)
class VocabularyFit:
    """How a tokenizer cuts the texts of a domain.

    Attributes:
        tokens: Of all texts.
        unknown_share: Of these, those that stand for something unknown.
        words: Of all texts; those of letters alone, in scripts with spaces between words.
        shattered_share: Of these, those that are cut into four pieces or more.
        broken: Words that are cut at all, of five occurrences or more, the most frequent first;
            with the columns `word`, `times` and `pieces`.
    """

    tokens: int
    unknown_share: float
    words: int
    shattered_share: float
    broken: pl.DataFrame

    @property
    def shown(self) -> list[str]:
        """The most frequent of the broken words."""
        return self.broken["word"].head(_SHOWN).to_list()


def vocabulary_fit(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], tokens: TokenIds
) -> VocabularyFit:
    """Look at how a tokenizer cuts texts.

    Args:
        tokenizer: The tokenizer.
        texts: Clean texts.
        tokens: The same as it cuts them.
    """
    words = find_words(pl.Series(texts, dtype=pl.String))
    times = np.bincount(words.ids, minlength=len(words.vocabulary))
    counted = pl.DataFrame({"word": words.vocabulary, "times": times}).filter(
        pl.col("word").str.contains(r"^[\p{L}\p{M}]+$"), ~pl.col("word").str.contains(_UNSPACED)
    )
    counted = counted.with_columns(pieces=pl.Series(_pieces(tokenizer, counted["word"].to_list())))
    in_all = int(counted["times"].sum())
    shattered = int(counted.filter(pl.col("pieces") >= SHATTERED)["times"].sum())
    unknown = tokenizer.unk_token_id
    plain_tokens = len(tokens.flat) - tokens.special * int(tokens.windows.sum())
    return VocabularyFit(
        tokens=plain_tokens,
        unknown_share=0.0
        if unknown is None
        else float((tokens.flat == unknown).sum() / max(1, plain_tokens)),
        words=in_all,
        shattered_share=shattered / max(1, in_all),
        broken=counted.filter(pl.col("pieces") > 1, pl.col("times") >= _FEWEST_TIMES).sort(
            "times", descending=True, maintain_order=True
        ),
    )


def refuse_foreign(fit: VocabularyFit, model: str) -> None:
    """Refuse texts in an alphabet or a language that a vocabulary does not have.

    Raises:
        DataError: With the shares of unknown tokens and shattered words.
    """
    if max(fit.unknown_share, fit.shattered_share) >= FOREIGN:
        raise DataError(
            "The texts are in another alphabet or language than the model's vocabulary.",
            where=model,
            found=f"{100 * fit.unknown_share:.1f} % of the tokens are unknown, and"
            f" {100 * fit.shattered_share:.1f} % of the words are cut into {SHATTERED} pieces or"
            " more",
            fix="choose a model that was trained on this language, or on many",
        )


def add_words(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, words: Sequence[str]
) -> None:
    """Make tokens of words, each of which begins as the mean of its pieces.

    Args:
        model: Its embeddings grow.
        tokenizer: It cuts these words no more.
        words: In lower case, as the tokenizer has them.
    """
    pieces = [_ids(tokenizer, [word])[0] for word in words]
    with_space = marks_beginnings(tokenizer)
    tokenizer.add_tokens(
        [AddedToken(word, single_word=True, lstrip=with_space, normalized=True) for word in words]
    )
    rows = len(model.get_input_embeddings().get_parameter("weight"))
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        model.resize_token_embeddings(max(len(tokenizer), rows), mean_resizing=False)
    grown = model.get_input_embeddings().get_parameter("weight")
    vocabulary = tokenizer.get_vocab()
    with torch.no_grad():
        for word, ids in zip(words, pieces, strict=True):
            grown[vocabulary[word]] = grown[ids].mean(dim=0)


def _pieces(tokenizer: PreTrainedTokenizerBase, words: Sequence[str]) -> list[int]:
    return [len(ids) for ids in _ids(tokenizer, words)]


def _ids(tokenizer: PreTrainedTokenizerBase, words: Sequence[str]) -> list[list[int]]:
    """The tokens of words as they stand in a text, behind a space."""
    if not words:
        return []
    ids: list[list[int]] = tokenizer(
        [f" {word}" for word in words], add_special_tokens=False, verbose=False
    )["input_ids"]
    return ids
