"""Fonts and letters: what is written from the right is joined and put into the order in which it is drawn.

A text is drawn as runs, each in the font that has its letters: Noto Sans, and Noto Sans Arabic for the rest.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from appliance import paths

REGULAR, STRONG = "Regular", "SemiBold"
_FAMILIES = ("NotoSans", "NotoSansArabic")
_FROM_RIGHT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNKNOWN = "?"
_EMBEDDINGS = {0x2066: "\u202a", 0x2069: "\u202c"}  # isolates, which the ordering library does not know, as embeddings
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

drawing = threading.Lock()
"""Held while a document is drawn: the PDF library keeps what it knows of fonts in one place."""


class Run(NamedTuple):
    """Letters of one font in the order of drawing."""

    font: str
    text: str


@cache
def _letters(font: str) -> frozenset[int]:
    """The code points that a font has; loads and registers it."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    loaded = TTFont(font, str(paths.resources() / "fonts" / f"{font}.ttf"))
    pdfmetrics.registerFont(loaded)
    return frozenset(loaded.face.charToGlyph)


def has(letter: str) -> bool:
    """Whether any of our fonts has it."""
    return any(ord(letter) in _letters(f"{family}-{REGULAR}") for family in _FAMILIES)


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    return ArabicReshaper({"delete_harakat": False, "support_ligatures": True})


def visual(text: str, from_right: bool) -> str:
    """The text as it is drawn from left to right. `from_right`: the paragraph is of a language written so."""
    text = _CONTROL.sub(" ", text)
    if not _FROM_RIGHT.search(text):
        return _INVISIBLE.sub("", text)
    from bidi.algorithm import get_display

    joined = str(_reshaper().reshape(text.translate(_EMBEDDINGS)))
    return _INVISIBLE.sub("", str(get_display(joined, base_dir="R" if from_right else "L")))


def runs(text: str, weight: str, from_right: bool) -> list[Run]:
    """The runs of one line in the order of drawing; a letter that no font has is shown as a question mark."""
    found: list[Run] = []
    for letter in visual(text, from_right):
        font = next((each for family in _FAMILIES if ord(letter) in _letters(each := f"{family}-{weight}")), "")
        if not font:
            font, letter = f"{_FAMILIES[0]}-{weight}", _UNKNOWN
        if found and (found[-1].font == font or letter == " "):
            found[-1] = Run(found[-1].font, found[-1].text + letter)
        else:
            found.append(Run(font, letter))
    return found


def width_of(text: str, weight: str, size: float, from_right: bool = False) -> float:
    """Points that one line takes."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(float(stringWidth(run.text, run.font, size)) for run in runs(text, weight, from_right))


def wrapped(text: str, weight: str, size: float, width: float, from_right: bool = False) -> list[str]:
    """Lines that fit into the width, cut at blanks, and inside a word only where it is too long alone."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in _pieces(paragraph, weight, size, width, from_right):
            longer = f"{line} {word}" if line else word
            if line and width_of(longer, weight, size, from_right) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _pieces(text: str, weight: str, size: float, width: float, from_right: bool) -> Iterator[str]:
    for word in text.split(" "):
        while len(word) > 1 and width_of(word, weight, size, from_right) > width:
            fits = next(
                (count for count in range(len(word) - 1, 0, -1) if width_of(word[:count], weight, size, from_right) <= width),
                1,
            )
            yield word[:fits]
            word = word[fits:]
        yield word
