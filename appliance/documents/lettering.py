"""Fonts and letters: what is written from the right is joined and put into the order in which it is drawn.

A text is drawn as runs, each in the font that has its letters: Noto Sans, and Noto Sans Arabic for the rest.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from appliance import paths

REGULAR, STRONG = "Regular", "SemiBold"
_FAMILIES = ("NotoSans", "NotoSansArabic")
_RIGHT = r"\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_ACCENTED = r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"  # without × and ÷
_FROM_RIGHT = re.compile(rf"[{_RIGHT}\u200f]")
_LATIN = re.compile(rf"[+(\[]?[A-Za-z0-9{_ACCENTED}](?:[^{_RIGHT}\n\u200e\u200f\u202a-\u202c]*[A-Za-z0-9{_ACCENTED})\]/%])?")
_LETTER = re.compile(rf"[A-Za-z{_ACCENTED}+]")
_BRACKETS = {")": "(", "]": "["}
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNKNOWN = "?"
_APART = re.compile("\u2068([^\u2066-\u2069]*)\u2069")
_EMBEDDINGS = {0x2066: "\u202a", 0x2067: "\u202b", 0x2068: None, 0x2069: "\u202c"}  # isolates, which the ordering library does not know
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


def _kept_together(found: re.Match[str]) -> str:
    """A Latin stretch inside a text from the right keeps its own order and its brackets; a number alone needs nothing.

    The ordering library knows no bracket pairs (UAX 9, N0).
    """
    stretch = found[0]
    end = len(stretch)
    while end and stretch[end - 1] in _BRACKETS and stretch[:end].count(stretch[end - 1]) > stretch[:end].count(_BRACKETS[stretch[end - 1]]):
        end -= 1
    kept = stretch[:end]
    return f"\u202a{kept}\u202c{stretch[end:]}" if _LETTER.search(kept) else stretch


def _directed(found: re.Match[str]) -> str:
    """What stands apart in its own direction, as an embedding of that direction."""
    return ("\u202b" if _FROM_RIGHT.search(found[1]) else "\u202a") + found[1] + "\u202c"


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

    text = _APART.sub(_directed, text).translate(_EMBEDDINGS)
    joined = str(_reshaper().reshape(_LATIN.sub(_kept_together, text) if from_right else text))
    return _INVISIBLE.sub("", str(get_display(joined, base_dir="R" if from_right else "L")))


def runs(text: str, weight: str, from_right: bool) -> list[Run]:
    """The runs of one line in the order of drawing; a letter that no font has is shown as a question mark."""
    if text.isascii() and text.isprintable():  # digits, codes and most names: every font of ours begins with these
        font = f"{_FAMILIES[0]}-{weight}"
        _letters(font)
        return [Run(font, text)]
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


@lru_cache(16384)
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


def _width_of_first(word: str, weight: str, size: float, from_right: bool, count: int) -> float:
    return width_of(word[:count], weight, size, from_right)


def _pieces(text: str, weight: str, size: float, width: float, from_right: bool) -> Iterator[str]:
    for word in text.split(" "):
        while len(word) > 1 and width_of(word, weight, size, from_right) > width:
            cut = bisect_right(range(1, len(word)), width, key=partial(_width_of_first, word, weight, size, from_right)) or 1
            yield word[:cut]
            word = word[cut:]
        yield word
