"""Figures in, SVG text out: columns by day, and the share of a whole. Colours and sizes are the page's, by class; words stand beside it.

The drawings have no text of their own, so that they may be stretched to any width; each column has a title, which a pointer shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

HEIGHT = 100
_STEP = 10
_COLUMN = 7


def columns(values: Sequence[int], titles: Sequence[str], label: str, inner: Sequence[int] = ()) -> str:
    """A column a value, in their order; `inner` (as many, or none) is drawn inside it: what of it was earned. Values below zero hang
    below the line. `label` says to who cannot see it what is drawn."""
    top = max(0, *values, *inner) if values else 0
    bottom = min(0, *values, *inner) if values else 0
    span = (top - bottom) or 1
    zero = HEIGHT * top / span if top != bottom else HEIGHT
    box = f"0 0 {max(len(values), 1) * _STEP} {HEIGHT}"
    parts = [f'<svg class="columns" viewBox="{box}" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">']
    for at, value in enumerate(values):
        bars = _bar("of", at * _STEP, _COLUMN, value, span, zero)
        if inner:
            bars += _bar("inner", at * _STEP, _COLUMN, inner[at], span, zero)
        parts.append(f'<g><title>{escape(titles[at])}</title><rect class="room" x="{at * _STEP}" y="0" width="{_STEP}" height="{HEIGHT}"/>{bars}</g>')
    parts.append(f'<line class="zero" x1="0" x2="{max(len(values), 1) * _STEP}" y1="{zero:.2f}" y2="{zero:.2f}"/></svg>')
    return "".join(parts)


def share(part: int, whole: int) -> str:
    """A line as long as the part is of the whole; beside figures, so it says nothing to a screen reader."""
    width = 0.0 if whole <= 0 else max(0.0, min(100.0, 100 * part / whole))
    return f'<svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="{width:.2f}" height="1"/></svg>'


def _bar(name: str, x: int, width: int, value: int, span: int, zero: float) -> str:
    if value == 0:
        return ""
    height = HEIGHT * abs(value) / span
    y = zero - height if value > 0 else zero
    kind = name if value > 0 else f"{name} below"
    return f'<rect class="{kind}" x="{x + (_STEP - width) / 2:g}" y="{y:.2f}" width="{width}" height="{height:.2f}"/>'
