"""Data from an address: a server on loopback, processes that share a cache, a disk that is full."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.small_disk import needs_small_disk, run_on_small_disk

from newtrick.data.cache import cache_folder
from newtrick.data.catalogue import DataEntry, UrlSource
from newtrick.data.fetch import fetch_entry
from newtrick.errors import FetchError

if TYPE_CHECKING:
    from tests.data.conftest import Tar, Web


def reviews_archive(tar: Tar, text: str) -> bytes:
    """An archive in the layout of the real one."""
    places = ("train/neg", "train/pos", "test/neg", "test/pos", "train/unsup")
    texts = {f"aclImdb/{place}/0_1.txt": f"text of {place}".encode() for place in places}
    return tar({**texts, "aclImdb/train/neg/0_1.txt": text.encode()})


@pytest.fixture
def reviews(tar: Tar) -> bytes:
    """A small archive."""
    return reviews_archive(tar, "A dull film.")


def entry(address: str, content: bytes) -> DataEntry:
    """Promises `content` at the address of a server."""
    source = UrlSource(
        url=f"{address}/reviews.tar.gz",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        layout="imdb-archive",
    )
    return DataEntry(
        name="reviews",
        description="Reviews.",
        licence="MIT",
        citation="None.",
        homepage="https://example.org",
        sources=(source,),
        labels=("neg", "pos"),
        splits={"train": 2, "test": 2, "unsup": 1},
    )


def test_an_archive_at_an_address_becomes_splits(web: Web, reviews: bytes) -> None:
    web.files["/reviews.tar.gz"] = reviews

    fetched = fetch_entry(entry(web.address, reviews))

    assert pl.read_parquet(fetched.folder / "test.parquet")["label"].to_list() == ["neg", "pos"]
    assert pl.read_parquet(fetched.folder / "unsup.parquet").columns == ["text"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("other", "gz has sha256"),
        ("longer", "the server sends more than the promised"),
        ("broken off", "it broke off after"),
    ],
)
def test_a_damaged_download_is_refused(damage: str, told: str, web: Web, reviews: bytes) -> None:
    content = {"other": reviews[:-1] + b"?", "longer": reviews + b"more", "broken off": reviews}
    web.files["/reviews.tar.gz"] = content[damage]
    web.broken_off = damage == "broken off"

    with pytest.raises(FetchError, match=told):
        fetch_entry(entry(web.address, reviews))


FETCH = """
import sys
from newtrick.data.catalogue import DataEntry
from newtrick.data.fetch import fetch_entry
from newtrick.errors import NewtrickError
try:
    print(fetch_entry(DataEntry.model_validate_json(sys.stdin.read())).folder)
except NewtrickError as error:
    sys.exit(f"{type(error).__name__} {error}")
"""


def test_two_processes_that_ask_at_once_download_once(web: Web, reviews: bytes) -> None:
    web.files["/reviews.tar.gz"] = reviews
    web.delay = 0.5
    promised = entry(web.address, reviews).model_dump_json()

    def fetch() -> str:
        done = subprocess.run(
            [sys.executable, "-c", FETCH],
            input=promised,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    with ThreadPoolExecutor() as pool:
        folders = [pool.submit(fetch) for _ in range(2)]

    place = cache_folder() / "data" / "reviews" / "files"
    assert [folder.result() for folder in folders] == [str(place)] * 2
    assert web.asked == ["/reviews.tar.gz"]


@needs_small_disk
@pytest.mark.parametrize("characters", [300_000, 80_000], ids=["download", "rows"])
def test_a_full_disk_is_said_with_what_to_do(
    characters: int, web: Web, tar: Tar, tmp_path: Path
) -> None:
    noise = hashlib.shake_256(b"noise").hexdigest(characters // 2)
    content = reviews_archive(tar, noise)
    web.files["/reviews.tar.gz"] = content
    small = tmp_path / "small"

    said = run_on_small_disk(
        small,
        64,
        FETCH,
        given=entry(web.address, content).model_dump_json(),
        variables={"NEWTRICK_CACHE": str(small)},
    )

    assert said.startswith("StorageError The disk is full."), said
    assert "NEWTRICK_CACHE" in said
