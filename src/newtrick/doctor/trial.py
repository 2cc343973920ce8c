"""A training of two seconds, of the same parts as any other: a tiny random model, easy texts."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from newtrick.audit.machine.subject import SelfTest
from newtrick.data.dataset import LabelSet
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import Truncation
from newtrick.journal import End, Evaluation, Event, Step
from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.loop import train
from newtrick.training.objectives import Classification
from newtrick.training.validation import LabelledTokens

_PRAISE = ("lovely", "clever", "warm", "moving", "bright", "superb")
_BLAME = ("dull", "stupid", "cold", "boring", "flat", "awful")
_THINGS = ("film", "plot", "scene", "actor", "story", "sound", "script", "start")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LABELS = LabelSet(("blame", "praise"))
_ROWS = [
    (f"the {thing} was {word}", label)
    for label, words in enumerate((_BLAME, _PRAISE))
    for thing, word in itertools.product(_THINGS, words)
]
_SETTINGS = TrainingSettings(
    learning_rate=0.003,
    train_batch_size=16,
    epochs=10.0,
    schedule="constant",
    evaluate_every_steps=1000,  # once, at the end
    max_minutes=0.25,
)


def run_self_test() -> SelfTest:
    """Train it, and see what it learned; whatever goes wrong is part of the answer."""
    started = time.perf_counter()
    try:
        with _one_thread():
            events = _train()
    except Exception as error:  # noqa: BLE001 (whatever goes wrong is the answer)
        failure = " ".join(f"{type(error).__name__}: {error}".split())
        return SelfTest(time.perf_counter() - started, len(_ROWS), failure=failure)
    first = next(event for event in events if isinstance(event, Step))
    last = next(event for event in events if isinstance(event, Evaluation))
    return SelfTest(
        seconds=time.perf_counter() - started,
        rows=len(_ROWS),
        accuracy=last.accuracy,
        first_loss=first.loss,
        last_loss=last.validation_loss,
        finished=any(isinstance(event, End) and event.stopped_by == "epochs" for event in events),
    )


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """On a busy machine, threads of so small a model wait for each other most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _train() -> list[Event]:
    """What the training tells."""
    encoder = _encoder()
    tokens = encoder.tokenize([text for text, _ in _ROWS])
    labels = np.array([label for _, label in _ROWS], dtype=np.int64)
    events: list[Event] = []
    with tempfile.TemporaryDirectory() as folder:
        train(
            encoder,
            Classification.of(labels, len(_LABELS), _SETTINGS),
            tokens,
            LabelledTokens(tokens, labels),
            _SETTINGS,
            checkpoints=Checkpoints(Path(folder), keep=1),
            stop=StopRequest(),
            tell=events.append,
        )
    return events


def _encoder() -> Encoder:
    tokenizer = _tokenizer()
    return Encoder(
        name="self-test",
        folder=Path(),
        model=_model(len(tokenizer)),
        tokenizer=tokenizer,
        labels=_LABELS,
        truncation=Truncation(16, "head"),
    )


def _model(words: int) -> PreTrainedModel:
    """Two layers of width 32, the same random weights each time."""
    config = BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=16,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.1,  # BERT's own is for wide layers; these would begin on a plateau
        id2label=_LABELS.id2label,
        label2id=_LABELS.label2id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SETTINGS.seed)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    return model


def _tokenizer() -> PreTrainedTokenizerFast:
    words = (*_SPECIAL, "the", "was", *_THINGS, *_PRAISE, *_BLAME)
    vocabulary = {word: number for number, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 (no secret)
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    special = dict(zip(("pad", "unk", "cls", "sep", "mask"), _SPECIAL, strict=True))
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, **{f"{name}_token": token for name, token in special.items()}
    )
