"""The encoder as it came, untrained: what its texts' vectors tell a logistic regression."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from newtrick.baseline.ladder import Baseline
from newtrick.baseline.linear import Shares
from newtrick.data.dataset import Targets
from newtrick.encoder.batches import Batch, batches_by_length, make_batch
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.machine.products import settle

NAME = "frozen-logistic"

Vectors = npt.NDArray[np.float32]


def run_frozen(
    encoder: Encoder,
    tokens: Mapping[str, TokenIds],
    labels: Targets,
    progress: Callable[[int], None],
) -> Baseline:
    """Fit a logistic regression on the mean of each text's last hidden states; windows count alike.

    Args:
        encoder: It is left as it is, whatever its head.
        tokens: The texts of the splits by name.
        labels: What the training rows are labelled with.
        progress: Called with the number of texts done.
    """
    started = time.monotonic()
    done = 0
    vectors = {}
    for name, split in tokens.items():
        vectors[name] = _vectors(encoder, split, partial(_tell, progress, done))
        done += len(split)
    fit = _of_labels if labels.ndim > 1 else _of_classes
    others = (vectors["validation"], vectors["test"])
    validation, test = fit(vectors["train"], labels, others)
    return Baseline(NAME, validation, test, time.monotonic() - started)


def _of_classes(train: Vectors, labels: Targets, others: tuple[Vectors, ...]) -> tuple[Shares, ...]:
    # Loading them takes half a second.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    model.fit(train, labels)
    return tuple(model.predict_proba(table) for table in others)


def _of_labels(train: Vectors, labels: Targets, others: tuple[Vectors, ...]) -> tuple[Shares, ...]:
    """One label after the other; one that all training rows have, or none, stays so."""
    shares = tuple(np.empty((len(table), labels.shape[1])) for table in others)
    for label, flags in enumerate(labels.astype(np.int64).T):
        alike = flags.min() == flags.max()
        found = None if alike else _of_classes(train, flags, others)
        for place, whole in enumerate(shares):
            whole[:, label] = flags[0] if found is None else found[place][:, 1]
    return shares


@torch.inference_mode()
def _vectors(encoder: Encoder, tokens: TokenIds, progress: Callable[[int], None]) -> Vectors:
    """The mean of the last hidden states of each text, shape (texts, width)."""
    body = copy.deepcopy(encoder.model.base_model).eval()
    if settle("auto") == "bfloat16":
        body.bfloat16()
    vectors = np.empty((len(tokens), encoder.model.config.hidden_size), dtype=np.float32)
    done = 0
    for rows in batches_by_length(tokens, np.arange(len(tokens)), len(tokens)):
        vectors[rows] = _means(body, make_batch(tokens, rows, encoder.pad_id))
        done += len(rows)
        progress(done)
    return vectors


def _tell(progress: Callable[[int], None], before: int, rows: int) -> None:
    progress(before + rows)


def _means(body: nn.Module, batch: Batch) -> Vectors:
    types = {} if batch.token_types is None else {"token_type_ids": batch.token_types}
    layers = body(input_ids=batch.input_ids, attention_mask=batch.attention_mask, **types)
    hidden = layers[0].float()
    weights = batch.attention_mask[..., None] / batch.attention_mask.sum(dim=1)[:, None, None]
    means: Vectors = (hidden * weights).sum(dim=1).numpy()
    whole: Vectors = means.reshape(len(batch.rows), batch.windows, -1).mean(axis=1)
    return whole
