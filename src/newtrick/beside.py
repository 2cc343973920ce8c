"""Files of ours beside the weights of a model, which plain transformers does not look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from newtrick.errors import ModelError

Read = TypeVar("Read")


def read_beside(
    path: Path, form: int, name: str, parse: Callable[[Any], Read], *, without: str
) -> Read | None:
    """What such a file says, or None if there is none.

    Args:
        path: JSON, with its `format`.
        form: The format that is known.
        name: What the file is, as the subject of a sentence.
        parse: Makes the document of what JSON has; raises ValueError if it is not one.
        without: What the model does if the file is gone.

    Raises:
        ModelError: The file is damaged or of a later format.
    """
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text("utf-8"))
        if isinstance(document, dict) and document.get("format") not in (form, None):
            raise ModelError(
                f"{name} saved by a later newtrick.",
                where=path,
                found=f"format {document['format']}",
                fix="upgrade newtrick",
            )
        return parse(document)
    except ValueError as error:
        raise ModelError(
            "The file is damaged.",
            where=path,
            found=str(error).partition("\n")[0],
            fix=f"remove it: {without}",
        ) from error
