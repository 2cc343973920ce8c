"""Batched inference, shared by everything that scores text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from newtrick.encoder.batches import TOKENS_AT_ONCE, Batch, batches_by_length, make_batch
from newtrick.encoder.forward import Forward, forward_of
from newtrick.encoder.memory import is_out_of_memory, smaller_budget, spare_memory
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import TrainingBrokeDown
from newtrick.evaluation.arrays import Logits


def predict_logits(
    model: PreTrainedModel,
    tokens: TokenIds,
    *,
    pad_id: int,
    batch_size: int,
    progress: Callable[[int], None] | None = None,
) -> Logits:
    """Score texts in the format of the model's weights; its mode is left as it was.

    Args:
        model: Gives logits of shape (texts, classes).
        tokens: The texts.
        pad_id: Token id of padding.
        batch_size: Texts of a batch.
        progress: Called after each batch with the number of texts done.

    Returns:
        Logits in the order of `tokens`, shape (texts, classes).

    Raises:
        OutOfMemory: The memory does not hold a single text.
        TrainingBrokeDown: A logit is not finite, as after a training that broke down.
    """
    spare_memory()
    classes = len(model.config.id2label or ())
    logits = np.empty((len(tokens), classes), dtype=np.float32)
    left, max_tokens = np.argsort(-tokens.lengths, kind="stable"), TOKENS_AT_ONCE
    forward, was_training = forward_of(model), model.training
    model.eval()
    try:
        while len(left):
            try:
                for rows in batches_by_length(tokens, left, batch_size, max_tokens):
                    logits[rows] = _score(forward, make_batch(tokens, rows, pad_id))
                    left = left[len(rows) :]
                    if progress is not None:
                        progress(len(tokens) - len(left))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                longest = int(tokens.lengths[left[0]])
                max_tokens = smaller_budget(min(max_tokens, batch_size * longest), longest)
    finally:
        model.train(was_training)
    if not np.isfinite(logits).all():
        raise TrainingBrokeDown(
            "The model's answers are not finite numbers.",
            found=f"{int((~np.isfinite(logits)).any(axis=1).sum()):,} of {len(logits):,} texts",
            fix="train it again with a lower learning rate",
        )
    return logits


@torch.inference_mode()
def _score(forward: Forward, batch: Batch) -> Logits:
    logits: Logits = forward(batch).float().numpy()
    return logits


def probabilities(logits: Logits) -> npt.NDArray[np.float32]:
    """Softmax over the classes; shape (texts, classes), rows sum to 1."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: npt.NDArray[np.float32] = shifted / shifted.sum(axis=1, keepdims=True)
    return result
