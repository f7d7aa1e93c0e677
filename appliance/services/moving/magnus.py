"""MagnusBilling (7; 6 has the same tables): pkg_user, pkg_sip, pkg_plan, pkg_rate with pkg_prefix, pkg_did, pkg_cdr.

A postpaid user may owe his creditlimit. Passwords of customers and phones are plain. It keeps no invoices. A call's seconds are rounded up
to a multiple of the block as a whole. Older versions have prefix and destination in pkg_rate itself.
"""

from __future__ import annotations

from appliance.services.moving import values as val
from appliance.services.moving.book import Book
from appliance.services.moving.dump import Row
from appliance.services.moving.rate_book import OldRate, RateBook
from appliance.services.moving.records import Gathered, OldCall, OldCustomer, OldEndpoint, OldLogin, OldNumber

TABLES = {
    "pkg_user": "customers",
    "pkg_group_user": "customers",
    "pkg_configuration": "customers",
    "pkg_sip": "endpoints",
    "pkg_plan": "tariffs",
    "pkg_prefix": "rates",
    "pkg_rate": "rates",
    "pkg_did": "numbers",
    "pkg_did_destination": "numbers",
}
CALLS = frozenset({"pkg_cdr", "pkg_cdr_archive"})
STYLE = "total"
CLIENT = "3"
"""pkg_group_user.id_user_type; 1 are administrators, 2 agents."""

ROOT = "1"
TO_A_PHONE = "1"
"""pkg_did_destination.voip_call: what a number rings."""


class Magnus:
    """Takes rows, then makes records of them."""

    tables = TABLES
    calls = CALLS

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rates = RateBook(book, STYLE)
        self._rows: dict[str, list[tuple[str, Row]]] = {table: [] for table in TABLES}
        self._prefixes: dict[str, tuple[str, str]] = {}
        self._staff: set[str] = set()

    def take(self, file: str, row: Row) -> None:
        """Keep a row until all are there."""
        if row.table == "pkg_prefix":
            self._prefixes[row.values.get("id") or ""] = (row.values.get("prefix") or "", row.values.get("destination") or "")
        else:
            self._rows[row.table].append((file, row))

    def finish(self) -> Gathered:
        """All records but calls."""
        gathered = self.book.gathered
        if not gathered.currency:
            settings = {row.values.get("config_key"): row.values.get("config_value") for _, row in self._rows["pkg_configuration"]}
            gathered.currency = val.currency(settings.get("base_currency"))
        self._plans()
        self._users()
        self._phones()
        self._dids()
        self._rows.clear()
        return gathered

    def _plans(self) -> None:
        agent = self.book.job.agent or ROOT
        for file, row in self._rows["pkg_plan"]:
            if (row.values.get("id_user") or ROOT) == agent:
                with self.book.row("tariffs", row.values.get("id") or "", file, row.line) as place:
                    self.rates.tariff(place.key, row.values.get("name") or "")
        for file, row in self._rows["pkg_rate"]:
            cells = row.values
            key = cells.get("id_plan") or ""
            if not self.rates.has(key) or cells.get("status") == "0":
                continue
            with self.book.row("rates", cells.get("id") or "", file, row.line) as place:
                unlike = [name for name in ("disconnectcharge", "minimal_time_charge", "additional_grace") if val.micros(cells.get(name))]
                if unlike:
                    self.book.refuse(place, "move.rate_unlike", what=unlike[0])
                    continue
                prefix, name = self._prefixes.get(cells.get("id_prefix") or "", (cells.get("dialprefix") or "", cells.get("destination") or ""))
                first, following = val.whole(cells.get("initblock")), val.whole(cells.get("billingblock"))
                price, fee = val.micros(cells.get("rateinitial")), val.micros(cells.get("connectcharge"))
                self.rates.rate(place, key, OldRate(prefix, name, price, fee, first, following))

    def _users(self) -> None:
        kinds = {row.values.get("id") or "": row.values.get("id_user_type") or "" for _, row in self._rows["pkg_group_user"]}
        agent = self.book.job.agent or ROOT
        for file, row in self._rows["pkg_user"]:
            cells = row.values
            key, above = cells.get("id") or "", cells.get("id_user") or ROOT
            if kinds.get(cells.get("id_group") or "", CLIENT) != CLIENT:
                self._staff.add(key)
                continue
            if above != agent:
                self.book.apart(key, above)
                continue
            taken = False
            with self.book.row("customers", key, file, row.line) as place:
                place.micros = val.micros(cells.get("credit"))
                user = val.clean(cells.get("username"))
                company = val.clean(cells.get("company_name") or cells.get("commercial_name"))
                calls = val.whole(cells.get("calllimit"), -1)
                customer = OldCustomer(
                    key=key, file=file, line=row.line, user=user, balance=place.micros,
                    name=company or val.joined(cells.get("firstname"), cells.get("lastname")) or user,
                    limit=max(0, val.micros(cells.get("creditlimit"))) if cells.get("typepaid") == "1" else 0,
                    first_name=val.clean(cells.get("firstname")), last_name=val.clean(cells.get("lastname")), company=company,
                    email=val.clean(cells.get("email")), phone=val.clean(cells.get("phone") or cells.get("mobile")),
                    address=val.joined(*(cells.get(name) for name in ("address", "neighborhood", "zipcode", "city", "state")), between=", "),
                    country=val.country(cells.get("country")), language=val.language(cells.get("language")),
                    vat_number=val.clean(cells.get("doc")), description=val.clean(cells.get("description"), 500),
                    tariff=cells.get("id_plan") or "", disabled=(cells.get("active") or "1") != "1", max_calls=calls if calls > 0 else None,
                )  # fmt: skip
                taken = self.book.customer(place, customer)
            if taken:
                with self.book.row("web_logins", key, file, row.line) as place:
                    self.book.login(place, OldLogin(key, key, file, row.line, user, cells.get("password") or ""))

    def _phones(self) -> None:
        for file, row in self._rows["pkg_sip"]:
            cells = row.values
            key, customer = cells.get("id") or "", cells.get("id_user") or ""
            if self.book.is_apart(customer) or customer in self._staff:
                continue
            with self.book.row("endpoints", key, file, row.line) as place:
                if not self.book.known(place, customer):
                    continue
                secret = cells.get("secret") or cells.get("sippasswd") or ""
                endpoint = OldEndpoint(
                    key=key, customer=customer, file=file, line=row.line,
                    user=val.clean(cells.get("defaultuser") or cells.get("name")), password=secret,
                    ha1="" if secret else val.ha1(cells.get("md5secret")),
                    display_name=val.caller_name(cells.get("callerid")) or val.clean(cells.get("description"), 80),
                    caller_number=val.digits(cells.get("cid_number")) or val.caller_number(cells.get("callerid")),
                    max_calls=val.whole(cells.get("calllimit")) or None, disabled=cells.get("status") == "0",
                )  # fmt: skip
                self.book.endpoint(place, endpoint)

    def _dids(self) -> None:
        phones = {each.key: each.key for each in self.book.gathered.endpoints}
        rings: dict[str, str] = {}
        for _, row in sorted(self._rows["pkg_did_destination"], key=lambda each: each[1].values.get("priority") or ""):
            if row.values.get("voip_call") == TO_A_PHONE and row.values.get("activated") != "0":
                rings.setdefault(row.values.get("id_did") or "", phones.get(row.values.get("id_sip") or "", ""))
        for file, row in self._rows["pkg_did"]:
            cells = row.values
            customer, key = cells.get("id_user") or "", cells.get("id") or ""
            if cells.get("reserved") != "1" or self.book.is_apart(customer) or customer in self._staff:
                continue
            with self.book.row("numbers", key, file, row.line) as place:
                if self.book.known(place, customer):
                    self.book.number(place, OldNumber(key, file, row.line, val.digits(cells.get("did")), rings.get(key, "")))

    def call(self, file: str, row: Row) -> OldCall | None:
        """One call record."""
        cells = row.values
        customer = cells.get("id_user") or ""
        if self.book.is_apart(customer) or customer in self._staff:
            return None
        key = f"{'a' if row.table == 'pkg_cdr_archive' else ''}{cells.get('id')}"
        with self.book.row("calls", key, file, row.line) as place:
            place.micros = val.micros(cells.get("sessionbill"))
            started, seconds = val.moment(cells.get("starttime"), self.book.job.timezone), max(0, val.whole(cells.get("sessiontime")))
            number = val.digits(cells.get("calledstation")) or val.clean(cells.get("calledstation"), 64)
            name = val.clean(self._prefixes.get(cells.get("id_prefix") or "", ("", ""))[1], 100)
            caller = val.caller_number(cells.get("callerid") or cells.get("src"))
            return self.book.call(place, OldCall(key, customer, started, seconds, caller, number, name, place.micros))
        return None
