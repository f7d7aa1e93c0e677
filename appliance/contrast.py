"""Whether a colour can be read on another, and the nearest one that can (WCAG 2.2, 1.4.3 and its definition of relative luminance)."""

from __future__ import annotations

import colorsys
import re

LEAST = 4.5
"""AA for text."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
STEPS = 100


def is_colour(text: str) -> bool:
    """Whether it is written #rrggbb."""
    return _HEX.fullmatch(text) is not None


def luminance(colour: str) -> float:
    """From 0 (black) to 1 (white)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *grounds: str) -> str:
    """The colour itself where it can be read on every ground, else the same hue made darker (on light ground) or lighter, as little as is enough."""
    if all(contrast(colour, ground) >= LEAST for ground in grounds):
        return colour
    hue, light, strength = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    end = 0.0 if min(luminance(each) for each in grounds) > 0.18 else 1.0
    for step in range(1, STEPS + 1):
        red, green, blue = colorsys.hls_to_rgb(hue, light + (end - light) * step / STEPS, strength)
        moved = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
        if all(contrast(moved, ground) >= LEAST for ground in grounds):
            return moved
    return "#000000" if end == 0.0 else "#ffffff"
