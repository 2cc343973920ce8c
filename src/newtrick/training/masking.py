"""Hiding tokens: which ones a masked-language model is asked for, and what it sees in their place.

Of each text a share of the tokens is asked for; of these 80 % are replaced by the mask, 10 % by
random tokens, and 10 % stay (Devlin and others 2019). They are drawn anew each time that a text is
seen (Liu and others 2019). Special tokens and padding are never asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.batches import Asked, Batch
from newtrick.encoder.encoder import Pretrained
from newtrick.encoder.pieces import continuing
from newtrick.encoder.tokens import TokenIds
from newtrick.recipe import AdaptationSettings

_MASKED, _CHANGED = 0.8, 0.9
"""Below the first a token is masked, from there to the second it is another, above it stays."""


@dataclass(frozen=True)
class Hidden:
    """A batch of texts with hidden tokens.

    Attributes:
        batch: As the model sees it, and where it is asked.
        targets: The tokens asked for; int64, shape (asked,).
        weights: What each counts, so that a text counts by its length; float32, shape (asked,).
    """

    batch: Batch
    targets: torch.Tensor
    weights: torch.Tensor


@dataclass(frozen=True)
class Masking:
    """How tokens are hidden.

    Attributes:
        share: Of the tokens of a text.
        whole_words: Whether the pieces of a word are hidden together.
        mask_id: The token that is seen in place of others.
        never: Tokens that are never asked for nor put in place of others; bool, (vocabulary,).
        continuing: Tokens that go on with the word before them; bool, (vocabulary,).
    """

    share: float
    whole_words: bool
    mask_id: int
    never: torch.Tensor
    continuing: torch.Tensor

    @classmethod
    def of(cls, encoder: Pretrained, settings: AdaptationSettings) -> Self:
        """For the vocabulary of a model."""
        size = len(encoder.model.get_input_embeddings().get_parameter("weight"))
        never = torch.ones(size, dtype=torch.bool)
        never[sorted(encoder.tokenizer.get_vocab().values())] = False
        never[encoder.tokenizer.all_special_ids] = True
        return cls(
            share=settings.mask_share,
            whole_words=settings.whole_words,
            mask_id=int(encoder.tokenizer.mask_token_id),
            never=never,
            continuing=continuing(encoder.tokenizer, size),
        )

    def counts(self, tokens: TokenIds) -> npt.NDArray[np.int64]:
        """How many tokens of each text are asked for, shape (texts,); 0 where none can be."""
        sizes = [len(window) for row in range(len(tokens)) for window in tokens.windows_of(row)]
        maskable = (~self.never[torch.from_numpy(tokens.flat.astype(np.int64))]).numpy()
        sums = np.concatenate([[0], np.cumsum(maskable)])
        ends = np.cumsum(sizes)
        of_windows = self._quota(torch.from_numpy(sums[ends] - sums[ends - sizes])).numpy()
        first_windows = np.cumsum(tokens.windows) - tokens.windows
        counts: npt.NDArray[np.int64] = np.add.reduceat(of_windows, first_windows)
        return counts

    def _quota(self, maskable: torch.Tensor) -> torch.Tensor:
        """How many to ask for of so many: at least one, if there is one."""
        wanted = (maskable.double() * self.share).round().long()
        return torch.maximum(wanted, (maskable > 0).long())

    def hide(self, batch: Batch, generator: torch.Generator | None = None) -> Hidden:
        """Draw the tokens to ask for, and hide them.

        Args:
            batch: Texts as they are.
            generator: The source of randomness; torch's global one if None.
        """
        ids = batch.input_ids
        maskable = ~self.never[ids] & (batch.attention_mask == 1)
        quota = self._quota(maskable.sum(dim=1))
        chosen = self._choose(ids, maskable, quota, generator)
        actual = chosen.sum(dim=1)
        most = max(1, int(actual.max()))
        positions = chosen.int().argsort(dim=1, descending=True, stable=True)[:, :most]
        are_there = torch.arange(most) < actual[:, None]
        targets = ids[chosen]
        seen = ids.clone()
        seen[chosen] = self._seen(targets, generator)
        share = quota / actual.clamp(min=1)
        return Hidden(
            batch=replace(batch, input_ids=seen, asked=Asked(positions, are_there)),
            targets=targets,
            weights=share[:, None].expand_as(are_there)[are_there].float(),
        )

    def _choose(
        self,
        ids: torch.Tensor,
        maskable: torch.Tensor,
        quota: torch.Tensor,
        generator: torch.Generator | None,
    ) -> torch.Tensor:
        """The positions to ask for: those drawn first; bool, the shape of `ids`.

        Of whole words the last one drawn is asked for whole, even if that is more than the quota.
        """
        drawn = torch.rand(ids.shape, generator=generator)
        first_piece = self._first_pieces(ids, maskable) if self.whole_words else None
        if first_piece is not None:
            drawn = drawn.gather(1, first_piece)
        drawn = drawn.masked_fill(~maskable, 2.0)
        rank = drawn.argsort(dim=1, stable=True).argsort(dim=1)
        if first_piece is not None:
            rank = rank.gather(1, first_piece)
        return maskable & (rank < quota[:, None])

    def _first_pieces(self, ids: torch.Tensor, maskable: torch.Tensor) -> torch.Tensor:
        """The position of the first piece of each piece's word; int64, the shape of `ids`."""
        after_maskable = torch.nn.functional.pad(maskable, (1, -1), value=False)
        begins = ~(self.continuing[ids] & after_maskable)
        places = torch.arange(ids.shape[1]).expand_as(ids)
        return places.masked_fill(~begins, 0).cummax(dim=1).values

    def _seen(self, targets: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        others = torch.nonzero(~self.never).squeeze(1)
        fate = torch.rand(targets.shape, generator=generator)
        other = others[torch.randint(len(others), targets.shape, generator=generator)]
        seen = torch.where(fate < _CHANGED, other, targets)
        return seen.masked_fill(fate < _MASKED, self.mask_id)
