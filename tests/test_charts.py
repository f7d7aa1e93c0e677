"""Drawings of figures: every value is drawn in proportion, and what a person wrote stays text."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as some

from appliance import charts

figures = some.lists(some.integers(-(10**12), 10**12), max_size=60)


def rects(text: str, name: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(text).iter("rect") if each.get("class", "").split()[0] == name]


@given(figures)
def test_columns_stand_in_proportion_and_inside_the_picture(values: list[int]) -> None:
    drawn = rects(charts.columns(values, [str(each) for each in values], "x"), "of")
    kept = [each for each in values if each]
    assert len(drawn) == len(kept)
    tall = [float(each.get("height", "0")) for each in drawn]
    assert all(float(each.get("y", "0")) >= -0.02 and float(each.get("y", "0")) + height <= 100.02 for each, height in zip(drawn, tall, strict=True))
    if kept:
        most = max(abs(each) for each in kept)
        scale = tall[[abs(each) for each in kept].index(most)] / most
        assert all(abs(height - abs(value) * scale) < 0.02 for height, value in zip(tall, kept, strict=True))


def test_losses_hang_below_the_line() -> None:
    text = charts.columns([100, 50], ["a", "b"], "spend", [-20, 10])
    line = float(next(ElementTree.fromstring(text).iter("line")).get("y1", "0"))
    loss, profit = rects(text, "inner")
    assert loss.get("class") == "inner below" and float(loss.get("y", "0")) == line
    assert profit.get("class") == "inner" and abs(float(profit.get("y", "0")) + float(profit.get("height", "0")) - line) < 0.02


def test_texts_are_text() -> None:
    text = charts.columns([1], ['<script>"'], '"><script>')
    assert "<script>" not in text and next(ElementTree.fromstring(text).iter("title")).text == '<script>"'
    assert charts.columns([], [], "nothing").count("<rect") == 0


def test_a_share_is_between_nothing_and_all() -> None:
    for part, whole, width in ((1, 4, "25.00"), (5, 4, "100.00"), (-1, 4, "0.00"), (1, 0, "0.00")):
        assert f'width="{width}"' in charts.share(part, whole)
