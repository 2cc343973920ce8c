from __future__ import annotations

import numpy as np
from tests.report.conftest import some_curves

from newtrick.evaluation.decisions.abstention import risk_coverage
from newtrick.report.curved import reliability_grid, risk_grid


def test_every_row_is_in_the_numbers_of_the_reliability_picture() -> None:
    curves = some_curves()
    grid = reliability_grid(curves.before, curves.after)

    assert sum(int(row[1]) for row in grid.rows) == sum(int(row[3]) for row in grid.rows) == 500
    assert grid.rows[-1][0] == "93 to 100 %"


def test_the_numbers_of_the_risk_go_to_all_rows_however_few_these_are() -> None:
    grid = risk_grid(some_curves().risk)
    assert (len(grid.rows), grid.rows[-1][0]) == (10, "100.0 %")

    one = risk_grid(risk_coverage(np.array([0.9]), np.array([False])))
    assert one.rows == (("100.0 %", "100.0 %"),)
