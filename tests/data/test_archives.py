from __future__ import annotations

import hashlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from newtrick.data.sources import SourceError
from newtrick.data.sources.archives import extract, read_members

Pack = Callable[[Path, Mapping[str, bytes]], Path]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tar(path: Path, members: Mapping[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = "/etc/hostname"
    return member


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("pack", [tar, zipped])
def test_only_the_named_files_come_out(pack: Pack, tmp_path: Path, into: Path) -> None:
    members = {"pkg/data/a.txt": b"text", "pkg/data/b.txt": b"other", "../evil": b"evil"}
    archive = pack(tmp_path / "archive", members)

    extract(archive, {"a.txt": sha256(b"text")}, into, folder="pkg/data")

    assert names(into) == ["a.txt"]
    assert (into / "a.txt").read_bytes() == b"text"
    assert not (tmp_path / "evil").exists()


def test_files_of_an_archive_inside_an_archive_come_out(tmp_path: Path, into: Path) -> None:
    inner = tar(tmp_path / "inner.tar.gz", {"deep/a.txt": b"text"})
    outer = zipped(tmp_path / "outer.whl", {"pkg/inner.tar.gz": inner.read_bytes()})

    extract(outer, {"a.txt": sha256(b"text")}, into, folder="deep", inner=["pkg/inner.tar.gz"])

    assert names(into) == ["a.txt"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, tmp_path: Path, into: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", {"a.txt": link("a.txt", kind)})

    with pytest.raises(SourceError, match="a link or a folder, not a file"):
        extract(archive, {"a.txt": sha256(b"")}, into)


def test_a_link_in_a_zip_is_refused(tmp_path: Path, into: Path) -> None:
    member = zipfile.ZipInfo("a.txt")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/hostname")

    with pytest.raises(SourceError, match="a link or a folder, not a file"):
        extract(tmp_path / "a.zip", {"a.txt": sha256(b"/etc/hostname")}, into)


@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_bomb_is_refused_before_it_fills_the_disk(pack: Pack, tmp_path: Path, into: Path) -> None:
    archive = pack(tmp_path / "bomb", {"a.txt": bytes(10**6)})
    assert archive.stat().st_size < 10_000

    with pytest.raises(SourceError, match=r"too large: 1,000,000 bytes, 100,000 allowed"):
        extract(archive, {"a.txt": sha256(bytes(10**6))}, into, limit=100_000)

    assert sum(path.stat().st_size for path in into.iterdir()) == 0


@pytest.mark.parametrize("pack", [tar, zipped])
def test_many_small_files_count_together(pack: Pack, tmp_path: Path, into: Path) -> None:
    archive = pack(tmp_path / "many", {f"{n}.txt": bytes(100) for n in range(10)})

    with pytest.raises(SourceError, match="too large"):
        extract(archive, {f"{n}.txt": sha256(bytes(100)) for n in range(10)}, into, limit=950)


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path, into: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.txt": bytes(10**6)})
    told, lie = (10**6).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(told, lie))

    with pytest.raises(SourceError):
        extract(archive, {"a.txt": sha256(bytes(10**6))}, into, limit=100_000)

    assert sum(path.stat().st_size for path in into.iterdir()) <= 10


@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_missing_member_is_named(pack: Pack, tmp_path: Path, into: Path) -> None:
    archive = pack(tmp_path / "archive", {"a.txt": b"text"})

    with pytest.raises(SourceError, match=r"the archive has no pkg/b\.txt"):
        extract(archive, {"b.txt": sha256(b"")}, into, folder="pkg")


def test_a_file_with_another_hash_is_refused(tmp_path: Path, into: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", {"a.txt": b"text"})

    with pytest.raises(SourceError, match=f"a.txt has sha256 {sha256(b'text')}"):
        extract(archive, {"a.txt": sha256(b"other")}, into)


@pytest.mark.parametrize("pack", [tar, zipped])
def test_an_archive_cut_in_half_is_refused(pack: Pack, tmp_path: Path, into: Path) -> None:
    content = hashlib.shake_256(b"noise").digest(200_000)
    archive = pack(tmp_path / "archive", {"a.txt": content})
    archive.write_bytes(archive.read_bytes()[:100_000])

    with pytest.raises(SourceError, match="archive is damaged or no archive"):
        extract(archive, {"a.txt": sha256(content)}, into)


def test_what_is_no_archive_is_refused(tmp_path: Path, into: Path) -> None:
    (tmp_path / "page.html").write_text("<html>Please log in.</html>")

    with pytest.raises(SourceError, match="html is damaged or no archive"):
        extract(tmp_path / "page.html", {"a.txt": sha256(b"")}, into)


def test_members_are_read_in_order_without_links_and_under_a_limit(tmp_path: Path) -> None:
    linked = link("c.txt", tarfile.SYMTYPE)
    archive = tar(tmp_path / "a.tar.gz", {"b.txt": b"second", "c.txt": linked, "a.txt": b"first"})

    assert list(read_members(archive)) == [("b.txt", b"second"), ("a.txt", b"first")]
    with pytest.raises(SourceError, match="holds more than it should"):
        list(read_members(archive, limit=8))
