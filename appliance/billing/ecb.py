"""The European Central Bank's reference rates: its daily file and its longer ones, XML or CSV, read into dated rates.

One euro is so many of each currency. Source: ecb.europa.eu, Euro foreign exchange reference rates.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import NamedTuple
from xml.etree import ElementTree

from appliance.errors import UserError
from appliance.money import exchange

BASE = "EUR"
LARGEST_BYTES = 16_000_000
NONE = frozenset({"", "N/A"})


class DatedRate(NamedTuple):
    """From an ISO date on; `rate` is a decimal as it stands in the file."""

    valid_on: str
    quote: str
    rate: str


def read(content: bytes) -> list[DatedRate]:
    """Every rate of a file, in its order. UserError: ecb.not_a_file, ecb.rate (with the day and the currency)."""
    if len(content) > LARGEST_BYTES:
        raise UserError("ecb.not_a_file", field="content")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    found = _xml(text) if text.startswith("<") else _csv(text)
    if not found:
        raise UserError("ecb.not_a_file", field="content")
    for each in found:
        try:
            exchange(BASE, each.quote, each.rate)
        except UserError as error:
            raise UserError("ecb.rate", field="content", day=each.valid_on, currency=each.quote, rate=each.rate) from error
    return found


def _xml(text: str) -> list[DatedRate]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # the bank's files have none, and they can be made to grow without end
        raise UserError("ecb.not_a_file", field="content")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UserError("ecb.not_a_file", field="content") from error
    found = []
    for day in root.iter():
        if "time" in day.attrib:
            on = _day(day.attrib["time"])
            found += [DatedRate(on, each.attrib.get("currency", ""), each.attrib["rate"]) for each in day if "rate" in each.attrib]
    return found


def _csv(text: str) -> list[DatedRate]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
    except csv.Error as error:
        raise UserError("ecb.not_a_file", field="content") from error
    if not rows or not rows[0] or rows[0][0].strip() != "Date":
        raise UserError("ecb.not_a_file", field="content")
    codes = [code.strip() for code in rows[0][1:]]
    found = []
    for row in rows[1:]:
        if not row:
            continue
        on = _day(row[0].strip())
        found += [DatedRate(on, code, rate.strip()) for code, rate in zip(codes, row[1:], strict=False) if code and rate.strip() not in NONE]
    return found


def _day(text: str) -> str:
    """2025-05-09, or 09 May 2025 as the daily CSV has it."""
    for pattern in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, pattern).date().isoformat()
        except ValueError:
            continue
    raise UserError("ecb.not_a_file", field="content")
