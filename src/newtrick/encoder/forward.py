"""The forward pass: token ids ─► logits, without work that does not reach them.

The classifiers of BERT and its kin read the first position of the last layer alone. So of that
layer the queries, the attention, and the feed-forward part are computed for the first position
only; keys and values need all. The logits and gradients are those of the plain model.

A text that is read in windows has the mean of their logits.

A masked-language head is asked for one token in seven or so, and is as wide as the vocabulary: it
sees the positions that it is asked for and no others, and so do the queries of the last layer.
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
from newtrick.encoder.batches import Asked, Batch
from newtrick.encoder.dropout import add_dropped

Forward = Callable[[Batch], torch.Tensor]
"""A batch of texts ─► logits, shape (texts, classes); or, of one in which tokens are asked for,
shape (tokens asked for, vocabulary)."""


def forward_of(model: PreTrainedModel) -> Forward:
    """The quickest exact forward pass that is known for a model; else its own."""
    kind = type(model).__name__
    read = _READERS.get(kind)
    takes_types = "token_type_ids" in inspect.signature(model.forward).parameters
    if kind.endswith("ForMaskedLM"):
        if read is None:
            return lambda batch: _plainly_asked(model, batch, takes_types=takes_types)
        parts = read(model)
        return lambda batch: _asked_positions(parts, batch)
    if read is None:
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


def _plainly_asked(model: PreTrainedModel, batch: Batch, *, takes_types: bool) -> torch.Tensor:
    """The model's own forward pass, in which the head sees what is asked for as one short text."""
    if batch.asked is None:
        raise ValueError("no tokens are asked for")
    asked = batch.asked

    def select(_module: nn.Module, _inputs: object, output: Any) -> Any:
        output.last_hidden_state = _selected(output.last_hidden_state, asked)[None]
        return output

    hook = model.base_model.register_forward_hook(select)
    try:
        return _plain(model, batch, takes_types=takes_types)[0]
    finally:
        hook.remove()


def _gathered(hidden: torch.Tensor, asked: Asked) -> torch.Tensor:
    """Hidden states of all positions, (texts, longest, width) ─► of those asked for, if there."""
    index = asked.positions.unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
    return hidden.gather(1, index)


def _selected(hidden: torch.Tensor, asked: Asked) -> torch.Tensor:
    """The same of those that are there alone, shape (tokens asked for, width)."""
    return _gathered(hidden, asked)[asked.are_there]


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
    """A model taken apart.

    Attributes:
        model: Says whether it is in training.
        embed: Token ids, and types if there are any ─► hidden states, shape (texts, longest,
            width).
        blocks: The layers.
        head: Hidden states of the first position, shape (texts, 1, width), or of tokens asked for,
            shape (tokens, width) ─► logits.
    """

    model: PreTrainedModel
    embed: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
    blocks: Sequence[_Block]
    head: Callable[[torch.Tensor], torch.Tensor]


def _first_position(parts: _Parts, batch: Batch) -> torch.Tensor:
    return parts.head(_last_states(parts, batch, lambda hidden: hidden[:, :1]))


def _asked_positions(parts: _Parts, batch: Batch) -> torch.Tensor:
    if batch.asked is None:
        raise ValueError("no tokens are asked for")
    asked = batch.asked
    states = _last_states(parts, batch, lambda hidden: _gathered(hidden, asked))
    return parts.head(states[asked.are_there])


def _last_states(
    parts: _Parts, batch: Batch, wanted: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """What the last layer says of some positions, which `wanted` picks of those before it."""
    padding = None
    if batch.is_padded:
        padding = batch.attention_mask[:, None, None, batch.shortest :] == 0
    training = parts.model.training
    hidden = parts.embed(batch.input_ids, batch.token_types)
    for block in parts.blocks[:-1]:
        hidden = _block(block, hidden, hidden, padding, training=training)
    return _block(parts.blocks[-1], wanted(hidden), hidden, padding, training=training)


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
    return _of_bert(
        model, lambda hidden: model.classifier(model.dropout(model.bert.pooler(hidden)))
    )


def _read_masked_bert(model: Any) -> _Parts:
    return _of_bert(model, model.cls)


def _of_bert(model: Any, head: Callable[[torch.Tensor], torch.Tensor]) -> _Parts:
    blocks = [_bert_block(layer) for layer in model.bert.encoder.layer]
    return _Parts(model, model.bert.embeddings, blocks, head)


def _read_roberta(model: Any) -> _Parts:
    return _of_roberta(model, model.classifier)


def _read_masked_roberta(model: Any) -> _Parts:
    return _of_roberta(model, model.lm_head)


def _of_roberta(model: Any, head: Callable[[torch.Tensor], torch.Tensor]) -> _Parts:
    blocks = [_bert_block(layer) for layer in model.roberta.encoder.layer]
    return _Parts(model, model.roberta.embeddings, blocks, head)


def _read_electra(model: Any) -> _Parts:
    return _of_electra(model, model.classifier)


def _read_masked_electra(model: Any) -> _Parts:
    return _of_electra(
        model, lambda hidden: model.generator_lm_head(model.generator_predictions(hidden))
    )


def _of_electra(model: Any, head: Callable[[torch.Tensor], torch.Tensor]) -> _Parts:
    electra = model.electra
    project = getattr(electra, "embeddings_project", nn.Identity())
    return _Parts(
        model,
        lambda ids, types: project(electra.embeddings(ids, types)),
        [_bert_block(layer) for layer in electra.encoder.layer],
        head,
    )


def _read_distilbert(model: Any) -> _Parts:
    return _of_distilbert(
        model,
        lambda hidden: model.classifier(model.dropout(model.pre_classifier(hidden[:, 0]).relu())),
    )


def _read_masked_distilbert(model: Any) -> _Parts:
    def head(hidden: torch.Tensor) -> torch.Tensor:
        changed = model.activation(model.vocab_transform(hidden))
        logits: torch.Tensor = model.vocab_projector(model.vocab_layer_norm(changed))
        return logits

    return _of_distilbert(model, head)


def _of_distilbert(model: Any, head: Callable[[torch.Tensor], torch.Tensor]) -> _Parts:
    return _Parts(
        model,
        lambda ids, _types: model.distilbert.embeddings(ids),
        [_distilbert_block(layer) for layer in model.distilbert.transformer.layer],
        head,
    )


_READERS: dict[str, Callable[[PreTrainedModel], _Parts]] = {
    "BertForSequenceClassification": _read_bert,
    "RobertaForSequenceClassification": _read_roberta,
    "XLMRobertaForSequenceClassification": _read_roberta,
    "ElectraForSequenceClassification": _read_electra,
    "DistilBertForSequenceClassification": _read_distilbert,
    "BertForMaskedLM": _read_masked_bert,
    "RobertaForMaskedLM": _read_masked_roberta,
    "XLMRobertaForMaskedLM": _read_masked_roberta,
    "ElectraForMaskedLM": _read_masked_electra,
    "DistilBertForMaskedLM": _read_masked_distilbert,
}
