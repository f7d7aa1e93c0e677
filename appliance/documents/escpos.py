"""A strip as bytes for a thermal printer (ESC/POS), by python-escpos: nothing is sent, a console delivers them.

A line whose letters the printer's code page lacks (another script, or one written from the right) is drawn as a picture in
our own fonts, so that every language prints on every printer that prints dots.
"""

from __future__ import annotations

from typing import Any

from appliance.documents.strip import GAP, MIDDLE, QR, RULE, TEXT, Row, Strip, length, rows
from appliance.documents.strip_picture import line_picture, qr_picture
from appliance.words import Words

PROFILES = {32: "NT-5890K", 42: "TM-T88V", 48: "TM-T20II"}
DOTS = {32: 384, 42: 512, 48: 576}
RASTER = "raster"
QR_MODULE_DOTS = 4
DRAWER_PIN = 2
FEED_LINES = 4
_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-", "\u2013": "-", "\u2019": "'", "\u2026": "."})
_MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))


def render(strip: Strip, words: Words) -> bytes:
    """The bytes of one paper; of kind drawer the kick alone."""
    from escpos.printer import Dummy

    printer = Dummy(profile=PROFILES[strip.columns])
    printer.hw("INIT")
    if strip.kick:
        printer.cashdraw(DRAWER_PIN)
    listed = rows(strip, words)
    if not listed:
        return bytes(printer.output)
    pen = _Pen(printer, strip, words)
    for row in listed:
        pen.put(row)
    if strip.cutter:
        printer.cut()
    else:
        printer.print_and_feed(FEED_LINES)
    return bytes(printer.output)


class _Pen:
    """One printer while it is written to."""

    def __init__(self, printer: Any, strip: Strip, words: Words) -> None:
        self._printer = printer
        self._strip = strip
        self._from_right = words.right_to_left
        self._encoding = "" if strip.code_page == RASTER or self._from_right else strip.code_page
        number = self._code_page(strip.code_page) if self._encoding else None
        if number is None:
            self._encoding = ""
        else:
            printer._raw(b"\x1bt" + bytes([number]))

    def _code_page(self, name: str) -> int | None:
        """The printer's number for a code page; the lowest where it has several."""
        pages = self._printer.profile.profile_data["codePages"]
        numbers = [int(number) for number, page in pages.items() if page == name]
        return min(numbers, default=None)

    def put(self, row: Row) -> None:
        """One row."""
        columns = self._strip.columns
        if row.kind == GAP:
            self._printer._raw(b"\n")
        elif row.kind == RULE:
            self._printer._raw(b"-" * columns + b"\n")
        elif row.kind == QR:
            self._qr(row.start)
        elif row.kind == TEXT:
            text = self._encoded(row)
            if text is None:
                self._picture(line_picture(row, DOTS[columns], columns, from_right=self._from_right))
            else:
                self._printer.set(align="left", bold=row.strong, double_width=row.large, double_height=row.large, normal_textsize=not row.large)
                self._printer._raw(text + b"\n")
                if row.strong or row.large:
                    self._printer.set(bold=False, normal_textsize=True)

    def _encoded(self, row: Row) -> bytes | None:
        """The row's bytes in the printer's code page; None where it has not all of its letters."""
        if not self._encoding:
            return None
        columns = self._strip.columns // (2 if row.large else 1)
        start, end = (each.translate(_MARKS).translate(_PLAIN) for each in (row.start, row.end))
        if end:
            text = start + " " * max(columns - length(start) - length(end), 1) + end
        elif row.align == MIDDLE:
            text = start.center(columns).rstrip()
        else:
            text = start
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            return None

    def _qr(self, content: str) -> None:
        if self._strip.native_qr and self._printer.profile.supports("qrCode"):
            self._printer.set(align="center")
            self._printer.qr(content, size=QR_MODULE_DOTS, native=True)
            self._printer.set(align="left")
        else:
            self._picture(qr_picture(content, DOTS[self._strip.columns], QR_MODULE_DOTS))

    def _picture(self, picture: Any) -> None:
        self._printer.image(picture, impl="bitImageRaster")
