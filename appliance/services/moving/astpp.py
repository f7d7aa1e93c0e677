"""ASTPP (6; the tables of 4 and 5 are the same): accounts, sip_devices, pricelists, routes, dids, invoices, cdrs.

Balances are in the base currency, and a postpaid account's counts what is owed: its sign is turned. Passwords of the pages are sealed by a
key that no dump has, so logins get one-time links; those of phones are plain. The first step of a price stands apart, the rest is rounded up.
"""

from __future__ import annotations

import json

from appliance.services.moving import values as val
from appliance.services.moving.book import Book
from appliance.services.moving.dump import Row
from appliance.services.moving.rate_book import OldRate, RateBook
from appliance.services.moving.records import Gathered, OldCall, OldCustomer, OldEndpoint, OldInvoice, OldLogin, OldNumber

CUSTOMER = "0"
"""accounts.type; others are administrators, resellers (1) and providers (3)."""

TABLES = {
    "accounts": "customers",
    "sip_devices": "endpoints",
    "pricelists": "tariffs",
    "routes": "rates",
    "dids": "numbers",
    "invoices": "invoices",
    "invoice_details": "invoices",
    "currency": "customers",
    "countrycode": "customers",
    "language": "customers",
    "system": "customers",
}
CALLS = frozenset({"cdrs"})
STYLE = "first-next"

Places = list[tuple[str, Row]]


class Astpp:
    """Takes rows, then makes records of them."""

    tables = TABLES
    calls = CALLS

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rates = RateBook(book, STYLE)
        self._rows: dict[str, Places] = {table: [] for table in TABLES}

    def take(self, file: str, row: Row) -> None:
        """Keep a row until all are there."""
        self._rows[row.table].append((file, row))

    def finish(self) -> Gathered:
        """All records but calls."""
        gathered = self.book.gathered
        if not gathered.currency:
            settings = {row.values.get("name"): row.values.get("value") for _, row in self._rows["system"]}
            gathered.currency = val.currency(settings.get("base_currency"))
        self._lists()
        self._accounts()
        self._devices()
        self._dids()
        self._invoices()
        self._rows.clear()
        return gathered

    def _names(self, table: str, column: str) -> dict[str, str]:
        return {row.values.get("id") or "": row.values.get(column) or "" for _, row in self._rows[table]}

    def _lists(self) -> None:
        markups: dict[str, int] = {}
        for file, row in self._rows["pricelists"]:
            cells = row.values
            key = cells.get("id") or ""
            if (cells.get("reseller_id") or "0") != (self.book.job.agent or "0"):
                continue
            with self.book.row("tariffs", key, file, row.line):
                markups[key] = val.micros(cells.get("markup"))
                self.rates.tariff(key, cells.get("name") or "")
        steps = {row.values.get("id") or "": row.values.get("initially_increment") for _, row in self._rows["pricelists"]}
        for file, row in self._rows["routes"]:
            cells = row.values
            key = cells.get("pricelist_id") or ""
            if not self.rates.has(key) or (cells.get("status") or "0") != "0":
                continue
            with self.book.row("rates", cells.get("id") or "", file, row.line) as place:
                if (cells.get("accountid") or "0") != "0":
                    self.book.refuse(place, "move.rate_unlike", what="accountid")
                    continue
                prefix = (cells.get("pattern") or "").removeprefix("^").removesuffix("*").removesuffix(".")
                price = val.micros(cells.get("cost"))
                first = val.whole(cells.get("init_inc")) or val.whole(steps.get(key))
                price += (price * markups.get(key, 0) + 50_000_000) // 100_000_000
                fee, free = val.micros(cells.get("connectcost")), val.whole(cells.get("includedseconds"))
                self.rates.rate(place, key, OldRate(prefix, cells.get("comment") or "", price, fee, first, val.whole(cells.get("inc")), free))

    def _accounts(self) -> None:
        currencies, languages = self._names("currency", "currency"), self._names("language", "language")
        countries = self._names("countrycode", "iso")
        for file, row in self._rows["accounts"]:
            cells = row.values
            key, agent = cells.get("id") or "", cells.get("reseller_id") or "0"
            if (cells.get("type") or "0") != CUSTOMER or cells.get("deleted") == "1":
                continue
            if agent != (self.book.job.agent or "0"):
                self.book.apart(key, agent)
                continue
            taken = False
            with self.book.row("customers", key, file, row.line) as place:
                postpaid = cells.get("posttoexternal") == "1"
                place.micros = val.micros(cells.get("balance")) * (-1 if postpaid else 1)
                user = val.clean(cells.get("number"))
                person = val.joined(cells.get("first_name"), cells.get("last_name"))
                customer = OldCustomer(
                    key=key, file=file, line=row.line, user=user, balance=place.micros,
                    name=val.clean(cells.get("company_name")) or person or user,
                    limit=max(0, val.micros(cells.get("credit_limit"))) if postpaid else 0,
                    first_name=val.clean(cells.get("first_name")), last_name=val.clean(cells.get("last_name")),
                    company=val.clean(cells.get("company_name")), email=val.clean(cells.get("email")),
                    phone=val.clean(cells.get("telephone_1") or cells.get("telephone_2")),
                    address=val.joined(*(cells.get(name) for name in ("address_1", "address_2", "postal_code", "city", "province")), between=", "),
                    country=val.country(countries.get(cells.get("country_id") or "")),
                    language=val.language(languages.get(cells.get("language_id") or "")),
                    currency=val.currency(currencies.get(cells.get("currency_id") or "")),
                    vat_number=val.clean(cells.get("tax_number")), tariff=cells.get("pricelist_id") or "",
                    disabled=(cells.get("status") or "0") != "0", max_calls=val.whole(cells.get("maxchannels")) or None,
                )  # fmt: skip
                taken = self.book.customer(place, customer)
            if taken:
                with self.book.row("web_logins", key, file, row.line) as place:
                    self.book.login(place, OldLogin(key, key, file, row.line, user))

    def _devices(self) -> None:
        for file, row in self._rows["sip_devices"]:
            cells = row.values
            key, customer = cells.get("id") or "", cells.get("accountid") or ""
            if self.book.is_apart(customer):
                continue
            with self.book.row("endpoints", key, file, row.line) as place:
                if not self.book.known(place, customer):
                    continue
                kept, shown = _json(cells.get("dir_params")), _json(cells.get("dir_vars"))
                endpoint = OldEndpoint(
                    key=key, customer=customer, file=file, line=row.line, user=val.clean(cells.get("username")), password=kept.get("password", ""),
                    display_name=val.clean(shown.get("effective_caller_id_name"), 80),
                    caller_number=val.digits(shown.get("effective_caller_id_number")), disabled=(cells.get("status") or "0") != "0",
                )  # fmt: skip
                self.book.endpoint(place, endpoint)

    def _dids(self) -> None:
        users = {each.user: each.key for each in self.book.gathered.endpoints}
        first: dict[str, str] = {}
        for each in self.book.gathered.endpoints:
            first.setdefault(each.customer, each.key)
        for file, row in self._rows["dids"]:
            cells = row.values
            customer = cells.get("accountid") or "0"
            if self.book.is_apart(customer) or (cells.get("parent_id") or "0") != (self.book.job.agent or "0"):
                continue
            with self.book.row("numbers", cells.get("id") or "", file, row.line) as place:
                rings = users.get(val.clean(cells.get("extensions"))) or first.get(customer, "")
                self.book.number(place, OldNumber(cells.get("id") or "", file, row.line, val.digits(cells.get("number")), rings))

    def _invoices(self) -> None:
        sums: dict[str, list[int]] = {}
        for file, row in self._rows["invoice_details"]:
            cells = row.values
            try:
                two = sums.setdefault(cells.get("invoiceid") or "", [0, 0])
                two[0] += val.micros(cells.get("debit"))
                two[1] += val.micros(cells.get("credit"))
            except val.Unreadable as error:
                with self.book.row("invoices", cells.get("id") or "", file, row.line) as place:
                    self.book.refuse(place, error.code, text=error.text)
        for file, row in self._rows["invoices"]:
            cells = row.values
            key, customer = cells.get("id") or "", cells.get("accountid") or ""
            number = val.digits((cells.get("number") or "").rpartition("-")[2])
            if self.book.is_apart(customer) or cells.get("type") == "R" or cells.get("is_deleted") == "1":
                continue
            if number and len(number) < 16:
                self.book.gathered.last_invoice = max(self.book.gathered.last_invoice, int(number))
            debit, credit = sums.get(key, [0, 0])
            if debit <= credit:
                continue
            with self.book.row("invoices", key, file, row.line) as place:
                place.micros = debit - credit
                label = val.joined(cells.get("prefix"), cells.get("number"), between="") or key
                issued, due = val.day(cells.get("generate_date")) or val.day(cells.get("from_date")) or "1970-01-01", val.day(cells.get("due_date"))
                if self.book.known(place, customer):
                    self.book.gathered.invoices.append(OldInvoice(key, customer, file, row.line, label, issued, due, debit, place.micros))

    def call(self, file: str, row: Row) -> OldCall | None:
        """One call record, in UTC; one that no customer of ours made or received is another run's."""
        cells = row.values
        customer = cells.get("accountid") or ""
        if self.book.is_apart(customer) or (cells.get("type") or "0") != CUSTOMER:
            return None
        key = f"{cells.get('uniqueid')}/{customer}/{cells.get('call_direction') or ''}/{cells.get('callednum') or ''}"
        with self.book.row("calls", key, file, row.line) as place:
            place.micros = val.micros(cells.get("debit"))
            started, seconds = val.moment(cells.get("callstart"), self.book.job.timezone), max(0, val.whole(cells.get("billseconds")))
            caller, number = val.caller_number(cells.get("callerid")), val.digits(cells.get("callednum")) or val.clean(cells.get("callednum"), 64)
            return self.book.call(place, OldCall(key, customer, started, seconds, caller, number, val.clean(cells.get("notes"), 100), place.micros))
        return None


def _json(text: str | None) -> dict[str, str]:
    """The texts of a JSON object; none where it is none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items() if isinstance(value, str | int)} if isinstance(found, dict) else {}
