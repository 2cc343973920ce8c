"""A picture drawn in the style of all of them, as PNG or as SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TypeVar

from matplotlib import style
from matplotlib.figure import Figure

from newtrick.report.plots.look import HEIGHT, STYLE, WIDTH

Draw = Callable[[Figure], None]
_Content = TypeVar("_Content", bytes, str)

_DOTS_PER_INCH = 240


def render_png(draw: Draw) -> bytes:
    """A PNG file of what is drawn on a figure."""
    return _render(draw, _png)


def render_svg(draw: Draw) -> str:
    """A whole SVG document of the same."""
    return _render(draw, _svg)


def _render(draw: Draw, write: Callable[[Figure], _Content]) -> _Content:
    # What the user set for matplotlib is not ours to show, and what we set is not theirs to keep.
    with style.context(["default", dict(STYLE)]), warnings.catch_warnings():
        # A label in a script that the font lacks is drawn as boxes; that is no news to the user.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        draw(figure)
        return write(figure)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return file.getvalue()


def _svg(figure: Figure) -> str:
    file = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return file.getvalue().decode()
