"""A model name ─► the folder of its files."""

from __future__ import annotations

from pathlib import Path

from newtrick.data.catalogue import catalogue
from newtrick.data.fetch import fetch_model, is_cached, is_model_name
from newtrick.data.sources.repository import HUB_SCHEME
from newtrick.errors import ModelError, did_you_mean
from newtrick.hashing import file_sha256
from newtrick.unfinished import unfinished_run

_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt")
_MADE_OF = (".safetensors", ".json", ".txt", ".model")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def find_model(name: str) -> Path:
    """The folder of a model; one that is known by name is fetched if need be.

    Raises:
        ModelError: No such model, no weights, or pickled weights only.
        FetchError: A named model could not be fetched.
    """
    path = Path(name)
    if not path.exists():
        check_model_name(name)
        path = fetch_model(name).folder
    _check_folder(path)
    return path


def check_model_name(name: str) -> None:
    """Refuse what is neither on disk nor known by name, before anything is fetched.

    Raises:
        ModelError: With the nearest name.
    """
    if not Path(name).exists() and not is_model_name(name):
        raise ModelError(
            "There is no such model.",
            found=name,
            fix="give a folder or a hub id (hf://owner/name); of the names in the catalogue, "
            + did_you_mean(name, catalogue().models),
        )


def is_at_hand(name: str) -> bool:
    """Whether a model can be loaded without fetching anything: a folder, or a name in the cache."""
    models = catalogue().models
    return Path(name).is_dir() or (name in models and is_cached(models[name]))


def hub_id(name: str) -> str | None:
    """The Hub's name (owner/name) of a model that was fetched by this name, if it is there."""
    if Path(name).exists():
        return None
    if name.startswith(HUB_SCHEME):
        return name.removeprefix(HUB_SCHEME).partition("@")[0]
    sources = catalogue().models[name].sources if name in catalogue().models else ()
    return next((source.repository for source in sources if source.kind == "hub"), None)


def model_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file that a model and its tokenizer are made of, by file name."""
    return {
        path.name: file_sha256(path)
        for path in sorted(folder.iterdir())
        if path.suffix in _MADE_OF and path.is_file()
    }


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelError(
            "A model is a folder; this is a file.",
            found=folder,
            fix="give the folder that holds config.json and model.safetensors",
        )
    if not (folder / "config.json").is_file():
        places = (folder / "model" / "config.json", folder.parent.parent / "model" / "config.json")
        hint = next((place for place in places if place.exists()), None)
        raise ModelError(
            "The folder holds no model: there is no config.json.",
            where=folder,
            fix=f"use {hint.parent}"
            if hint
            else unfinished_run(folder) or "give the folder with config.json",
        )
    if any((folder / name).is_file() for name in _WEIGHTS):
        return
    pickled = [name for name in _PICKLED if (folder / name).exists()]
    if pickled:
        raise ModelError(
            "The model has pickled weights only, and loading a pickle can run any code.",
            where=folder,
            found=pickled[0],
            fix="convert it where you trust it, with save_pretrained, to model.safetensors",
        )
    raise ModelError(
        "The model folder has no weights: there is no model.safetensors.",
        where=folder,
        found=", ".join(sorted(entry.name for entry in folder.iterdir())[:8]),
    )
