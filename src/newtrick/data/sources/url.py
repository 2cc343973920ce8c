"""One file from an address: streamed to disk, measured, and compared with its hash."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from newtrick import __version__
from newtrick.data.catalogue import UrlSource
from newtrick.data.sources import SourceError
from newtrick.data.sources.archives import check_hash
from newtrick.data.sources.download_log import DownloadLog

PATIENCE = 10.0
"""Seconds to wait for the server, at the start and whenever it falls silent."""

_CHUNK = 2**20
_NETWORK = (
    urllib.error.URLError,
    http.client.HTTPException,
    ssl.SSLError,
    ConnectionError,
    TimeoutError,
)


def download(source: UrlSource, into: Path) -> Path:
    """Fetch a file; the usual variables for proxies (`HTTPS_PROXY`, ...) are honoured.

    Raises:
        SourceError: The server cannot be reached, refuses, breaks off, or sends another file.
        OSError: The disk does not take the file.
    """
    path = into / source.url.rpartition("/")[2]
    progress = DownloadLog()
    with path.open("wb") as file:
        for chunk in _chunks(source):
            progress.add(len(chunk), total=source.size)
            if progress.done > source.size:
                raise SourceError(f"the server sends more than the promised {source.size:,} bytes")
            file.write(chunk)
    if progress.done < source.size:
        raise SourceError(f"it broke off after {progress.done:,} of {source.size:,} bytes")
    check_hash(path, source.sha256)
    return path


def ask(source: UrlSource) -> None:
    """Ask for the first byte of the file, and do not wait for it.

    Raises:
        SourceError: The server cannot be reached, or it refuses.
    """
    with _answer(source, {"Range": "bytes=0-0"}, patience=PATIENCE / 2):
        pass


def _chunks(source: UrlSource) -> Iterator[bytes]:
    with _answer(source, {}, patience=PATIENCE) as response:
        while chunk := response.read(_CHUNK):
            yield chunk


@contextmanager
def _answer(
    source: UrlSource, headers: Mapping[str, str], *, patience: float
) -> Iterator[http.client.HTTPResponse]:
    # The catalogue takes http and https addresses only.
    request = urllib.request.Request(  # noqa: S310
        source.url, headers={"User-Agent": f"newtrick/{__version__}", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=patience) as response:  # noqa: S310
            yield response
    except urllib.error.HTTPError as error:
        with error:
            raise SourceError(f"the server answered {error.code} {error.reason}") from error
    except _NETWORK as error:
        reason = getattr(error, "reason", None) or error
        raise SourceError(f"the download failed: {reason}") from error
