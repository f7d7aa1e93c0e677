"""Lines and QR codes as pictures of black and white dots, for printers that lack their letters."""

from __future__ import annotations

from functools import cache
from typing import Any

from appliance import paths
from appliance.documents.lettering import REGULAR, STRONG, visual
from appliance.documents.strip import MIDDLE, Row

HEIGHT = 30  # dots of a plain line
SIZE = 22
FAMILIES = ("NotoSans", "NotoSansArabic")
LIGHT = 150  # a dot is black below this


@cache
def _font(family: str, weight: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(paths.resources() / "fonts" / f"{family}-{weight}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _letters(family: str) -> frozenset[int]:
    """The code points that a font has."""
    from reportlab.pdfbase.ttfonts import TTFontFile

    return frozenset(TTFontFile(str(paths.resources() / "fonts" / f"{family}-{REGULAR}.ttf")).charToGlyph)


def _runs(text: str) -> list[tuple[str, str]]:
    """(family, letters) in the order of drawing."""
    found: list[tuple[str, str]] = []
    for letter in text:
        family = next((each for each in FAMILIES if ord(letter) in _letters(each)), FAMILIES[0])
        if found and (found[-1][0] == family or letter == " "):
            found[-1] = (found[-1][0], found[-1][1] + letter)
        else:
            found.append((family, letter))
    return found


def line_picture(row: Row, dots: int, columns: int, *, from_right: bool) -> Any:
    """One row as wide as the paper: its two texts at the edges, the first on the right where the language begins there."""
    from PIL import Image, ImageDraw

    size, height = (2 * SIZE, 2 * HEIGHT) if row.large else (SIZE, HEIGHT)
    weight = STRONG if row.strong else REGULAR
    picture = Image.new("L", (dots, height), 255)
    pen = ImageDraw.Draw(picture)
    end = visual(row.end, from_right)
    end_width = _width(end, weight, size)
    start = visual(row.start, from_right)
    room = dots - end_width - (SIZE // 2 if end else 0)
    shorter = row.start
    while len(shorter) > 1 and _width(start, weight, size) > room:
        shorter = shorter[:-1]
        start = visual(shorter.rstrip() + ".", from_right)
    start_width = _width(start, weight, size)
    if row.align == MIDDLE and not end:
        _draw(pen, start, (dots - start_width) // 2, weight, size, height)
    elif from_right:
        _draw(pen, start, dots - start_width, weight, size, height)
        _draw(pen, end, 0, weight, size, height)
    else:
        _draw(pen, start, 0, weight, size, height)
        _draw(pen, end, dots - end_width, weight, size, height)
    return picture.point(lambda value: 255 if value > LIGHT else 0).convert("1")


def qr_picture(content: str, dots: int, module: int) -> Any:
    """A QR code in the middle of the paper."""
    import segno
    from PIL import Image

    matrix = segno.make(content, error="m", micro=False).matrix
    side = len(matrix)
    module = max(min(module, dots // (side + 8)), 1)
    picture = Image.new("1", (dots, (side + 4) * module), 1)
    left = (dots - side * module) // 2
    for y, line in enumerate(matrix):
        for x, dark in enumerate(line):
            if dark:
                at = (left + x * module, (y + 2) * module)
                picture.paste(0, (*at, at[0] + module, at[1] + module))
    return picture


def _width(text: str, weight: str, size: int) -> int:
    return int(sum(_font(family, weight, size).getlength(letters) for family, letters in _runs(text)) + 0.5)


def _draw(pen: Any, text: str, x: float, weight: str, size: int, height: int) -> None:
    for family, letters in _runs(text):
        font = _font(family, weight, size)
        pen.text((x, height * 0.73), letters, font=font, fill=0, anchor="ls")
        x += font.getlength(letters)
