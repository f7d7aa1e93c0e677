"""A spreadsheet is read back, by a program of another make, as what was written; its size costs no memory."""

from __future__ import annotations

import io
import tracemalloc
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from appliance.documents import workbook as written
from appliance.documents.workbook import Column, letters, workbook

COLUMNS = [Column("name"), Column("amount"), Column("at", 20), Column("count")]
ROWS = [
    ("Zoë <&> \"van\" 'Dam'", Decimal("12.500001"), datetime(2026, 3, 12, 14, 30, 5), 3),
    ("=1+1", Decimal("-0.05"), None, 0),
    ("a\x00b\x0bc\nd", None, datetime(1999, 12, 31, 23, 59, 59), -7),
    ("", Decimal("1000000.00"), None, 2**40),
]


def made(*arguments: object) -> bytes:
    return b"".join(workbook(*arguments))  # type: ignore[arg-type]


def test_another_program_reads_what_was_written() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(made("Calls", COLUMNS, ROWS)))["Calls"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["name", "amount", "at", "count"],
        ["Zoë <&> \"van\" 'Dam'", 12.500001, datetime(2026, 3, 12, 14, 30, 5), 3],
        ["=1+1", -0.05, None, 0],
        ["abc\nd", None, datetime(1999, 12, 31, 23, 59, 59), -7],
        [None, 1000000, None, 2**40],
    ]
    assert sheet["A3"].data_type != "f"
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:D5" and sheet.column_dimensions["C"].width == 20


def test_a_second_reader_agrees_and_no_rows_are_a_heading_alone() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made("A very long [name] of a sheet: with/signs", COLUMNS, [])))
    assert book.sheet_names == ["A very long  name  of a sheet"]
    assert book.get_sheet_by_index(0).to_python() == [["name", "amount", "at", "count"]]


def test_what_one_sheet_cannot_hold_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_ROWS", 7)
    monkeypatch.setattr(written, "PART_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(made("Calls", [Column("n")], [(number,) for number in range(14)])), read_only=True)
    values = {sheet.title: [row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book}
    assert values == {"Calls": list(range(7)), "Calls 2": list(range(7, 14))}


def test_memory_holds_a_part_and_not_the_file() -> None:
    tracemalloc.start()
    rows = (tuple(f"{row * 7919 % 99991}{at}" for at in range(10)) for row in range(20_000))
    size = sum(len(part) for part in workbook("n", [Column("text")] * 10, rows))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 500_000 and peak < 2_500_000, (size, peak)


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [letters(number) for number in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]
