from __future__ import annotations

from newtrick.machine.products import Products, settle, time_products


def test_bfloat16_is_taken_where_it_is_much_quicker() -> None:
    assert Products(float32=1.0, bfloat16=0.3).quicker == "bfloat16"
    assert Products(float32=1.0, bfloat16=0.9).quicker == "float32"
    assert Products(float32=1.0, bfloat16=5.0).quicker == "float32"


def test_auto_takes_what_was_measured_here_and_a_named_format_is_taken_as_it_is() -> None:
    assert settle("auto") == time_products().quicker
    assert settle("float32") == "float32"
    assert settle("bfloat16") == "bfloat16"
