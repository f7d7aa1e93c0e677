"""A file of prices into rows of text: CSV of any delimiter and encoding, or a spreadsheet (xlsx, xls, ods).

Limits stand at the top. Rows keep the line they stand in, counted from 1; nothing is decided about what they mean.
Numbers of a spreadsheet are binary fractions with noise in the last digits: they become the decimal text that the
sheet's 15 digits show.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from appliance.billing.deck_guess import Row
from appliance.errors import EnvironmentFault, UserError

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MOST_BYTES = 32 * 1024 * 1024
MOST_UNPACKED = 400 * 1024 * 1024  # what a spreadsheet may unpack to
MOST_ROWS = 1_100_000
MOST_CELLS = 200  # columns that are read of a row
LONGEST_CELL = 2_000
SAMPLE_BYTES = 65_536

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = {"latin1": "cp1252", "iso-8859-1": "cp1252", "ansi": "cp1252", "utf8": "utf-8-sig", "utf-8": "utf-8-sig"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAB_NAMES = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "pipe": "|"}


class SheetName(NamedTuple):
    """A sheet of a workbook."""

    name: str
    hidden: bool


class Sheet(NamedTuple):
    """One sheet's rows. `kind` is csv, xlsx, xls or ods; encoding and delimiter are empty for a spreadsheet."""

    kind: str
    name: str
    sheets: tuple[SheetName, ...]
    encoding: str
    delimiter: str
    rows: list[Row]


def read_sheets(data: bytes, *, sheet: int | str | None = None, delimiter: str | None = None, encoding: str | None = None) -> list[Sheet]:
    """The sheet that is named, or all that are not hidden; a CSV file is one sheet.

    UserError: deck.too_large, deck.empty, deck.unreadable, deck.locked, deck.no_such_sheet, deck.packed, deck.encoding, deck.delimiter.
    """
    if len(data) > MOST_BYTES:
        raise UserError("deck.too_large", field="content", most=MOST_BYTES // (1024 * 1024))
    if not data.strip(b"\x00 \t\r\n"):
        raise UserError("deck.empty", field="content")
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _workbook(data, sheet)
    if data[:2] == b"\x1f\x8b" or data[:5] == b"%PDF-":
        raise UserError("deck.packed", field="content")
    return [_csv(data, delimiter, encoding)]


def read_file(path: str) -> bytes:
    """The bytes of a file of this machine. EnvironmentFault file.unreadable, UserError deck.too_large."""
    file = Path(path)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UserError("deck.too_large", field="path", most=MOST_BYTES // (1024 * 1024))
        return file.read_bytes()
    except OSError as error:
        raise EnvironmentFault("file.unreadable", file=path, reason=error.strerror or error) from error


# CSV ----------------------------------------------------------------------------------------------------------------
def _csv(data: bytes, delimiter: str | None, encoding: str | None) -> Sheet:
    text, found = _decoded(data, encoding)
    if text.startswith("\ufeff"):
        text = text[1:]
    if text[:5].lower() == "sep=," or text[:4].lower() == "sep=":  # a line that spreadsheets write for themselves
        line, _, rest = text.partition("\n")
        delimiter = delimiter or line[4:5]
        text = "\n" + rest
    mark = _TAB_NAMES.get(delimiter, delimiter) if delimiter else _delimiter(text[:SAMPLE_BYTES])
    if len(mark) != 1 or mark in '"\r\n':
        raise UserError("deck.delimiter", field="delimiter", delimiter=mark[:10])
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    rows: list[Row] = []
    before = 0
    try:
        for cells in reader:
            rows.append((before + 1, cells if len(cells) <= MOST_CELLS else cells[:MOST_CELLS]))
            before = reader.line_num
            if len(rows) > MOST_ROWS:
                raise UserError("deck.too_many_rows", field="content", most=MOST_ROWS)
    except csv.Error as error:
        raise UserError("deck.unreadable", field="content", reason=f"line {reader.line_num}: {error}") from error
    return Sheet("csv", "", (), found, mark, rows)


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    if encoding:
        name = ENCODINGS.get(encoding.lower(), encoding)
        try:
            return data.decode(name), encoding
        except LookupError:
            raise UserError("deck.encoding", field="encoding", encoding=encoding[:40]) from None
        except UnicodeDecodeError as error:
            raise UserError("deck.not_in_encoding", field="encoding", encoding=encoding[:40], byte=error.start) from error
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace"), "utf-8" if name == "utf-8-sig" else name
    head = data[:4000]
    if head.count(0) * 3 > len(head):
        name = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        return data.decode(name, "replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _one_byte(data)


def _one_byte(data: bytes) -> tuple[str, str]:
    """Cyrillic where most letters lie where it has them, else Western European."""
    high = [byte for byte in data[: SAMPLE_BYTES * 4] if byte >= 0x80]
    letters = sum(1 for byte in data[: SAMPLE_BYTES * 4] if 0x41 <= byte <= 0x7A)
    if len(high) * 2 > letters and sum(1 for byte in high if byte >= 0xC0) * 10 > len(high) * 9:
        return data.decode("cp1251", "replace"), "cp1251"
    return data.decode("cp1252", "replace"), "cp1252"


def _delimiter(sample: str) -> str:
    """The sign by which most lines come to the same number of cells, and to the most cells."""
    lines = sample.splitlines()[:400]
    if len(lines) > 1 and len(sample) >= SAMPLE_BYTES:
        lines.pop()  # it may be cut
    best, chosen = (0.0, 0), ","
    for mark in DELIMITERS:
        try:
            counts = [len(cells) for cells in csv.reader(lines, delimiter=mark, skipinitialspace=True) if any(cell.strip() for cell in cells)]
        except csv.Error:
            continue
        several = [count for count in counts if count > 1]
        if not several:
            continue
        usual = max(set(several), key=lambda count: (several.count(count), count))
        score = (round(several.count(usual) / len(counts), 1), usual)
        if score > best:
            best, chosen = score, mark
    return chosen


# spreadsheets -------------------------------------------------------------------------------------------------------
def _workbook(data: bytes, wanted: int | str | None) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    kind = _packed_kind(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = tuple(SheetName(each.name, each.visible is not SheetVisibleEnum.Visible) for each in book.sheets_metadata)
            chosen = _chosen(names, wanted)
            return [Sheet(kind, name, names, "", "", _rows(book, name)) for name in chosen]
    except PasswordError as error:
        raise UserError("deck.locked", field="content") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UserError("deck.unreadable", field="content", reason=str(error)[:200]) from error


def _packed_kind(data: bytes) -> str:
    if data[:2] != b"PK":
        return "xls"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UserError("deck.unreadable", field="content", reason=str(error)[:200]) from error
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise UserError("deck.too_large", field="content", most=MOST_UNPACKED // (1024 * 1024))
    names = {member.filename for member in members}
    if not any(name.startswith("xl/") for name in names) and "content.xml" not in names:
        raise UserError("deck.packed", field="content")
    return "ods" if "content.xml" in names else "xlsx"


def _chosen(names: Sequence[SheetName], wanted: int | str | None) -> list[str]:
    if wanted is None:
        return [each.name for each in names if not each.hidden] or [each.name for each in names[:1]]
    named = [each.name for each in names if each.name.strip().casefold() == str(wanted).strip().casefold()]
    number = int(wanted) if str(wanted).isdigit() else 0
    if not named and 1 <= number <= len(names):
        named = [names[number - 1].name]
    if not named:
        raise UserError("deck.no_such_sheet", field="sheet", sheet=str(wanted)[:60], sheets=", ".join(each.name for each in names)[:300])
    return named[:1]


def _rows(book: CalamineWorkbook, name: str) -> list[Row]:
    sheet = book.get_sheet_by_name(name)
    start = sheet.start
    if start is None:
        return []
    padding = [""] * min(start[1], MOST_CELLS)  # blank columns at the left are left out of a row, blank rows above are not
    rows: list[Row] = []
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [value if type(value) is str else _text(value) for value in values[:MOST_CELLS]]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        rows.append((number, padding + cells))
        if len(rows) > MOST_ROWS:
            raise UserError("deck.too_many_rows", field="content", most=MOST_ROWS)
    return rows


def _text(value: object) -> str:
    """What a cell's value is as text."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return format(Decimal(format(value, ".15g")), "f") if abs(value) < 1e15 else repr(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.hour or value.minute or value.second else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)[:LONGEST_CELL]
