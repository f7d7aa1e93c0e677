"""Files of every kind into rows of text."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.errors import UserError
from appliance.services.prices import deck_file
from appliance.services.prices.deck_file import read_sheets
from tests.services.decks.files import SIMPLE, opendocument, workbook


def rows(data: bytes, **said: object) -> list[tuple[int, list[str]]]:
    return read_sheets(data, **said)[0].rows  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_guessed(delimiter: str) -> None:
    sheet = read_sheets(SIMPLE.replace(",", delimiter).encode())[0]
    assert (sheet.delimiter, sheet.rows[1]) == (delimiter, (2, ["31", "Netherlands", "0.0100"]))


def test_a_decimal_comma_is_no_delimiter() -> None:
    sheet = read_sheets(b"Code;Ziel;Preis\n31;Niederlande;0,01\n44;UK;0,02\n")[0]
    assert sheet.delimiter == ";"
    assert sheet.rows[1] == (2, ["31", "Niederlande", "0,01"])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Código,Destino\n31,Países Bajos\n"),
        ("utf-8-sig", "Código,Destino\n31,Países Bajos\n"),
        ("utf-16", "Código,Destino\n31,Países Bajos\n"),
        ("utf-16-le", "Código,Destino\n31,Países Bajos\n"),
        ("utf-16-be", "Código,Destino\n31,Países Bajos\n"),
        ("cp1252", "Código,Destino\n31,Países Bajos\n"),
        ("cp1251", "Код,Направление\n31,Нидерланды\n"),
    ],
)
def test_the_encoding_is_guessed(encoding: str, text: str) -> None:
    assert [cells for _, cells in rows(text.encode(encoding))] == [line.split(",") for line in text.splitlines()]


def test_what_was_said_is_not_guessed() -> None:
    assert rows(b"a;b,c\n1;2,3\n", delimiter=",") == [(1, ["a;b", "c"]), (2, ["1;2", "3"])]
    assert rows(b"a\tb", delimiter="tab") == [(1, ["a", "b"])]
    assert rows("Gr\xf6\xdfe,b".encode("cp1252"), encoding="latin1") == [(1, ["Größe", "b"])]


@pytest.mark.parametrize(
    ("said", "code"),
    [({"encoding": "klingon"}, "deck.encoding"), ({"encoding": "ascii"}, "deck.not_in_encoding"), ({"delimiter": "ab"}, "deck.delimiter")],
)
def test_what_was_said_wrongly(said: dict[str, str], code: str) -> None:
    with pytest.raises(UserError) as caught:
        rows("Größe,b".encode(), **said)
    assert caught.value.code == code


def test_lines_are_those_of_the_file() -> None:
    data = b'Code,Name,Rate\r\n31,"Nether\r\nlands",0.1\r\n\r\n"44","UK, ""Mobile""",0.2\r\n'
    assert rows(data) == [(1, ["Code", "Name", "Rate"]), (2, ["31", "Nether\r\nlands", "0.1"]), (4, []), (5, ["44", 'UK, "Mobile"', "0.2"])]


def test_a_separator_line_of_a_spreadsheet() -> None:
    assert rows(b"sep=;\nCode;Rate\n31;0,1\n")[1:] == [(2, ["Code", "Rate"]), (3, ["31", "0,1"])]


def test_a_workbook_with_a_blank_corner_noise_dates_and_numbers() -> None:
    data = workbook(
        ("Rates", [["Code", "Rate", "From"], [93, 0.1 + 0.2, date(2025, 5, 12)], ["0044", 1e-05, None], [387338290000, 5, "ASAP"]]), left=2, above=3
    )
    sheet = read_sheets(data)[0]
    assert sheet.kind == "xlsx"
    assert sheet.rows == [
        (4, ["", "", "Code", "Rate", "From"]),
        (5, ["", "", "93", "0.3", "2025-05-12"]),
        (6, ["", "", "0044", "0.00001"]),
        (7, ["", "", "387338290000", "5", "ASAP"]),
    ]


def test_hidden_sheets_are_passed_over_and_can_be_named() -> None:
    data = workbook(("Notes", [["Dear customer"]]), ("Old", [["Code"], [1]]), ("Rates", [["Code"], [2]]), hidden=["Old"])
    assert [sheet.name for sheet in read_sheets(data)] == ["Notes", "Rates"]
    assert [(each.name, each.hidden) for each in read_sheets(data)[0].sheets] == [("Notes", False), ("Old", True), ("Rates", False)]
    assert [sheet.name for sheet in read_sheets(data, sheet="old")] == ["Old"]
    assert [sheet.name for sheet in read_sheets(data, sheet=3)] == ["Rates"]
    with pytest.raises(UserError) as caught:
        read_sheets(data, sheet="New")
    assert caught.value.parameters["sheets"] == "Notes, Old, Rates"


def test_open_document() -> None:
    sheet = read_sheets(opendocument([["Code", "Rate"], ["4477-4479", 0.05]]))[0]
    assert (sheet.kind, sheet.rows) == ("ods", [(1, ["Code", "Rate"]), (2, ["4477-4479", "0.05"])])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "deck.empty"),
        (b"\n \n", "deck.empty"),
        (b"%PDF-1.4 ...", "deck.packed"),
        (b"\x1f\x8b\x08rest", "deck.packed"),
        (b"PK\x03\x04 cut short", "deck.unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut short", "deck.unreadable"),
    ],
)
def test_what_is_no_deck_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_sheets(data)
    assert caught.value.code == code


def test_a_damaged_workbook_is_refused() -> None:
    data = workbook(("Rates", [["Code", "Rate"], [31, 0.1]]))
    for cut in (len(data) // 2, len(data) - 10):
        with pytest.raises(UserError) as caught:
            read_sheets(data[:cut])
        assert caught.value.code == "deck.unreadable"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_file, "MOST_ROWS", 2)
    monkeypatch.setattr(deck_file, "MOST_CELLS", 2)
    assert rows(b"a,b,c\nd,e,f\n") == [(1, ["a", "b"]), (2, ["d", "e"])]
    for data in (b"a,b\n" * 3, workbook(("Rates", [["a"]] * 3))):
        with pytest.raises(UserError) as caught:
            read_sheets(data)
        assert caught.value.code == "deck.too_many_rows"
    monkeypatch.setattr(deck_file, "MOST_UNPACKED", 10)
    with pytest.raises(UserError) as caught:
        read_sheets(workbook(("Rates", [["a"]])))
    assert caught.value.code == "deck.too_large"
    monkeypatch.setattr(deck_file, "MOST_BYTES", 10)
    with pytest.raises(UserError) as caught:
        read_sheets(b"a,b\n" * 3)
    assert caught.value.code == "deck.too_large"
