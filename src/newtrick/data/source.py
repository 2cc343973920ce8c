"""What the user calls DATA ─► the files it means, and the split that each one is for.

DATA is `-`, a file or several, a folder, a pattern such as `reviews-*.csv`, a hub id or a catalogue
name. Where there are several files, names tell the splits: `train.csv`, `dev/reviews.jsonl`,
`data/test-00000-of-00001.parquet`. Without such names all files are read as one; one that is given
beside files for validation or testing is for training. A folder without tables may hold a folder of
.txt files for each class, under folders named as splits or not.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newtrick.data.catalogue import catalogue
from newtrick.data.dataset import SPLITS, Note
from newtrick.data.fetch import fetch_data, is_data_name
from newtrick.data.rawfile import STANDARD_INPUT, exists, no_such_input, require_file
from newtrick.data.read import ending_of, is_table
from newtrick.errors import DataError, UsageError

UNLABELLED = "unlabelled"
_SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("unsup", "unsupervised", "unlabeled", "unlabelled"), UNLABELLED),
}
_NOT_DATA = {"dataset_dict.json", "dataset_info.json", "dataset_infos.json", "state.json"}
_DEPTHS = ("*", "*/*", "*/*/*")
_WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class DataFile:
    """A table: where it lies, the name that its rows bear, and the split that its name tells."""

    path: Path
    name: str
    split: str | None = None


@dataclass(frozen=True)
class ClassFolder:
    """A folder of .txt files, all of one class."""

    path: Path
    name: str
    label: str
    split: str | None = None


@dataclass(frozen=True)
class Source:
    """The files of a data set.

    Attributes:
        name: A short name for the data set.
        base: What the names of the files are relative to; empty when they are whole paths.
        files: Tables.
        folders: Folders of texts, where there are no tables.
        labels: The names of the classes in their order, where the catalogue knows them.
        notes: What was left aside, and what fetching had to say.
    """

    name: str
    base: str = ""
    files: tuple[DataFile, ...] = ()
    folders: tuple[ClassFolder, ...] = ()
    labels: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def parts(self) -> tuple[DataFile | ClassFolder, ...]:
        """The files, or the folders of texts."""
        return (*self.files, *self.folders)


def find_source(data: str | Sequence[str]) -> Source:
    """Find out what DATA means. What exists on disk goes before a catalogue name.

    Args:
        data: One name; or the paths of several files, as a shell makes of a pattern.

    Raises:
        UsageError: It is empty.
        DataError: There is no such thing, or it holds nothing that can be read.
        FetchError: It has to be fetched, and no source gave it.
    """
    if not isinstance(data, str):
        if len(data) > 1:
            paths = list(dict.fromkeys(map(Path, data)))
            return _several(common_name(paths), paths)
        data = data[0] if data else ""
    if not data.strip():
        raise UsageError("No data is named.", fix="name a file, a folder or a catalogue name")
    path = Path(data)
    if data == STANDARD_INPUT:
        return Source("standard-input", files=(DataFile(path, STANDARD_INPUT),))
    if exists(path):
        if path.is_dir():
            return replace(_folder(path, path.resolve().name), base=data)
        return Source(name_of(path), files=(DataFile(path, data),))
    if is_data_name(data):
        fetched = fetch_data(data)
        found = _folder(fetched.folder, fetched.name)
        notes = (*fetched.notes, *found.notes)
        return replace(found, base=data, labels=fetched.labels or (), notes=notes)
    if is_pattern(data):
        return _several(_stem(path).strip("*?[]-_. "), files_like(path))
    raise no_such_input(data, "There is no such file, folder or catalogue name.", catalogue().data)


def text_files(folder: ClassFolder) -> list[Path]:
    """The texts of a class, in the order in which they are read."""
    return sorted(folder.path.glob("*.txt"))


def split_of(name: str) -> str | None:
    """The split that a word of a name stands for: `validation` for `dev`; None when no word does.

    >>> split_of("test-00000-of-00001.parquet")
    'test'
    """
    words = re.split(r"[^a-z]+", name.lower())
    return next((_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS), None)


def split_of_path(path: Path) -> str | None:
    """The split named by the file, else by the nearest of its folders."""
    names = (path.name, *reversed(path.parent.parts))
    return next((split for name in names if (split := split_of(name))), None)


def paths_in(folder: Path) -> list[Path]:
    """What lies in a folder, up to three deep and relative to it, but for hidden files."""
    return [
        path.relative_to(folder)
        for depth in _DEPTHS
        for path in sorted(folder.glob(depth))
        if not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    ]


def is_data(path: Path) -> bool:
    """Whether a file in a folder of data is a table of rows, by its name."""
    return is_table(path) and path.name not in _NOT_DATA


def is_pattern(data: str) -> bool:
    """Whether DATA is a pattern such as `reviews-*.csv`."""
    return bool(_WILDCARD.search(data))


def files_like(pattern: Path) -> list[Path]:
    """The files that a pattern fits.

    Raises:
        DataError: There is none.
    """
    first = next(i for i, part in enumerate(pattern.parts) if _WILDCARD.search(part))
    base = Path(*pattern.parts[:first])
    paths = sorted(path for path in base.glob(str(Path(*pattern.parts[first:]))) if path.is_file())
    if not paths:
        raise DataError("No file fits the pattern.", found=pattern)
    return paths


def _several(name: str, paths: Sequence[Path]) -> Source:
    """Files that lie anywhere; folders that hold all of them do not tell a split."""
    for path in paths:
        require_file(path)
    base = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    files = [
        DataFile(path, str(path), split_of_path(path.absolute().relative_to(base)))
        for path in paths
    ]
    named = {file.split for file in files}
    others = [file for file in files if file.split is None]
    name = name or base.name
    if not others or "train" in named or named.isdisjoint({"validation", "test"}):
        return _tables(name, files, where=name)
    files = [replace(file, split="train") if file in others else file for file in files]
    source = _tables(name, files, where=name)
    given = ", ".join(file.name for file in others)
    note = Note("split", f"Read as training rows, for the other files are not: {given}.")
    return replace(source, notes=(*source.notes, note))


def common_name(paths: Sequence[Path]) -> str:
    """The words that all names begin with: `films` of films-train.csv and films-test.csv."""
    words = zip(*(re.split(r"[-_. ]+", _stem(path)) for path in paths), strict=False)
    return "-".join(
        word for word, *_ in itertools.takewhile(lambda same: len(set(same)) == 1, words)
    )


def _folder(folder: Path, name: str) -> Source:
    inside = paths_in(folder)
    tables = [
        DataFile(folder / path, path.as_posix(), split_of_path(path))
        for path in inside
        if is_data(path)
    ]
    if tables:
        return _tables(name, tables, where=str(folder))
    texts = {path.parent for path in inside if path.suffix == ".txt" and path.parent.parts}
    return _class_folders(name, folder, texts)


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem


def name_of(path: Path) -> str:
    """What the data of a file is called; of a file that is named as a split, its folder's name."""
    stem = _stem(path)
    words = set(re.split(r"[^a-z]+", stem.lower())) - {"", "of"}
    is_split = bool(words) and all(_SPLIT_WORDS.get(word) in SPLITS for word in words)
    return path.resolve().parent.name or stem if is_split else stem


def _tables(name: str, files: Sequence[DataFile], *, where: str) -> Source:
    """The files that belong together: those of named splits, or all when none has such a name."""
    used = [file for split in SPLITS for file in files if file.split == split]
    used = used or [file for file in files if file.split is None]
    if not used:
        raise DataError("There are only unlabelled files.", where=where, found=files[0].name)
    for split in dict.fromkeys(file.split for file in used):
        _refuse_mixture(where, [file for file in used if file.split == split])
    left = [file.name for file in files if file not in used]
    return Source(name, files=tuple(used), notes=_left_aside(name, left))


def _refuse_mixture(where: str, files: Sequence[DataFile]) -> None:
    """The files of a split must not be copies in other formats, or parts of different data sets."""
    kinds = {ending_of(file.path) for file in files}
    if len(kinds) == 1 and files[0].split is not None:
        parents = [Path(file.name).parent.parts for file in files]
        kinds = {"/".join(part for part in parts if split_of(part) is None) for parts in parents}
    if len(kinds) > 1:
        raise DataError(
            f"There is more than one data set here: {', '.join(sorted(kinds))}.",
            where=where,
            details=[file.name for file in files],
            fix="give the path of one of these files, or of the folder of one data set",
        )


def _class_folders(name: str, root: Path, texts: Iterable[Path]) -> Source:
    """Folders such as `train/pos`, or if there are none `pos`, that hold .txt files."""
    folders = [
        ClassFolder(root / path, path.as_posix(), path.name, split_of(path.parts[0]))
        for path in sorted(texts)
    ]
    depth = 2 if any(_is_class(folder, 2) for folder in folders) else 1
    used = [folder for folder in folders if _is_class(folder, depth)]
    if not used:
        raise DataError(
            "The folder holds nothing that can be read.",
            where=root,
            fix="give it files such as train.csv and test.csv, or a folder of .txt for each class",
        )
    left = [folder.name for folder in folders if folder not in used]
    return Source(name, folders=tuple(used), notes=_left_aside(name, left))


def _is_class(folder: ClassFolder, depth: int) -> bool:
    """At depth 2 the upper folder names a split, at depth 1 there is none."""
    parts = Path(folder.name).parts
    if len(parts) != depth or split_of(folder.label) is not None:
        return False
    return depth == 1 or folder.split in SPLITS


def _left_aside(name: str, left: Sequence[str]) -> tuple[Note, ...]:
    return (Note("split", f"Left aside in {name}: {', '.join(left)}."),) if left else ()
