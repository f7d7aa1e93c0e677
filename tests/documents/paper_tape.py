"""A thermal printer in memory: ESC/POS bytes in, a picture of the paper out. It knows what our receipts use, and refuses the rest."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw, ImageFont

from appliance import paths

CODE_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 45: "cp1250", 46: "cp1251"}
DOTS = {32: 384, 42: 512, 48: 576}
LINE = 30


class Tape:
    """`feed` bytes; then `lines` is what was printed as text, `picture()` how it looks."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines: list[str] = []
        self.kicks = self.cuts = self.pictures = self.qr_codes = 0
        self._rows: list[Any] = []
        self._page = "cp437"
        self._bold = self._large = False
        self._align = 0
        self._line = b""
        self._qr = b""

    def feed(self, data: bytes) -> Tape:
        """Everything that the printer is sent."""
        at = 0
        while at < len(data):
            at = self._command(data, at)
        return self

    def _command(self, data: bytes, at: int) -> int:
        byte = data[at : at + 1]
        if byte == b"\n":
            self._print()
            return at + 1
        if byte not in (b"\x1b", b"\x1d"):
            self._line += byte
            return at + 1
        name, rest = data[at : at + 2], data[at + 2 :]
        if name == b"\x1b@":
            self._bold = self._large = False
            return at + 2
        if name == b"\x1bp":
            self.kicks += 1
            return at + 5
        if name == b"\x1dV":
            self.cuts += 1
            return at + (4 if rest[:1] in (b"A", b"B") else 3)
        if name == b"\x1dv":
            return self._raster(data, at)
        if name == b"\x1d(":
            size = rest[1] + 256 * rest[2]
            self._two_dimensional(rest[3 : 3 + size])
            return at + 5 + size
        simple = {b"\x1bt": "_page", b"\x1bE": "_bold", b"\x1ba": "_align", b"\x1b!": "_mode", b"\x1d!": "_mode", b"\x1bd": "_feed"}
        if name in simple:
            self._set(simple[name], rest[0])
        elif name not in (b"\x1bM", b"\x1b-", b"\x1b{", b"\x1dB", b"\x1db", b"\x1dL", b"\x1dW"):
            raise AssertionError(f"the printer does not know {name!r}")
        return at + 3

    def _set(self, what: str, value: int) -> None:
        if what == "_page":
            self._page = CODE_PAGES[value]
        elif what == "_bold":
            self._bold = bool(value & 1)
        elif what == "_align":
            self._align = value % 48
        elif what == "_mode":
            self._large = bool(value & 0x30)
        else:
            for _ in range(value):
                self._rows.append(Image.new("1", (DOTS[self.columns], LINE), 1))

    def _print(self) -> None:
        text = self._line.decode(self._page)
        self._line = b""
        room = self.columns // (2 if self._large else 1)
        assert len(text) <= room, f"{text!r} is wider than the paper"
        if text:
            self.lines.append(text)
        scale = 2 if self._large else 1
        row = Image.new("1", (DOTS[self.columns], LINE * scale), 1)
        pen = ImageDraw.Draw(row)
        weight = "SemiBold" if self._bold else "Regular"
        font = ImageFont.truetype(str(paths.resources() / "fonts" / f"NotoSans-{weight}.ttf"), 20 * scale)
        cell = DOTS[self.columns] / self.columns * scale
        shift = (room - len(text)) * cell * self._align / 2
        for column, letter in enumerate(text):
            pen.text((shift + column * cell, LINE * scale * 0.78), letter, font=font, fill=0, anchor="ls")
        self._rows.append(row)

    def _raster(self, data: bytes, at: int) -> int:
        width, height = data[at + 4] + 256 * data[at + 5], data[at + 6] + 256 * data[at + 7]
        body = data[at + 8 : at + 8 + width * height]
        assert len(body) == width * height and width * 8 <= DOTS[self.columns]
        picture = Image.frombytes("1", (width * 8, height), bytes(255 - each for each in body))
        self._rows.append(picture)
        self.pictures += 1
        return at + 8 + width * height

    def _two_dimensional(self, body: bytes) -> None:
        if body[1:3] == b"P0":
            self._qr = body[3:]
        elif body[1:2] == b"Q":
            import segno

            matrix = segno.make(self._qr.decode(), error="l", micro=False).matrix
            row = Image.new("1", (DOTS[self.columns], len(matrix) * 4 + 8), 1)
            left = (DOTS[self.columns] - len(matrix) * 4) // 2
            for y, line in enumerate(matrix):
                for x, dark in enumerate(line):
                    if dark:
                        row.paste(0, (left + x * 4, y * 4 + 4, left + x * 4 + 4, y * 4 + 8))
            self._rows.append(row)
            self.qr_codes += 1

    def picture(self) -> Any:
        """The paper."""
        paper = Image.new("1", (DOTS[self.columns] + 24, sum(row.height for row in self._rows) + 24), 1)
        y = 12
        for row in self._rows:
            paper.paste(row, (12, y))
            y += row.height
        return paper
