"""A repository on a hub: how it is named, and what of it is taken.

Only what is needed and can do no harm is taken: tables for data; configuration, tokenizer and
safetensors for models; never pickles, never code.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from newtrick.errors import DataError, ModelError, UsageError

HUB_SCHEME = "hf://"
Kind = Literal["dataset", "model"]


@dataclass(frozen=True)
class HubId:
    """`hf://owner/name`, with `@` and a commit, tag or branch after it if wanted."""

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> HubId:
        """Read what `str` writes.

        Raises:
            UsageError: It is written in another way.
        """
        match = re.fullmatch(rf"{HUB_SCHEME}([\w.-]+/[\w.-]+)(?:@([\w./-]+))?", text)
        if match is None:
            raise UsageError(
                "That is not how a hub id is written.",
                found=text,
                fix="write hf://owner/name or hf://owner/name@revision",
            )
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return HUB_SCHEME + self.repository + (f"@{self.revision}" if self.revision else "")


@dataclass(frozen=True)
class Wanted:
    """Which files of a repository are for us, as patterns of which `*` matches `/` too."""

    allow: tuple[str, ...]
    ignore: tuple[str, ...]

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that are wanted, sorted; never one that leads out of its folder."""
        return tuple(
            name
            for name in sorted(names)
            if any(fnmatch.fnmatch(name, pattern) for pattern in self.allow)
            and not any(fnmatch.fnmatch(name, pattern) for pattern in self.ignore)
            and not name.startswith("/")
            and ".." not in name.split("/")
        )


_TABLES = ("csv", "tsv", "jsonl", "json", "parquet")
WANTED: Mapping[Kind, Wanted] = {
    "dataset": Wanted(
        allow=tuple(f"*.{form}{packed}" for form in _TABLES for packed in ("", ".gz")),
        ignore=(".*", "*dataset_info*.json", "*dataset_dict.json", "*state.json"),
    ),
    "model": Wanted(
        allow=(
            *("*.json", "*.txt", "*.model", "words.parquet"),
            *("model.safetensors", "model-*-of-*.safetensors"),
        ),
        ignore=("*/*",),
    ),
}
_PICKLES = ("pytorch_model*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")


def check_contents(
    names: Iterable[str], wanted: tuple[str, ...], hub_id: HubId, kind: Kind
) -> None:
    """Refuse a repository that has nothing for us.

    Args:
        names: Of all its files.
        wanted: Those of them that are for us.
        hub_id: For the message.
        kind: What it was asked for as.

    Raises:
        DataError: A data set without tables.
        ModelError: A model without weights, or with pickled ones only.
    """
    if kind == "dataset" and not wanted:
        raise DataError(
            f"The repository has no tables ({', '.join(_TABLES)}).",
            where=hub_id,
            found=", ".join(sorted(names)[:8]),
            fix="data that only a script can load has to be turned into tables first; the hub's "
            f"own conversion may be at {HubId(hub_id.repository, 'refs/convert/parquet')}",
        )
    if kind == "model" and not any(name.endswith(".safetensors") for name in wanted):
        pickled = [name for name in names if any(fnmatch.fnmatch(name, p) for p in _PICKLES)]
        if pickled:
            raise ModelError(
                "The model has pickled weights only, and loading a pickle can run any code.",
                where=hub_id,
                found=pickled[0],
                fix="ask its owner for model.safetensors; the hub's own conversion may be at "
                f"{HubId(hub_id.repository, 'refs/pr/1')}",
            )
        raise ModelError(
            "The repository has no weights: there is no model.safetensors.",
            where=hub_id,
            found=", ".join(sorted(names)[:8]),
        )
