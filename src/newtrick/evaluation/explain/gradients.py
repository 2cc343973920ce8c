"""Integrated gradients (Sundararajan and others 2017): what each token did to the log-odds.

The embeddings of a text go in a straight line from those of padding to their own, special tokens
apart; the gradient of the log-odds of the answer along that line, times its length, is what each
token adds to them. The integral is that of Gauss and Legendre. The figures are those of captum's
`LayerIntegratedGradients`; ours reads texts in windows, too, and takes one point of the line at a
time, so that it needs no more memory than a step of training.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from newtrick.encoder.batches import Batch, batches_by_length, make_batch
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.forward import forward_of
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.arrays import Floats, Ids

_POINTS = 8
_BATCH = 16  # texts


def token_effects(
    encoder: Encoder,
    tokens: TokenIds,
    answers: Ids,
    progress: Callable[[int], None] | None = None,
) -> list[Floats]:
    """By how much each token raised the log-odds of the answer to its text.

    Args:
        encoder: Its mode is left as it was.
        tokens: The texts.
        answers: A class id for each, shape (texts,).
        progress: Called with the number of texts done.

    Returns:
        For each text the effects of its tokens, shape (tokens,); 0 for special ones.
    """
    model, forward = encoder.model, forward_of(encoder.model)
    # an unknown word is a word
    special = {*encoder.tokenizer.all_special_ids} - {encoder.tokenizer.unk_token_id}
    places, weights = np.polynomial.legendre.leggauss(_POINTS)  # on the line from -1 to 1
    effects: list[Floats] = [np.zeros(0)] * len(tokens)
    was_training = model.training
    model.eval()
    try:
        with _line(model.get_input_embeddings(), encoder.pad_id, special) as line:
            done = 0
            for rows in batches_by_length(tokens, np.arange(len(tokens)), _BATCH):
                batch = make_batch(tokens, rows, encoder.pad_id)
                own = torch.from_numpy(answers[rows])
                total = torch.zeros(batch.input_ids.shape)
                for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
                    line.place = float(place)
                    with torch.enable_grad():
                        odds = _log_odds(forward(batch), own).sum()
                    total += float(weight) * line.slope(odds)
                for row, values in zip(rows, _by_text(total, batch), strict=True):
                    effects[row] = values
                done += len(rows)
                if progress is not None:
                    progress(done)
    finally:
        model.train(was_training)
    return effects


@contextlib.contextmanager
def _line(embedding: nn.Module, padding: int, special: Collection[int]) -> Iterator[_Line]:
    """Lay a line behind the token embeddings of a model."""
    line = _Line(padding, torch.tensor(sorted(special)))
    hook = embedding.register_forward_hook(line.move)
    try:
        yield line
    finally:
        hook.remove()


@dataclass
class _Line:
    """The line on which embeddings are.

    Attributes:
        padding: The id of the token where it begins.
        special: Ids of the tokens that stay where they are, shape (ids,).
        place: How far from the beginning; 1 is the end.
    """

    padding: int
    special: torch.Tensor
    place: float = 1.0
    _point: torch.Tensor = field(init=False)
    _length: torch.Tensor = field(init=False)

    def move(
        self, embedding: nn.Module, inputs: tuple[torch.Tensor], embedded: torch.Tensor
    ) -> torch.Tensor:
        """Put the embeddings where the line is."""
        (ids,) = inputs
        start = embedding.get_parameter("weight")[self.padding]
        moves = ~torch.isin(ids, self.special)
        self._length = ((embedded - start) * moves.unsqueeze(-1)).detach()
        point = embedded - (1 - self.place) * self._length
        self._point = point.detach().requires_grad_()
        return self._point

    def slope(self, value: torch.Tensor) -> torch.Tensor:
        """How fast a value rises along the line by each token; shape (windows, longest)."""
        (gradient,) = torch.autograd.grad(value, self._point)
        return (gradient.float() * self._length.float()).sum(dim=-1)


def _log_odds(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Those of one class against all others; shape (texts,)."""
    places = classes.unsqueeze(1)
    own = logits.float().gather(1, places).squeeze(1)
    others = logits.float().scatter(1, places, -torch.inf).logsumexp(dim=1)
    return own - others


def _by_text(values: torch.Tensor, batch: Batch) -> Iterator[Floats]:
    """The values of tokens without padding, the windows of each text end to end."""
    is_token = batch.attention_mask.bool()
    for start in range(0, len(values), batch.windows):
        windows = slice(start, start + batch.windows)
        yield values[windows][is_token[windows]].double().numpy()
