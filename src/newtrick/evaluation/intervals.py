"""How far a figure could be from the truth, given the rows that it was measured on."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054


def wilson_interval(hits: int, rows: int) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927); never leaves [0, 1], and is sane at 0 and 1.

    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    share = hits / rows
    spread = Z_95**2 / rows
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * math.sqrt((share * (1 - share) + spread / 4) / rows)
    return max(0.0, centre - half), min(1.0, centre + half)
