"""What a terminal of 100 columns shows."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def shown(*renderables: RenderableType) -> list[str]:
    """The lines that are not blank."""
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    console.print(*renderables, sep="\n")
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]
