from __future__ import annotations

import numpy as np
import pytest

from newtrick.evaluation.chances import holm


def test_holms_correction_keeps_the_order_and_stays_below_one() -> None:
    assert holm(np.array([0.9, 0.001, 0.04])).tolist() == pytest.approx([0.9, 0.003, 0.08])
