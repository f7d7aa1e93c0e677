"""A page and what is put on it: text in columns, rules, amounts under one another, a QR code, page n of m.

Places are points from the start edge, where the language begins to write: in Arabic the whole page is mirrored.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any, TypedDict, Unpack

from appliance import paths
from appliance.documents.lettering import REGULAR, STRONG, drawing, runs, width_of, wrapped
from appliance.errors import UserError
from appliance.words import MINUS, NO_BLANK, Words

MM = 72 / 25.4
SIZES = {"A3": (297 * MM, 420 * MM), "A4": (210 * MM, 297 * MM), "A5": (148 * MM, 210 * MM), "Letter": (8.5 * 72, 11 * 72)}
LEADING = 1.4
SMALL, BODY, HEADING, TITLE, FIGURE = 7.5, 9.5, 12.0, 17.0, 24.0
FOOT = 9 * MM
LOGO = (60 * MM, 18 * MM)


def paper_size(name: str, field: str = "paper") -> tuple[float, float]:
    """Width and height in points; UserError paper.unknown."""
    found = SIZES.get(name)
    if found is None:
        raise UserError("paper.unknown", field=field, paper=name[:20], papers=", ".join(SIZES))
    return found


@cache
def colours() -> dict[str, str]:
    """The brand's colours by role, as on a light screen."""
    tokens = tomllib.loads((paths.resources() / "brand" / "tokens.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = tokens["light"]
    return found


@cache
def ink(colour: str) -> Any:
    """A colour as the PDF library wants it."""
    from reportlab.lib.colors import HexColor

    return HexColor(colour)


class Look(TypedDict, total=False):
    """How text is written: `size` in points, `strong`, `colour` by its role, `align`: start, end or middle.

    `plain`: numbers and addresses, which are never written from the right. `most_lines`: cut after so many with an ellipsis.
    """

    size: float
    strong: bool
    colour: str
    align: str
    most_lines: int
    plain: bool


class Paper:
    """One document while it is drawn. `y` is how far down the page the pen is; `with Paper(…) as paper` holds the drawing lock."""

    def __init__(self, size: str, words: Words, *, title: str, author: str) -> None:
        self.page_width, self.page_height = paper_size(size)
        self.words = words
        self._title = title
        self._author = author
        self.margin = (14 if size == "A5" else 20) * MM
        self.width = self.page_width - 2 * self.margin
        self.bottom = self.page_height - self.margin - FOOT
        self.y = self.margin
        self.foot: list[str] = []
        self._pages: list[list[tuple[Any, ...]]] = [[]]
        self._from_right = words.right_to_left

    def __enter__(self) -> Paper:
        drawing.acquire()
        return self

    def __exit__(self, *error: object) -> None:
        drawing.release()

    # putting -------------------------------------------------------------------------------------------------------
    def text(self, text: str, start: float = 0, end: float | None = None, **look: Unpack[Look]) -> float:
        """Wrapped text between two places; the pen stays. How much height it took."""
        edge = self.width if end is None else end
        size = look.get("size", BODY)
        lines = self.lines(text, edge - start, **look)
        for number, line in enumerate(lines):
            self._line(line, number * size * LEADING, (start, edge), look)
        return len(lines) * size * LEADING

    def lines(self, text: str, width: float, **look: Unpack[Look]) -> list[str]:
        """The lines that a text is wrapped into."""
        weight, size, most = STRONG if look.get("strong") else REGULAR, look.get("size", BODY), look.get("most_lines", 0)
        found = wrapped(text, weight, size, width, self._from_right and not look.get("plain", False))
        if most and len(found) > most:
            found = [*found[: most - 1], self._cut(" ".join(found[most - 1 :]), weight, size, width)]
        return found

    def cell(self, text: str, start: float, end: float, **look: Unpack[Look]) -> None:
        """One line in a table's cell, cut where it is too long; for tables of thousands of rows."""
        weight, size = STRONG if look.get("strong") else REGULAR, look.get("size", BODY)
        if width_of(text, weight, size, self._from_right and not look.get("plain", False)) > end - start:
            text = self._cut(text, weight, size, end - start)
        self._line(text, 0, (start, end), look)

    def _line(self, line: str, below: float, between: tuple[float, float], look: Look) -> None:
        weight, size = STRONG if look.get("strong") else REGULAR, look.get("size", BODY)
        from_right = self._from_right and not look.get("plain", False)
        align = look.get("align", "start")
        left, right = self.span(*between)
        width = width_of(line, weight, size, from_right)
        to_right = (align == "end") is not self._from_right
        x = (left + right - width) / 2 if align == "middle" else right - width if to_right else left
        self.letters(line, x, self.y + size + below, weight, size, look.get("colour", "text"), from_right)

    def own_order(self, *texts: str) -> list[str]:
        """Numbers and addresses as they are written anywhere, the empty ones left out."""
        return [self.words.isolate(each) for each in texts if each]

    def down(self, points: float) -> None:
        """Move the pen."""
        self.y += points

    def put(self, text: str, *, start: float = 0, end: float | None = None, **look: Unpack[Look]) -> None:
        """The same with the pen below it; what does not fit goes on with the next page."""
        edge, size = self.width if end is None else end, look.get("size", BODY)
        for line in self.lines(text, edge - start, **look):
            if not self.fits(size * LEADING):
                self.turn()
            self._line(line, 0, (start, edge), look)
            self.down(size * LEADING)

    def pair(self, label: str, value: str, place: float, end: float | None = None, *, strong: bool = False, plain: bool = False) -> None:
        """A label and its value beside it, never parted by the end of a page."""
        edge = self.width if end is None else end
        values = self.lines(value, edge - place, strong=strong, most_lines=12, plain=plain)
        height = max(len(values), len(self.lines(label, place - 6))) * BODY * LEADING
        if not self.fits(height):
            self.turn()
        self.text(label, 0, place - 6, colour="muted")
        self.text(value, place, edge, strong=strong, most_lines=12, plain=plain)
        self.down(height)

    @property
    def page(self) -> int:
        """Which page the pen is on, from 1."""
        return len(self._pages)

    def rule(self, start: float = 0, end: float | None = None, *, colour: str = "border", weight: float = 0.6) -> None:
        """A line across."""
        left, right = self.span(start, self.width if end is None else end)
        self._mark("rule", left, right, self.y, colours()[colour], weight)

    def box(self, height: float, *, colour: str = "background", start: float = 0, end: float | None = None) -> None:
        """A tinted band from the pen down, over the whole width or between two places."""
        left, right = self.span(start, self.width if end is None else end)
        self._mark("box", left, self.y, right - left, height, colours()[colour])

    def picture(self, data: bytes, most_width: float, most_height: float) -> float:
        """A PNG or JPEG with its top at the pen and at the start edge, as large as it fits; its height. ValueError where it is none."""
        from reportlab.lib.utils import ImageReader

        try:
            image = ImageReader(io.BytesIO(data))
            wide, high = image.getSize()
        except (OSError, ValueError) as error:
            raise ValueError("not a picture") from error
        scale = min(most_width / wide, most_height / high)
        left, _ = self.span(0, wide * scale)
        self._mark("picture", left, self.y, wide * scale, high * scale, image)
        return float(high * scale)

    def logo(self, data: bytes) -> None:
        """A seller's own picture above its name; nothing where it has none."""
        if data:
            self.down(self.picture(data, *LOGO) + 2 * MM)

    def amounts(self, amounts: Sequence[str], start: float, end: float, size: float = BODY) -> AmountColumn:
        """A column of these amounts between two places, their decimal signs under one another."""
        return AmountColumn(self, amounts, start, end, size)

    def code(self, matrix: Sequence[Sequence[int]], start: float, size: float) -> None:
        """A QR code with its top at the pen."""
        left, _ = self.span(start, start + size)
        self._mark("code", left, self.y, size, tuple(tuple(row) for row in matrix))

    def fits(self, height: float) -> bool:
        """Whether so much still goes on this page."""
        return self.y + height <= self.bottom

    def turn(self) -> None:
        """Go on at the top of a new page."""
        self._pages.append([])
        self.y = self.margin

    # drawing -------------------------------------------------------------------------------------------------------
    def pdf(self) -> bytes:
        """The whole document."""
        from reportlab import rl_config
        from reportlab.pdfgen.canvas import Canvas

        rl_config.useA85 = 0  # streams as they are: smaller, and no time spent on letters for them
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(self.page_width, self.page_height), invariant=1, lang=self.words.language)
        canvas.setTitle(self._title)
        canvas.setAuthor(self._author)
        canvas.setCreator("Tollhouse")
        for number in range(len(self._pages)):
            self._foot(number)
            self._draw_page(canvas, self._pages[number])
            canvas.showPage()
        canvas.save()
        return out.getvalue()

    def _draw_page(self, canvas: Any, marks: Sequence[tuple[Any, ...]]) -> None:
        """All marks in their order; neighbouring letters are one text object, which names a font and a colour only when it changes."""
        text: Any = None
        now: tuple[str, float, str] = ("", 0.0, "")
        for kind, *rest in marks:
            if kind != "letters":
                if text is not None:
                    canvas.drawText(text)
                    text = None
                getattr(self, f"_draw_{kind}")(canvas, *rest)
                continue
            if text is None:
                text, now = canvas.beginText(), ("", 0.0, "")
            x, y, parts, size, colour = rest
            for place, (font, said) in enumerate(parts):
                if now[:2] != (font, size):
                    text.setFont(font, size)
                if now[2] != colour:
                    text.setFillColor(ink(colour))
                now = (font, size, colour)
                text.setTextOrigin(x, self.page_height - y)
                text.textOut(said)
                if place + 1 < len(parts):
                    x += canvas.stringWidth(said, font, size)
        if text is not None:
            canvas.drawText(text)

    def _foot(self, number: int) -> None:
        marks = self._pages
        marks.append(marks[number])  # what is put goes on the last page
        self.y = self.page_height - self.margin - 2 * SMALL * LEADING
        said = self.words._("Page {page} of {pages}", page=number + 1, pages=len(marks) - 1)
        keep = width_of(said, REGULAR, SMALL) + 12
        self.rule()
        self.down(3)
        between = "\u200f · \u200f" if self._from_right else " · "  # the mark keeps the parts in the order of the page
        self.text(between.join(self.foot), 0, self.width - keep, size=SMALL, colour="muted", most_lines=2)
        self.text(said, self.width - keep, self.width, size=SMALL, colour="muted", align="end")
        marks.pop()

    def span(self, start: float, end: float) -> tuple[float, float]:
        """Left and right edge on the page."""
        if self._from_right:
            return self.page_width - self.margin - end, self.page_width - self.margin - start
        return self.margin + start, self.margin + end

    def _mark(self, *mark: Any) -> None:
        self._pages[-1].append(mark)

    def letters(self, line: str, x: float, y: float, weight: str, size: float, colour: str, from_right: bool) -> None:
        self._mark("letters", x, y, tuple(runs(line, weight, from_right)), size, colours()[colour])

    def _cut(self, line: str, weight: str, size: float, width: float) -> str:
        while line and width_of(f"{line}…", weight, size) > width:
            line = line[:-1]
        return f"{line.rstrip()}…"

    def _draw_rule(self, canvas: Any, left: float, right: float, y: float, colour: str, weight: float) -> None:
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(weight)
        canvas.line(left, self.page_height - y, right, self.page_height - y)

    def _draw_box(self, canvas: Any, left: float, y: float, width: float, height: float, colour: str) -> None:
        canvas.setFillColor(colour)
        canvas.roundRect(left, self.page_height - y - height, width, height, 4, stroke=0, fill=1)

    def _draw_picture(self, canvas: Any, left: float, y: float, width: float, height: float, image: Any) -> None:
        canvas.drawImage(image, left, self.page_height - y - height, width, height, mask="auto")

    def _draw_code(self, canvas: Any, left: float, y: float, size: float, matrix: Any) -> None:
        canvas.setFillColor("#000000")
        dot = size / len(matrix)
        outline = canvas.beginPath()
        for row, cells in enumerate(matrix):
            for column, dark in enumerate(cells):
                if dark:
                    outline.rect(left + column * dot, self.page_height - y - (row + 1) * dot, dot, dot)
        canvas.drawPath(outline, stroke=0, fill=1)


class AmountColumn:
    """Amounts under one another, aligned at the decimal sign; the currency's code stands after each."""

    def __init__(self, paper: Paper, amounts: Sequence[str], start: float, end: float, size: float) -> None:
        self._sign = paper.words.decimal_sign
        parts = [self._split(each) for each in amounts]
        whole = max((width_of(each[0], STRONG, size) for each in parts), default=0.0)
        self._fraction = max((width_of(each[1], STRONG, size) for each in parts), default=0.0)
        self._paper = paper
        self._size = size
        left, right = paper.span(start, end)
        self._right = left + whole + self._fraction if paper.words.right_to_left else right

    def put(self, amount: str, *, strong: bool = False, colour: str = "text") -> None:
        """One amount at the height of the pen; an amount below zero is red."""
        whole, fraction = self._split(amount)
        weight = STRONG if strong else REGULAR
        x = self._right - self._fraction - width_of(whole, weight, self._size)
        tone = "danger" if amount.startswith(MINUS) else colour
        self._paper.letters(whole + fraction, x, self._paper.y + self._size, weight, self._size, tone, False)

    def _split(self, amount: str) -> tuple[str, str]:
        """`1,250` and `.00 EUR`; an amount without decimals has none."""
        number, blank, currency = amount.partition(NO_BLANK)
        whole, sign, fraction = number.partition(self._sign)
        return whole, sign + fraction + blank + currency
