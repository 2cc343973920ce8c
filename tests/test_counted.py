from __future__ import annotations

from newtrick.counted import counted, one_or_many


def test_one_thing_is_no_plural() -> None:
    assert [counted(number, "row") for number in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert [one_or_many(number, "was", "were") for number in (1, 2)] == ["was", "were"]
