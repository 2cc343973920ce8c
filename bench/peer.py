"""transformers' own Trainer, as the programs in this folder run it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import (
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from newtrick.encoder.encoder import Encoder
from reviews import Reviews
from work import Counts

Feature = dict[str, Any]
"""What a model is called with for one text: lists of numbers by name, and the label."""


def features(
    tokenizer: PreTrainedTokenizerBase, reviews: Reviews, max_tokens: int, *, pad_all: bool
) -> list[Feature]:
    """What the Trainer's examples make of texts.

    Args:
        tokenizer: The model's.
        reviews: The texts.
        max_tokens: Where they are cut.
        pad_all: Pad each to `max_tokens`, rather than to the longest of its batch later on.
    """
    padding = "max_length" if pad_all else False
    encoded = tokenizer(
        list(reviews.texts), padding=padding, max_length=max_tokens, truncation=True
    )
    return [
        {"labels": int(label), **{name: encoded[name][row] for name in encoded}}
        for row, label in enumerate(reviews.labels)
    ]


def train_with_trainer(
    encoder: Encoder,
    rows: Sequence[Feature],
    see: Callable[[int], None],
    **arguments: Any,
) -> Counts:
    """Train in place, on the processor; save and report nothing.

    Args:
        encoder: Its model is trained; its tokenizer pads what is not padded yet.
        rows: The texts and labels.
        see: Told the useful tokens so far, after each step.
        arguments: The other `TrainingArguments`.
    """
    collator = _CountingCollator(DataCollatorWithPadding(encoder.tokenizer))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=encoder.model,
            args=TrainingArguments(
                output_dir=folder,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
                **arguments,
            ),
            data_collator=collator,
            train_dataset=rows,
            processing_class=encoder.tokenizer,
            callbacks=[_AfterEachStep(lambda: see(collator.useful_tokens))],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return Counts(collator.useful_tokens, collator.computed_tokens)


@dataclass
class _CountingCollator:
    """Makes batches and counts their tokens."""

    collate: Callable[[list[Feature]], dict[str, Any]]
    useful_tokens: int = 0
    computed_tokens: int = 0

    def __call__(self, rows: list[Feature]) -> dict[str, Any]:
        batch = self.collate(rows)
        self.useful_tokens += int(batch["attention_mask"].sum())
        self.computed_tokens += batch["attention_mask"].numel()
        return batch


class _AfterEachStep(TrainerCallback):
    def __init__(self, see: Callable[[], None]) -> None:
        self._see = see

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._see()
