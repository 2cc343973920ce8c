"""How the pictures look: colours that a page can replace, and matplotlib's settings.

One colour stands for the model, and ink for all that it is held against; lines differ in their
dashes and marks too.
"""

from __future__ import annotations

from collections.abc import Mapping

INK, MUTED, RULE, PAPER = "#1c2733", "#566370", "#d9dfe4", "#ffffff"
ACCENT, CELL = "#0b6bab", "#6fb1dc"

VARIABLES: Mapping[str, str] = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PAPER: "paper",
    ACCENT: "accent",
    CELL: "cell",
}
"""The CSS variables of a page that take the place of the colours."""

WIDTH, HEIGHT = 3.8, 3.0
"""Inches. On a phone a picture is as wide as the screen: its letters have to be legible there."""

STYLE: Mapping[str, object] = {
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": RULE,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "newtrick",
}
