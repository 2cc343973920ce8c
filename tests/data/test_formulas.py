from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newtrick.data.formulas import defused, restored


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠")
def test_what_begins_like_a_formula_becomes_text(start: str) -> None:
    assert defused(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["-1", "+3.5", "-0,25", "4", "good", "", "'tis", "a=b", "k12-3"])
def test_numbers_and_other_texts_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


@pytest.mark.parametrize("text", ["-1+1", "+49 (0) 30", "-1\n=2", "--1", "-1e5"])
def test_what_merely_begins_like_a_number_is_no_number(text: str) -> None:
    assert defused(text) == f"'{text}"


@given(st.text(st.sampled_from("'=-+@1a.\t\n＝ ")) | st.text())
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert restored(defused(text)) == text
