"""What a tokenizer puts around a text, or around the two of a pair: special tokens and types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.errors import ModelError

Ids = npt.NDArray[np.int32]
Types = npt.NDArray[np.int8]

_PROBES = ("a", "b")


@dataclass(frozen=True)
class Template:
    """The tokens before, between and behind texts that are read together.

    Attributes:
        around: Their ids, such as [CLS], [SEP] and [SEP] for a pair; one more than there are texts.
        around_types: Their types, by which some models tell the first text from the second; none
            of a single text, and of a tokenizer that gives no types.
        text_types: Those of the tokens of each text, likewise.
    """

    around: tuple[Ids, ...]
    around_types: tuple[Types, ...] = ()
    text_types: tuple[int, ...] = ()

    @property
    def special(self) -> int:
        """How many tokens are put around."""
        return sum(map(len, self.around))

    def filled(self, texts: Sequence[Ids]) -> list[Ids]:
        """The parts of a whole input of the model, in their order."""
        parts = [self.around[0]]
        for text, behind in zip(texts, self.around[1:], strict=True):
            parts += (text, behind)
        return parts

    def types(self, texts: Sequence[Ids]) -> list[Types]:
        """The types of the same parts; none where there are no types."""
        if not self.text_types:
            return []
        own = zip(texts, self.text_types, strict=True)
        parts = [self.around_types[0]]
        for (text, kind), behind in zip(own, self.around_types[1:], strict=True):
            parts += (np.full(len(text), kind, dtype=np.int8), behind)
        return parts


def template_of(tokenizer: PreTrainedTokenizerBase, texts: int) -> Template:
    """Find out what a tokenizer puts around one text or two.

    A fast tokenizer neither truncates nor pads after these calls, whatever was asked of it before.

    Raises:
        ModelError: A text is other tokens when special ones are added, so that nothing can be told.
    """
    probes = _PROBES[:texts]
    whole = tokenizer(*probes, add_special_tokens=True)
    ids = whole["input_ids"]
    types = whole.get("token_type_ids") if texts > 1 else None
    around, text_types = [], []
    end = 0
    for probe in probes:
        inside = tokenizer(probe, add_special_tokens=False)["input_ids"]
        starts = range(end, len(ids) - len(inside) + 1)
        start = next(
            (start for start in starts if ids[start : start + len(inside)] == inside), None
        )
        if start is None:
            raise ModelError(
                "The tokenizer changes a text when it adds its special tokens.",
                found=f"{inside} {ids}",
            )
        around.append(slice(end, start))
        end = start + len(inside)
        text_types.append(types[start] if types else 0)
    around.append(slice(end, len(ids)))
    special = tuple(np.array(ids[part], dtype=np.int32) for part in around)
    if types is None:
        return Template(special)
    special_types = tuple(np.array(types[part], dtype=np.int8) for part in around)
    return Template(special, special_types, tuple(text_types))
