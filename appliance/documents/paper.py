"""A page and what is put on it: text in columns, rules, amounts under one another, a QR code, page n of m.

Places are points from the start edge, where the language begins to write: in Arabic the whole page is mirrored.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any

from appliance import paths
from appliance.documents.lettering import REGULAR, STRONG, drawing, runs, width_of, wrapped
from appliance.errors import UserError
from appliance.words import MINUS, NO_BLANK, Words

MM = 72 / 25.4
SIZES = {"A4": (210 * MM, 297 * MM), "A5": (148 * MM, 210 * MM), "Letter": (8.5 * 72, 11 * 72)}
LEADING = 1.4
SMALL, BODY, HEADING, TITLE, FIGURE = 7.5, 9.5, 12.0, 17.0, 24.0
FOOT = 9 * MM


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
    def text(
        self,
        text: str,
        start: float = 0,
        end: float | None = None,
        *,
        size: float = BODY,
        strong: bool = False,
        colour: str = "text",
        align: str = "start",
        most_lines: int = 0,
        plain: bool = False,
    ) -> float:
        """Wrapped text between two places; the pen stays. How much height it took.

        `align`: start, end or middle. `plain`: numbers and addresses, which are never written from the right. `most_lines`: cut
        after so many with an ellipsis.
        """
        edge = self.width if end is None else end
        lines = self.lines(text, edge - start, size=size, strong=strong, most_lines=most_lines, plain=plain)
        for number, line in enumerate(lines):
            self._line(line, number * size * LEADING, (start, edge), size, strong, colour, align, plain)
        return len(lines) * size * LEADING

    def lines(self, text: str, width: float, *, size: float = BODY, strong: bool = False, most_lines: int = 0, plain: bool = False) -> list[str]:
        """The lines that a text is wrapped into."""
        weight = STRONG if strong else REGULAR
        found = wrapped(text, weight, size, width, self._from_right and not plain)
        if most_lines and len(found) > most_lines:
            found = [*found[: most_lines - 1], self._cut(" ".join(found[most_lines - 1 :]), weight, size, width)]
        return found

    def _line(
        self, line: str, below: float, between: tuple[float, float], size: float, strong: bool, colour: str, align: str, plain: bool
    ) -> None:
        weight, from_right = STRONG if strong else REGULAR, self._from_right and not plain
        left, right = self.span(*between)
        width = width_of(line, weight, size, from_right)
        to_right = (align == "end") is not self._from_right
        x = (left + right - width) / 2 if align == "middle" else right - width if to_right else left
        self.letters(line, x, self.y + size + below, weight, size, colour, from_right)

    def own_order(self, *texts: str) -> list[str]:
        """Numbers and addresses as they are written anywhere, the empty ones left out."""
        return [self.words.isolate(each) for each in texts if each]

    def down(self, points: float) -> None:
        """Move the pen."""
        self.y += points

    def put(
        self,
        text: str,
        *,
        start: float = 0,
        end: float | None = None,
        size: float = BODY,
        strong: bool = False,
        colour: str = "text",
        align: str = "start",
        most_lines: int = 0,
        plain: bool = False,
    ) -> None:
        """The same with the pen below it; what does not fit goes on with the next page."""
        edge = self.width if end is None else end
        for line in self.lines(text, edge - start, size=size, strong=strong, most_lines=most_lines, plain=plain):
            if not self.fits(size * LEADING):
                self.turn()
            self._line(line, 0, (start, edge), size, strong, colour, align, plain)
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

    def box(self, height: float, *, colour: str = "background") -> None:
        """A tinted band over the whole width from the pen down."""
        self._mark("box", self.margin, self.y, self.width, height, colours()[colour])

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
        from reportlab.pdfgen.canvas import Canvas

        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(self.page_width, self.page_height), invariant=1, lang=self.words.language)
        canvas.setTitle(self._title)
        canvas.setAuthor(self._author)
        canvas.setCreator("Tollhouse")
        for number in range(len(self._pages)):
            self._foot(number)
            for kind, *rest in self._pages[number]:
                getattr(self, f"_draw_{kind}")(canvas, *rest)
            canvas.showPage()
        canvas.save()
        return out.getvalue()

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

    def _draw_letters(self, canvas: Any, x: float, y: float, parts: Any, size: float, colour: str) -> None:
        canvas.setFillColor(colour)
        at = x
        for font, text in parts:
            canvas.setFont(font, size)
            canvas.drawString(at, self.page_height - y, text)
            at += canvas.stringWidth(text, font, size)

    def _draw_rule(self, canvas: Any, left: float, right: float, y: float, colour: str, weight: float) -> None:
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(weight)
        canvas.line(left, self.page_height - y, right, self.page_height - y)

    def _draw_box(self, canvas: Any, left: float, y: float, width: float, height: float, colour: str) -> None:
        canvas.setFillColor(colour)
        canvas.roundRect(left, self.page_height - y - height, width, height, 4, stroke=0, fill=1)

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
