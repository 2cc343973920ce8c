"""The folders that newtrick writes to: can they be written, and how much fits."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from huggingface_hub import constants

from newtrick.audit.machine.subject import Folder
from newtrick.data.cache import cache_folder
from newtrick.data.catalogue import catalogue
from newtrick.recipe import Recipe
from newtrick.run import RUNS


def look_at_folders() -> tuple[Folder, ...]:
    """The places of runs, of newtrick's cache and of the hub client's cache."""
    weights = 4 * catalogue().model(Recipe().model.name).parameters
    return (
        # The model, the best checkpoint, and the next one that is being written.
        look_at_folder("runs", RUNS, way="--out", needed=3 * weights),
        # The download, and what is taken out of it.
        look_at_folder(
            "fetched data and models", cache_folder(), way="NEWTRICK_CACHE", needed=2 * weights
        ),
        look_at_folder(
            "the hub's files", Path(constants.HF_HUB_CACHE), way="HF_HOME", needed=weights
        ),
    )


def look_at_folder(purpose: str, path: Path, *, way: str, needed: int) -> Folder:
    """Try to write where a folder is, or where it would be made.

    Args:
        purpose: What lies there.
        path: The folder, which need not be there.
        way: How the user names another place.
        needed: The bytes that have to fit.
    """
    folder = Folder(purpose, str(path.absolute()), way, needed)
    try:
        existing = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except OSError as error:
        return replace(folder, failure=(error.strerror or type(error).__name__).lower())
    return replace(folder, free=free)
