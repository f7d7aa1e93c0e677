"""A set of CSV files with the columns that the manual names; which file is which is told by its header.

Separated by comma, semicolon or tabulator; UTF-8 or Latin-1; the columns in any order, more than those named are passed over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from appliance.services.moving import values as val
from appliance.services.moving.book import Book
from appliance.services.moving.dump import Broken, Row, opened, text_of
from appliance.services.moving.rate_book import OldRate, RateBook
from appliance.services.moving.records import Gathered, OldCall, OldCustomer, OldEndpoint, OldInvoice, OldLogin, OldNumber

NEEDED = {
    "customers": ("customer", "balance"),
    "endpoints": ("customer", "user"),
    "web_logins": ("customer", "login"),
    "rates": ("tariff", "prefix", "price"),
    "numbers": ("number", "endpoint"),
    "invoices": ("customer", "invoice", "open"),
    "calls": ("id", "customer", "started_at", "seconds", "number"),
}
"""The columns that tell what a file holds; the first kind whose columns are all there."""

CALLS = frozenset({"calls"})
STYLE = "first-next"
TEXTS = ("first_name", "last_name", "company", "email", "phone", "vat_number", "tariff")
_YES = frozenset({"1", "yes", "true", "y"})


def rows(file: str) -> Iterator[Row | Broken]:
    """The rows of one file; their table is its kind. One Broken where the header is of no kind."""
    with opened(file) as stream:
        text = _Lines(stream)
        first = text.first()
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(text, delimiter=delimiter)
        try:
            header = [cell.strip().casefold() for cell in next(reader, [])]
            kind = next((kind for kind, names in NEEDED.items() if set(names) <= set(header)), "")
            if not kind:
                yield Broken("", 1, "move.csv_header")
                return
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                        yield Broken(kind, reader.line_num, "move.dump_cells")
                    else:
                        yield Row(kind, reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=False)})
        except csv.Error:
            yield Broken("", reader.line_num, "move.dump_row")


class _Lines:
    """Lines of text of a stream of bytes, each decoded by itself."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
        self._first = text_of(self._lines.readline().removeprefix(b"\xef\xbb\xbf"))
        self._kept: list[str] = [self._first]

    def first(self) -> str:
        """The first line."""
        return self._first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._kept:
            return self._kept.pop()
        line = self._lines.readline()
        if not line:
            raise StopIteration
        return text_of(line)


class CsvSet:
    """Takes rows, then makes records of them."""

    tables = {kind: kind for kind in NEEDED if kind not in CALLS}
    calls = CALLS

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rates = RateBook(book, STYLE)
        self._rows: dict[str, list[tuple[str, Row]]] = {table: [] for table in self.tables}

    def take(self, file: str, row: Row) -> None:
        """Keep a row until all are there."""
        self._rows[row.table].append((file, row))

    def finish(self) -> Gathered:
        """All records but calls."""
        self._prices()
        self._customers()
        self._endpoints()
        self._others()
        self._rows.clear()
        return self.book.gathered

    def _prices(self) -> None:
        for file, row in self._rows["rates"]:
            cells = row.values
            key = val.clean(cells.get("tariff"))
            with self.book.row("rates", f"{key}/{cells.get('prefix')}", file, row.line) as place:
                if key and not self.rates.has(key):
                    with self.book.row("tariffs", key, file, row.line):
                        self.rates.tariff(key, key)
                first, following = val.whole(cells.get("first_increment"), 1), val.whole(cells.get("next_increment"), 1)
                price, fee = val.micros(cells.get("price")), val.micros(cells.get("connection_fee"))
                free = val.whole(cells.get("free_seconds"))
                self.rates.rate(place, key, OldRate(cells.get("prefix") or "", cells.get("destination") or "", price, fee, first, following, free))

    def _customers(self) -> None:
        for file, row in self._rows["customers"]:
            cells = row.values
            key = cells.get("customer") or ""
            with self.book.row("customers", key, file, row.line) as place:
                place.micros = val.micros(cells.get("balance"))
                if not key:
                    self.book.refuse(place, "move.no_user")
                    continue
                texts = {name: val.clean(cells.get(name)) for name in TEXTS}
                person = val.joined(texts["first_name"], texts["last_name"])
                customer = OldCustomer(
                    key=key, file=file, line=row.line, user=val.clean(key), balance=place.micros,
                    name=val.clean(cells.get("name")) or texts["company"] or person or key, limit=max(0, val.micros(cells.get("credit_limit"))),
                    address=val.clean(cells.get("address"), 500), description=val.clean(cells.get("description"), 500),
                    country=val.country(cells.get("country")), language=val.language(cells.get("language")),
                    currency=val.currency(cells.get("currency")), disabled=(cells.get("disabled") or "").casefold() in _YES,
                    max_calls=val.whole(cells.get("max_calls")) or None, **texts,
                )  # fmt: skip
                self.book.customer(place, customer)

    def _endpoints(self) -> None:
        for file, row in self._rows["endpoints"]:
            cells = row.values
            customer, user = cells.get("customer") or "", val.clean(cells.get("user"))
            with self.book.row("endpoints", user, file, row.line) as place:
                if not self.book.known(place, customer):
                    continue
                endpoint = OldEndpoint(
                    key=user, customer=customer, file=file, line=row.line, user=user, password=cells.get("password") or "",
                    ha1="" if cells.get("password") else val.ha1(cells.get("ha1")), display_name=val.clean(cells.get("display_name"), 80),
                    caller_number=val.caller_number(cells.get("caller_number")), max_calls=val.whole(cells.get("max_calls")) or None,
                    disabled=(cells.get("disabled") or "").casefold() in _YES,
                )  # fmt: skip
                self.book.endpoint(place, endpoint)

    def _others(self) -> None:
        for file, row in self._rows["web_logins"]:
            cells = row.values
            login = val.clean(cells.get("login"))
            with self.book.row("web_logins", login, file, row.line) as place:
                if self.book.known(place, cells.get("customer") or ""):
                    self.book.login(place, OldLogin(login, cells.get("customer") or "", file, row.line, login, cells.get("password") or ""))
        users = {each.user for each in self.book.gathered.endpoints}
        for file, row in self._rows["numbers"]:
            cells = row.values
            with self.book.row("numbers", cells.get("number") or "", file, row.line) as place:
                rings = val.clean(cells.get("endpoint"))
                if rings and rings not in users:
                    self.book.refuse(place, "move.no_endpoint", user=rings[:64])
                else:
                    self.book.number(place, OldNumber(place.key, file, row.line, val.digits(cells.get("number")), rings))
        for file, row in self._rows["invoices"]:
            cells = row.values
            label, customer = val.clean(cells.get("invoice"), 64), cells.get("customer") or ""
            with self.book.row("invoices", label, file, row.line) as place:
                place.micros = val.micros(cells.get("open"))
                number = val.digits("".join(sign if sign.isdigit() else " " for sign in label).split()[-1]) if any(map(str.isdigit, label)) else ""
                if number and len(number) < 16:
                    self.book.gathered.last_invoice = max(self.book.gathered.last_invoice, int(number))
                issued, due = val.day(cells.get("issued_on")) or "1970-01-01", val.day(cells.get("due_on"))
                total = val.micros(cells.get("total")) or place.micros
                if self.book.known(place, customer) and place.micros > 0:
                    self.book.gathered.invoices.append(OldInvoice(label, customer, file, row.line, label, issued, due, total, place.micros))
                elif place.micros <= 0 and self.book.has(customer):
                    self.book.gathered.found["invoices"].rows -= 1  # paid: nothing is open

    def call(self, file: str, row: Row) -> OldCall | None:
        """One call record."""
        cells = row.values
        with self.book.row("calls", cells.get("id") or "", file, row.line) as place:
            place.micros = val.micros(cells.get("amount"))
            started, seconds = val.moment(cells.get("started_at"), self.book.job.timezone), max(0, val.whole(cells.get("seconds")))
            number = val.digits(cells.get("number")) or val.clean(cells.get("number"), 64)
            caller, name = val.caller_number(cells.get("caller")), val.clean(cells.get("destination"), 100)
            return self.book.call(place, OldCall(place.key, cells.get("customer") or "", started, seconds, caller, number, name, place.micros))
        return None
