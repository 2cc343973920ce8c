"""What of a lead is luck: when to stop looking for a better one, and what picking it pretends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from newtrick.evaluation.arrays import Floats
from newtrick.evaluation.intervals import SEED

FEWEST = 20
"""Before so many trials are over, there may always be a better one."""

_DRAWS, _AT_ONCE = 1000, 50


def is_enough(merits: Sequence[Floats | None]) -> bool:
    """Whether as many trials as there were would hardly matter.

    That is where the best trial of all is ahead of the best of their first half by no more than one
    standard error, the validation rows being compared in pairs: twice the work has brought nothing
    that these rows can see.

    Args:
        merits: What each row adds to the figure of a trial, the higher the better, shape (rows,);
            None of a trial that was given up. In the order in which the trials were begun.
    """
    if len(merits) < FEWEST:
        return False
    before = _best(merits[: len(merits) // 2])
    now = _best(merits)
    if before is None or now is None:
        return False
    ahead = now - before
    return bool(ahead.mean() <= ahead.std() / math.sqrt(len(ahead)))


def optimism(merits: Sequence[Floats]) -> float:
    """By how much the figure of the best trial flatters it, for it was picked on the same rows.

    The bootstrap of Tsamardinos, Greasidou & Borboudakis (2018): the best is picked on a resample
    of the rows and scored on those that were not drawn, many times; the mean of that is what the
    best of so many would have on other rows.

    Args:
        merits: What each row adds to the figure of a trial, the higher the better, shape (rows,).

    Returns:
        In the unit of the figure, 0 at least.
    """
    table = np.stack(merits)  # (trials, rows)
    rows = table.shape[1]
    chance = np.random.default_rng(SEED)
    outside: list[float] = []
    for _ in range(_DRAWS // _AT_ONCE):
        drawn = chance.multinomial(rows, np.full(rows, 1 / rows), size=_AT_ONCE)
        picked = (drawn @ table.T).argmax(axis=1)
        for counts, trial in zip(drawn, picked, strict=True):
            if (left_out := counts == 0).any():
                outside.append(float(table[trial, left_out].mean()))
    if not outside:
        return 0.0
    return max(0.0, float(table.mean(axis=1).max()) - float(np.mean(outside)))


def _best(merits: Sequence[Floats | None]) -> Floats | None:
    there = [each for each in merits if each is not None]
    return max(there, key=lambda each: float(each.mean())) if there else None
