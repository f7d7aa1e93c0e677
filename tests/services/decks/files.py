"""Files of decks with the quirks of real ones, made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date

from openpyxl import Workbook

Cell = str | int | float | date | None
SIMPLE = "Code,Destination,Rate\n31,Netherlands,0.0100\n3197,Netherlands Special,0.3\n44,UK,0.02\n"


def csv_of(rows: Sequence[Sequence[object]], delimiter: str = ",") -> bytes:
    """Plain lines; cells hold no delimiters."""
    return "\n".join(delimiter.join(map(str, row)) for row in rows).encode()


def workbook(*sheets: tuple[str, Sequence[Sequence[Cell]]], hidden: Sequence[str] = (), left: int = 0, above: int = 0) -> bytes:
    """An XLSX file; `left` and `above` are blank columns and rows before the data."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row, cells in enumerate(rows, 1 + above):
            for column, value in enumerate(cells, 1 + left):
                if value is not None:
                    sheet.cell(row, column, value)
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def opendocument(rows: Sequence[Sequence[str | float]]) -> bytes:
    """An ODS file of one sheet."""

    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Rates">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{space}manifest:1.0"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()
