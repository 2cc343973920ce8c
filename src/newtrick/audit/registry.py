"""All checks, by what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newtrick.audit.check import Check
from newtrick.audit.data.classes import Imbalance, MissingClass, OneClass, TooFewRows
from newtrick.audit.data.copies import ConflictingLabels, Duplicates, Leakage
from newtrick.audit.data.length import CutTexts
from newtrick.audit.data.subject import DataSubject

EVALUATION_CHECKS: Sequence[Check[DataSubject]] = (
    OneClass(),
    MissingClass(),
    TooFewRows(),
    Imbalance(),
    Leakage(),
)
"""Those that need the split `test` alone."""

DATA_CHECKS: Sequence[Check[DataSubject]] = (
    *EVALUATION_CHECKS,
    Duplicates(),
    ConflictingLabels(),
    CutTexts(),
)
"""Those of a data set, with the splits `train`, `validation` and `test`."""

CHECKS: Sequence[Check[Any]] = DATA_CHECKS
"""All checks there are."""
