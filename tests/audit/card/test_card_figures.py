from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newtrick.audit.card.figures import Figure, as_shares, read_count, read_figure


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("0.9388", 0.9388, 5e-5),
        ("0,9388", 0.9388, 5e-5),
        (".94", 0.94, 5e-3),
        ("93.88 %", 0.9388, 5e-5),
        ("93,88%", 0.9388, 5e-5),
        ("94 percent", 0.94, 5e-3),
        ("**0.9388**", 0.9388, 5e-5),
        ("★ 0.9388", 0.9388, 5e-5),
        ("<b>0.9388</b>", 0.9388, 5e-5),
        ("__0.9388__", 0.9388, 5e-5),
        ("0.9388 ± 0.002", 0.9388, 5e-5),
        ("0.9388 (best)", 0.9388, 5e-5),
        ("{'accuracy': 0.9388}", 0.9388, 5e-5),
        ("３.５", 3.5, 0.05),
        ("1,234.5", 1234.5, 0.05),
        ("1.234,5", 1234.5, 0.05),
        ("12 500", 12500, 0.5),
        ("3e-05", 3e-5, 5e-6),
        ("-0.5", -0.5, 0.05),
        ("−0.5", -0.5, 0.05),
    ],
)
def test_a_figure_is_read_however_it_is_written(text: str, value: float, half: float) -> None:
    figure = read_figure(text)
    assert figure is not None
    assert figure.value == pytest.approx(value)
    assert figure.half == pytest.approx(half)


@pytest.mark.parametrize(
    "text",
    ["", "No log", "nan", "1.2.3", "0.93 0.94", "v2", "2023-01-05", "1e999", "9" * 100, "1,23,4"],
)
def test_what_is_no_figure_is_none(text: str) -> None:
    assert read_figure(text) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [("1000", 1000), ("1,000", 1000), ("1.000", 1000), ("1'000'000", 1_000_000), ("2.5", None)],
)
def test_a_count_has_separators_and_no_fraction(text: str, count: int | None) -> None:
    assert read_count(text) == count


@given(st.floats(0, 1), st.integers(1, 6), st.sampled_from([".", ","]), st.booleans())
def test_a_rounded_share_is_read_back_within_its_rounding(
    share: float, places: int, mark: str, percent: bool
) -> None:
    shown = f"{100 * share if percent else share:.{places}f}".replace(".", mark)
    figure = read_figure(shown + (" %" if percent else ""))
    assert figure is not None
    assert figure.low - 1e-9 <= share <= figure.high + 1e-9


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "'", "_"]))
def test_a_count_is_read_back_with_any_separator(number: int, separator: str) -> None:
    assert read_count(f"{number:,}".replace(",", separator)) == number


@given(st.text(max_size=80))
def test_any_text_is_a_finite_figure_or_none(text: str) -> None:
    figure = read_figure(text)
    assert figure is None or abs(figure.value) < float("inf")


def test_per_cents_without_the_sign_become_shares() -> None:
    shares = as_shares([read_figure("93.88"), None, read_figure("94.5")])
    assert [share and round(share.value, 6) for share in shares] == [0.9388, None, 0.945]
    assert as_shares([Figure(0.5, 0.05, "0.5")]) == [Figure(0.5, 0.05, "0.5")]


def test_figures_agree_within_the_rounding_of_both() -> None:
    short, long, other = (read_figure(text) for text in ("0.89", "0.8878", "0.8846"))
    assert short is not None
    assert long is not None
    assert other is not None
    assert short.agrees(long)
    assert not short.agrees(other)
    assert long.is_over(other)
    assert not short.is_over(long)
