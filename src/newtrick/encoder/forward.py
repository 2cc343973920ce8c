"""The forward pass: token ids ─► logits, without work that does not reach them.

The classifiers of BERT and its kin read the first position of the last layer alone. So of that
layer the queries, the attention, and the feed-forward part are computed for the first position
only; keys and values need all. The logits and gradients are those of the plain model.

A text that is read in windows has the mean of their logits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear
from transformers import PreTrainedModel

from newtrick.encoder.attention import attend
from newtrick.encoder.batches import Batch
from newtrick.encoder.dropout import add_dropped

Forward = Callable[[Batch], torch.Tensor]
"""A batch of texts ─► logits, shape (texts, classes)."""


def forward_of(model: PreTrainedModel) -> Forward:
    """The quickest exact forward pass that is known for a model; else its own."""
    read = _READERS.get(type(model).__name__)
    if read is None:
        takes_types = "token_type_ids" in inspect.signature(model.forward).parameters
        return lambda batch: _pooled(_plain(model, batch, takes_types=takes_types), batch.windows)
    parts = read(model)
    return lambda batch: _pooled(_first_position(parts, batch), batch.windows)


def _pooled(logits: torch.Tensor, windows: int) -> torch.Tensor:
    """Logits of windows, shape (texts × windows, classes) ─► those of texts."""
    return logits if windows == 1 else logits.float().unflatten(0, (-1, windows)).mean(dim=1)


def _plain(model: PreTrainedModel, batch: Batch, *, takes_types: bool) -> torch.Tensor:
    types = {"token_type_ids": batch.token_types} if takes_types else {}
    logits: torch.Tensor = model(
        input_ids=batch.input_ids, attention_mask=batch.attention_mask, **types
    ).logits
    return logits


@dataclass(frozen=True)
class _Block:
    """A layer of an encoder with the normalisation after each of its two parts.

    Attributes:
        query, key, value, output: The projections of attention.
        attention_dropout, hidden_dropout, feed_forward_dropout: Rates in training: of attention
            weights, and of what each part adds.
        attention_norm, feed_forward_norm: Behind each part.
        up, activation, down: The feed-forward part.
        heads: Heads of attention.
    """

    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    output: nn.Linear
    attention_dropout: float
    hidden_dropout: float
    feed_forward_dropout: float
    attention_norm: nn.LayerNorm
    up: nn.Linear
    activation: Callable[[torch.Tensor], torch.Tensor]
    down: nn.Linear
    feed_forward_norm: nn.LayerNorm
    heads: int


@dataclass(frozen=True)
class _Parts:
    """A classifier taken apart.

    Attributes:
        model: Says whether it is in training.
        embed: Token ids, and types if there are any ─► hidden states, shape (texts, longest,
            width).
        blocks: The layers.
        classify: Hidden states of the first position, shape (texts, 1, width) ─► logits.
    """

    model: PreTrainedModel
    embed: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
    blocks: Sequence[_Block]
    classify: Callable[[torch.Tensor], torch.Tensor]


def _first_position(parts: _Parts, batch: Batch) -> torch.Tensor:
    padding = None
    if batch.is_padded:
        padding = batch.attention_mask[:, None, None, batch.shortest :] == 0
    training = parts.model.training
    hidden = parts.embed(batch.input_ids, batch.token_types)
    for block in parts.blocks[:-1]:
        hidden = _block(block, hidden, hidden, padding, training=training)
    last = parts.blocks[-1]
    return parts.classify(_block(last, hidden[:, :1], hidden, padding, training=training))


def _block(
    block: _Block,
    asking: torch.Tensor,
    hidden: torch.Tensor,
    padding: torch.Tensor | None,
    *,
    training: bool,
) -> torch.Tensor:
    """One layer for some positions.

    Args:
        block: The layer.
        asking: The hidden states of the positions that are wanted; (texts, positions, width).
        hidden: Those of all positions, (texts, longest, width).
        padding: As `attend` takes it.
        training: Whether to drop.
    """
    everywhere = asking is hidden
    layers = (block.query, block.key, block.value) if everywhere else (block.key, block.value)
    projected = linear(
        hidden,
        torch.cat([layer.weight for layer in layers]),
        torch.cat([layer.bias for layer in layers]),
    )
    # (texts, longest, layers, heads, width of a head) ─► layers × (texts, heads, longest, width)
    split = projected.unflatten(-1, (len(layers), block.heads, -1)).permute(2, 0, 3, 1, 4)
    if everywhere:
        query, key, value = split.unbind()
    else:
        key, value = split.unbind()
        query = block.query(asking).unflatten(-1, (block.heads, -1)).transpose(1, 2)
    dropout = block.attention_dropout if training else 0.0
    attended = attend(query, key, value, padding, dropout)
    attended = block.output(attended.transpose(1, 2).flatten(2))
    attended = add_dropped(attended, asking, block.hidden_dropout if training else 0.0)
    attended = block.attention_norm(attended)
    added = block.down(block.activation(block.up(attended)))
    added = add_dropped(added, attended, block.feed_forward_dropout if training else 0.0)
    result: torch.Tensor = block.feed_forward_norm(added)
    return result


def _bert_block(layer: Any) -> _Block:
    attention, result = layer.attention.self, layer.attention.output
    return _Block(
        query=attention.query,
        key=attention.key,
        value=attention.value,
        output=result.dense,
        attention_dropout=attention.dropout.p,
        hidden_dropout=result.dropout.p,
        feed_forward_dropout=layer.output.dropout.p,
        attention_norm=result.LayerNorm,
        up=layer.intermediate.dense,
        activation=layer.intermediate.intermediate_act_fn,
        down=layer.output.dense,
        feed_forward_norm=layer.output.LayerNorm,
        heads=attention.num_attention_heads,
    )


def _distilbert_block(layer: Any) -> _Block:
    attention, feed_forward = layer.attention, layer.ffn
    return _Block(
        query=attention.q_lin,
        key=attention.k_lin,
        value=attention.v_lin,
        output=attention.out_lin,
        attention_dropout=attention.dropout.p,
        hidden_dropout=0.0,
        feed_forward_dropout=feed_forward.dropout.p,
        attention_norm=layer.sa_layer_norm,
        up=feed_forward.lin1,
        activation=feed_forward.activation,
        down=feed_forward.lin2,
        feed_forward_norm=layer.output_layer_norm,
        heads=attention.n_heads,
    )


def _read_bert(model: Any) -> _Parts:
    bert = model.bert
    return _Parts(
        model,
        bert.embeddings,
        [_bert_block(layer) for layer in bert.encoder.layer],
        lambda hidden: model.classifier(model.dropout(bert.pooler(hidden))),
    )


def _read_roberta(model: Any) -> _Parts:
    roberta = model.roberta
    blocks = [_bert_block(layer) for layer in roberta.encoder.layer]
    return _Parts(model, roberta.embeddings, blocks, model.classifier)


def _read_electra(model: Any) -> _Parts:
    electra = model.electra
    project = getattr(electra, "embeddings_project", nn.Identity())
    return _Parts(
        model,
        lambda ids, types: project(electra.embeddings(ids, types)),
        [_bert_block(layer) for layer in electra.encoder.layer],
        model.classifier,
    )


def _read_distilbert(model: Any) -> _Parts:
    return _Parts(
        model,
        lambda ids, _types: model.distilbert.embeddings(ids),
        [_distilbert_block(layer) for layer in model.distilbert.transformer.layer],
        lambda hidden: model.classifier(model.dropout(model.pre_classifier(hidden[:, 0]).relu())),
    )


_READERS: dict[str, Callable[[PreTrainedModel], _Parts]] = {
    "BertForSequenceClassification": _read_bert,
    "RobertaForSequenceClassification": _read_roberta,
    "XLMRobertaForSequenceClassification": _read_roberta,
    "ElectraForSequenceClassification": _read_electra,
    "DistilBertForSequenceClassification": _read_distilbert,
}
