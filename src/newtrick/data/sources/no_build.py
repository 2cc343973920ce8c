"""A build backend that builds nothing; runs inside pip, in the place of setuptools.

pip wants to know the metadata of a source distribution before it hands it over, and asks the build
backend for it, which for setuptools means to run the distribution's setup.py. This backend answers
from the file PKG-INFO that every source distribution holds, and runs nothing.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:  # noqa: ARG001
    """Nothing has to be installed (PEP 517)."""
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str,
    config_settings: object = None,  # noqa: ARG001
) -> str:
    """Write a `.dist-info` folder and return its name (PEP 517); runs in the unpacked sources."""
    text = Path("PKG-INFO").read_text("utf-8")
    fields = dict(re.findall(r"^(Name|Version): *(\S+)", text, re.MULTILINE))
    name = re.sub(r"[^\w.]+", "_", fields["Name"])
    folder = Path(metadata_directory, f"{name}-{fields['Version']}.dist-info")
    folder.mkdir()
    shutil.copy("PKG-INFO", folder / "METADATA")
    return folder.name


__legacy__ = sys.modules[__name__]  # pip asks for setuptools.build_meta:__legacy__
