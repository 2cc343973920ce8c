from __future__ import annotations

from pathlib import Path

import pytest
from docs.reference.generate import PAGES

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_is_what_the_code_says(page: str) -> None:
    assert (ROOT / "docs" / "reference" / page).read_text("utf-8") == PAGES[page](), "make docs"
