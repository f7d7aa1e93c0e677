"""Spreadsheets (XLSX: ECMA-376 part 1, in a ZIP file): rows come in, the file goes out in parts as it is made.

Memory holds one part, whatever the number of rows. Texts are texts: none can be a formula. Amounts are numbers, moments are dates.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

Cell = str | int | Decimal | datetime | None
"""A moment is given in UTC, without a zone."""

MOST_ROWS = 1_000_000  # in one sheet; a spreadsheet holds 1,048,576
MOST_BYTES = 1_500_000_000  # of a sheet's text: beyond 2 GiB the file would need ZIP64, which Excel does not read
PART_ROWS = 500
LONGEST_TEXT = 32_767
EPOCH = datetime(1899, 12, 30)  # day 0 of a spreadsheet's dates
DAY_SECONDS = 86_400

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DATE, _AMOUNT, _TITLE = 1, 2, 3
_STYLES = "".join(
    (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}">',
        '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="0.00####"/></numFmts>',
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>',
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>',
        '<cellXfs count="4"><xf xfId="0"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>',
        '<xf fontId="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    )
)


class Column(NamedTuple):
    """A column's heading and its width in letters."""

    title: str
    width: int = 14


class _Out(io.RawIOBase):
    """Where the ZIP file is written to: kept until it is taken."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kept.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        kept, self._kept = self._kept, []
        return b"".join(kept)


def workbook(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The parts of a file whose sheets are called `name`, `name 2`, ...; more than MOST_ROWS go on in a further sheet."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as file:
        left, sheets, more = iter(rows), 0, True
        while more:
            sheets += 1
            with file.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                sheet.write(_begin(columns))
                count, size = 1, 0
                while more and count <= MOST_ROWS and size < MOST_BYTES:
                    text, made, more = _part(left, MOST_ROWS + 1 - count)
                    count, size = count + made, size + len(text)
                    sheet.write(text)
                    yield out.taken()
                sheet.write(f'</sheetData><autoFilter ref="A1:{letters(len(columns))}{count}"/></worksheet>'.encode())
            first = next(left, None) if more else None
            more, left = first is not None, chain(() if first is None else (first,), left)
        for place, member in _around([name if number == 1 else f"{name} {number}" for number in range(1, sheets + 1)]):
            file.writestr(place, member)
    yield out.taken()


def letters(number: int) -> str:
    """The name of the column of that number: 1 is A, 27 is AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _begin(columns: Sequence[Column]) -> bytes:
    widths = "".join(f'<col min="{at}" max="{at}" width="{column.width}" customWidth="1"/>' for at, column in enumerate(columns, 1))
    titles = "".join(_text(column.title, f' s="{_TITLE}"') for column in columns)
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{view}<cols>{widths}</cols><sheetData><row>{titles}</row>'.encode()


def _part(rows: Iterator[Sequence[Cell]], most: int) -> tuple[bytes, int, bool]:
    """Some rows as text, how many, and whether there may be more."""
    lines = []
    for row in rows:
        lines.append(f"<row>{''.join([_cell(value) for value in row])}</row>")
        if len(lines) == min(PART_ROWS, most):
            return "".join(lines).encode(), len(lines), True
    return "".join(lines).encode(), len(lines), False


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return f'<c s="{_DATE}"><v>{(value - EPOCH).total_seconds() / DAY_SECONDS:.10f}</v></c>'
    if isinstance(value, Decimal):
        return f'<c s="{_AMOUNT}"><v>{value:f}</v></c>'
    return f"<c><v>{int(value)}</v></c>"


def _text(text: str, style: str = "") -> str:
    said = escape(_NOT_XML.sub("", text[:LONGEST_TEXT]))
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{said}</t></is></c>'


def _around(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The other members of the file, by their place in it."""
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(names) + 1)
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles"), *((f"xl/worksheets/sheet{each}.xml", "worksheet") for each in numbers)]
    types = "".join(f'<Override PartName="/{place}" ContentType="{sheet}.{kind}+xml"/>' for place, kind in kinds)
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    yield "[Content_Types].xml", f'{_HEAD}<Types xmlns="{space}">{defaults}<Default Extension="xml" ContentType="application/xml"/>{types}</Types>'
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    yield "xl/_rels/workbook.xml.rels", _relations([*(("worksheet", f"worksheets/sheet{each}.xml") for each in numbers), ("styles", "styles.xml")])
    sheets = "".join(f'<sheet name="{_sheet_name(name)}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1))
    yield "xl/workbook.xml", f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    yield "xl/styles.xml", _STYLES


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for at, (kind, target) in enumerate(targets, 1))
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'


def _sheet_name(name: str) -> str:
    """As spreadsheets allow them: 31 letters, and not these."""
    return escape(re.sub(r"[\[\]:*?/\\']", " ", _NOT_XML.sub("", name))[:31].strip() or "1", {'"': "&quot;"})
