"""Colours that can be read: WCAG's own examples, and every colour moved only as far as it must be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.contrast import LEAST, contrast, is_colour, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_as_the_standard_has_it() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0 and contrast("#777777", "#777777") == 1.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48 and round(contrast("#767676", "#ffffff"), 2) == 4.54
    assert contrast("#ff0000", "#ffffff") == contrast("#ffffff", "#ff0000")


def test_what_is_a_colour() -> None:
    assert is_colour("#1f5FBF")
    assert not any(is_colour(text) for text in ("", "red", "#fff", "#1f5fbg", "#1f5fbf;}", "#1f5fbf\n", "url(x)"))


@given(COLOURS)
def test_any_colour_can_be_read_on_the_grounds(colour: str) -> None:
    for grounds in (("#ffffff", "#f5f6f8"), ("#15181d", "#1c2027")):
        moved = readable(colour, *grounds)
        assert is_colour(moved) and all(contrast(moved, ground) >= LEAST for ground in grounds)
        if all(contrast(colour, ground) >= LEAST for ground in grounds):
            assert moved == colour
