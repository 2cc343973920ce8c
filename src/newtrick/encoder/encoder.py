"""A pretrained model, its tokenizer, and how it reads text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from newtrick.data.dataset import LabelSet
from newtrick.data.pairs import Text
from newtrick.encoder.token_cache import cached_tokens
from newtrick.encoder.tokens import TokenIds, Truncation, tokenize


@dataclass(frozen=True)
class Pretrained:
    """A model with a head of any kind, ready to be trained.

    Attributes:
        name: As the user gave it.
        folder: Where it was loaded from.
        model: Its weights are float32.
        tokenizer: Neither truncates nor pads by itself.
        truncation: How long a text may be for it, and what is kept of a longer one.
    """

    name: str
    folder: Path
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    truncation: Truncation

    @property
    def pad_id(self) -> int:
        """The token id of padding."""
        return int(self.tokenizer.pad_token_id)

    def tokenize(self, texts: Sequence[Text]) -> TokenIds:
        """Texts as this model reads them."""
        return tokenize(self.tokenizer, texts, self.truncation)

    def tokenize_once(
        self, texts: Sequence[Text], progress: Callable[[int], None] | None = None
    ) -> TokenIds:
        """The same, kept on disk for the next time that these texts are wanted.

        Args:
            texts: In their order.
            progress: Called now and then with the number of texts done; what it raises ends it.
        """
        return cached_tokens(self.tokenizer, texts, self.truncation, progress)

    @property
    def size(self) -> int:
        """The bytes of the weights on disk."""
        tensors = self.model.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@dataclass(frozen=True)
class Encoder(Pretrained):
    """A model with a classification head, ready to be trained or to predict.

    Attributes:
        labels: The classes in the order of the logits, which have the shape (texts, classes).
        reads_pairs: Whether it was or will be trained on pairs of texts rather than single ones;
            None where that is not known.
    """

    labels: LabelSet
    reads_pairs: bool | None = None

    @property
    def head_hash(self) -> str:
        """SHA-256 of what comes after the encoder proper; any training changes it."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            if not name.startswith(f"{self.model.base_model_prefix}."):
                digest.update(name.encode())
                digest.update(tensor.float().numpy().tobytes())
        return digest.hexdigest()
