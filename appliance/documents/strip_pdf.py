"""A strip as a PDF page as long as it needs: the same rows that a thermal printer gets (reportlab)."""

from __future__ import annotations

import io
from typing import Any

from appliance.documents.lettering import REGULAR, STRONG, drawing, runs, width_of
from appliance.documents.strip import GAP, MIDDLE, QR, RULE, Row, Strip, rows, titles
from appliance.words import Words

MM = 72 / 25.4
WIDTHS = {32: 58 * MM, 42: 76 * MM, 48: 80 * MM}
MARGIN = 4 * MM
SIZE = 8.0
LEADING = 1.35
QR_SIDE = 26 * MM


def render(strip: Strip, words: Words) -> bytes:
    """The PDF."""
    from reportlab.pdfgen.canvas import Canvas

    listed = rows(strip, words)
    width = WIDTHS[strip.columns]
    height = 2 * MARGIN + sum(map(_height, listed))
    with drawing:
        file = io.BytesIO()
        canvas = Canvas(file, pagesize=(width, height), invariant=1, lang=words.language)
        canvas.setTitle(f"{titles(strip.kind, words)} {strip.number or ''}".strip())
        canvas.setAuthor(strip.shop)
        y = height - MARGIN
        for row in listed:
            y -= _height(row)
            _put(canvas, row, width, y, from_right=words.right_to_left)
        canvas.showPage()
        canvas.save()
    return file.getvalue()


def _height(row: Row) -> float:
    if row.kind == QR:
        return QR_SIDE + 3 * MM
    if row.kind == GAP:
        return SIZE * 0.7
    return SIZE * LEADING * (1.55 if row.large else 1)


def _put(canvas: Any, row: Row, width: float, y: float, *, from_right: bool) -> None:
    left, right = MARGIN, width - MARGIN
    if row.kind == RULE:
        canvas.setLineWidth(0.4)
        canvas.line(left, y + SIZE * 0.5, right, y + SIZE * 0.5)
    elif row.kind == QR:
        _qr(canvas, row.start, (width - QR_SIDE) / 2, y + 1.5 * MM)
    elif row.start or row.end:
        size = SIZE * (1.5 if row.large else 1)
        weight = STRONG if row.strong else REGULAR
        end_width = width_of(row.end, weight, size, from_right)
        start = row.start
        while len(start) > 1 and width_of(start, weight, size, from_right) > right - left - end_width - (size / 2 if row.end else 0):
            start = start[:-2].rstrip() + "."
        start_width = width_of(start, weight, size, from_right)
        if row.align == MIDDLE and not row.end:
            _text(canvas, start, (width - start_width) / 2, y, weight, size, from_right)
            return
        first, last = (right - start_width, left) if from_right else (left, right - end_width)
        _text(canvas, start, first, y, weight, size, from_right)
        _text(canvas, row.end, last, y, weight, size, from_right)


def _text(canvas: Any, text: str, x: float, y: float, weight: str, size: float, from_right: bool) -> None:
    for run in runs(text, weight, from_right):
        canvas.setFont(run.font, size)
        canvas.drawString(x, y + size * 0.3, run.text)
        x += width_of(run.text, weight, size)


def _qr(canvas: Any, content: str, x: float, y: float) -> None:
    import segno

    matrix = segno.make(content, error="m", micro=False).matrix
    module = QR_SIDE / len(matrix)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                canvas.rect(x + column * module, y + QR_SIDE - (row + 1) * module, module, module, stroke=0, fill=1)
