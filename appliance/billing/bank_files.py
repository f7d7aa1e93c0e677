"""Bank statements as banks write them: CAMT.053 (ISO 20022), MT940 (SWIFT) and CSV of any columns, into lines of money.

What cannot be read is a value in the result, with its place and reason; nothing of a statement is ever guessed: a line without an
amount, a date or a currency is a fault.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple
from xml.etree import ElementTree

from appliance.errors import UserError
from appliance.money import parse_amount

MOST_LINES = 100_000
FIELDS = ("date", "amount", "currency", "name", "iban", "reference", "text", "id")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%d.%m.%y")
_61 = re.compile(r"^(?P<value>\d{6})(?P<entry>\d{4})?(?P<sign>R?[CD])[A-Z]?(?P<amount>\d+,\d*)[A-Z]\w{3}(?P<rest>.*)$", re.DOTALL)
_TAG = re.compile(r"^:(\d\d[A-Z]?):", re.MULTILINE)
_SUBFIELD = re.compile(r"\?(\d\d)")


class StatementLine(NamedTuple):
    """`booked_on` is an ISO date; `amount_micros` below zero went out; `bank_id` is the bank's own name of the line, "" without one."""

    booked_on: str
    amount_micros: int
    currency: str
    name: str = ""
    iban: str = ""
    text: str = ""
    reference: str = ""
    bank_id: str = ""


class Read(NamedTuple):
    """Lines in the order of the file, and what could not be read."""

    form: str
    lines: list[StatementLine]
    faults: list[str]


def read(content: bytes, form: str = "", columns: Mapping[str, str] | None = None, currency: str = "") -> Read:
    """The lines of a file. `form`: camt, mt940, csv, or "" as it looks. UserError bank.format, bank.not_readable, bank.columns."""
    text = _text(content)
    kind = form or _looks(text)
    if kind not in ("camt", "mt940", "csv"):
        raise UserError("bank.format", field="format", formats="camt, mt940, csv")
    faults: list[str] = []
    made = {"camt": _camt, "mt940": _mt940}[kind](text, faults) if kind != "csv" else _csv(text, columns or {}, currency, faults)
    lines = []
    try:
        for line in made:
            lines.append(line)
            if len(lines) > MOST_LINES:
                raise UserError("bank.too_long", field="content", most=MOST_LINES)
    except csv.Error as error:
        raise UserError("bank.not_readable", field="content", reason=str(error)) from error
    return Read(kind, lines, faults)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError("bank.not_readable", field="content", reason="encoding")


def _looks(text: str) -> str:
    head = text.lstrip()[:2000]
    if head.startswith("<"):
        return "camt"
    return "mt940" if re.search(r"^:20:", head, re.MULTILINE) and ":60" in text[:20_000] else "csv"


# CAMT.053 ------------------------------------------------------------------------------------------------------------
def _camt(text: str, faults: list[str]) -> Iterator[StatementLine]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError("bank.not_readable", field="content", reason="DOCTYPE")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UserError("bank.not_readable", field="content", reason=str(error)) from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    entries = list(root.iter("Ntry"))
    if not entries and root.find(".//Stmt") is None:
        raise UserError("bank.not_readable", field="content", reason="Stmt")
    for number, entry in enumerate(entries, 1):
        try:
            yield from _entry(entry)
        except (UserError, ValueError) as error:
            faults.append(f"Ntry {number}: {error}")


def _entry(entry: ElementTree.Element) -> Iterator[StatementLine]:
    sign = -1 if _said(entry, "CdtDbtInd") == "DBIT" else 1
    booked = _said(entry, "BookgDt/Dt") or _said(entry, "BookgDt/DtTm")[:10] or _said(entry, "ValDt/Dt")
    date.fromisoformat(booked)
    details = entry.findall("NtryDtls/TxDtls")
    parts = [each for each in details if each.find("Amt") is not None or each.find("AmtDtls/TxAmt/Amt") is not None] if len(details) > 1 else []
    for place, part in enumerate(parts if len(parts) == len(details) and parts else [entry]):
        amount = part.find("Amt") if part.find("Amt") is not None else part.find("AmtDtls/TxAmt/Amt")
        if amount is None or not amount.text:
            raise ValueError("Amt")
        party = "Dbtr" if sign > 0 else "Cdtr"
        bank_id = _said(entry, "AcctSvcrRef") or _said(part, ".//AcctSvcrRef")
        yield StatementLine(
            booked,
            sign * parse_amount(amount.text.strip()),
            amount.get("Ccy", ""),
            _said(part, f".//RltdPties/{party}/Nm") or _said(part, f".//RltdPties/{party}/Pty/Nm"),
            _said(part, f".//RltdPties/{party}Acct/Id/IBAN"),
            " ".join(each.text.strip() for each in part.iter("Ustrd") if each.text),
            _said(part, ".//Strd/CdtrRefInf/Ref") or _end_to_end(part),
            f"{bank_id}/{place}" if bank_id and len(parts) > 1 else bank_id,
        )


def _end_to_end(part: ElementTree.Element) -> str:
    found = _said(part, ".//Refs/EndToEndId")
    return "" if found == "NOTPROVIDED" else found


def _said(element: ElementTree.Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None or found.text is None else found.text.strip()


# MT940 ---------------------------------------------------------------------------------------------------------------
def _mt940(text: str, faults: list[str]) -> Iterator[StatementLine]:
    pieces = _TAG.split(text.replace("\r\n", "\n"))
    currency = ""
    waiting: StatementLine | None = None
    for tag, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if tag.startswith("60"):
            currency = value[7:10]
        if tag == "61":
            if waiting is not None:
                yield waiting
            waiting = _line_61(value.strip("\n-"), currency, faults)
        elif tag == "86" and waiting is not None:
            yield _with_86(waiting, value)
            waiting = None
    if waiting is not None:
        yield waiting


def _line_61(value: str, currency: str, faults: list[str]) -> StatementLine | None:
    found = _61.match(value)
    try:
        if found is None or not currency:
            raise ValueError(":61:")
        day = datetime.strptime(found["value"], "%y%m%d").date()
        whole, _, part = found["amount"].partition(",")
        sign = 1 if found["sign"] in ("C", "RD") else -1
        micros = sign * parse_amount(f"{whole}.{part or '0'}")
    except (UserError, ValueError):
        faults.append(f":61:{value[:60]}")
        return None
    reference, _, bank = found["rest"].partition("//")
    first = reference.split("\n")[0].strip()
    bank_id = bank.split("\n")[0].strip()
    return StatementLine(day.isoformat(), micros, currency, reference="" if first == "NONREF" else first, bank_id=bank_id)


def _with_86(line: StatementLine, value: str) -> StatementLine:
    flat = value.replace("\n", "").rstrip("-")
    parts = _SUBFIELD.split(flat)
    if len(parts) < 3:
        return line._replace(text=" ".join(value.split()).rstrip("-").strip())
    fields: dict[str, str] = {}
    for key, said in zip(parts[1::2], parts[2::2], strict=True):
        fields[key] = fields.get(key, "") + said
    text = "".join(said for key, said in sorted(fields.items()) if "20" <= key <= "29" or "60" <= key <= "63")
    name = " ".join(fields[key].strip() for key in ("32", "33") if key in fields)
    return line._replace(text=text.strip(), name=name, iban=fields.get("31", "").strip())


# CSV -----------------------------------------------------------------------------------------------------------------
def _csv(text: str, columns: Mapping[str, str], currency: str, faults: list[str]) -> Iterator[StatementLine]:
    unknown = set(columns) - set(FIELDS)
    if unknown or not {"date", "amount"} <= set(columns):
        raise UserError("bank.columns", field="columns", fields=", ".join(FIELDS), unknown=", ".join(sorted(unknown)) or "-")
    delimiter = max(";,\t|", key=text[:5000].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [each.strip() for each in next(rows, [])]
    places = {}
    for field, column in columns.items():
        if column not in header:
            raise UserError("bank.column_missing", field="columns", column=column, header=", ".join(header)[:300])
        places[field] = header.index(column)
    for number, row in enumerate(rows, 2):
        if not any(each.strip() for each in row):
            continue
        said = {field: row[place].strip() if place < len(row) else "" for field, place in places.items()}
        try:
            code = said.get("currency", "").upper() or currency
            if len(code) != 3:
                raise ValueError("currency")
            yield StatementLine(
                _day(said["date"]), _amount(said["amount"]), code, said.get("name", ""), said.get("iban", "").replace(" ", ""),
                said.get("text", ""), said.get("reference", ""), said.get("id", ""),
            )  # fmt: skip
        except (UserError, ValueError) as error:
            faults.append(f"{number}: {error}")


def _day(text: str) -> str:
    for form in _DATES:
        try:
            return datetime.strptime(text[:10], form).date().isoformat()
        except ValueError:
            continue
    raise ValueError(f"date {text[:20]}")


def _amount(text: str) -> int:
    """`1.234,56`, `1,234.56`, `-12.5`, `12,50-`: the last sign among dot and comma is the decimal one."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("'", "").replace("\u2212", "-").lstrip("+")
    if plain.endswith("-"):
        plain = f"-{plain[:-1]}"
    sign = max(plain.rfind(","), plain.rfind("."))
    if sign >= 0:
        whole, fraction = plain[:sign].replace(",", "").replace(".", ""), plain[sign + 1 :]
        plain = f"{whole}.{fraction}" if fraction else whole
    return parse_amount(plain)
