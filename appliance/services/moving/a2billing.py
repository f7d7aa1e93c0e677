"""A2Billing (1.4 to 2.3, MySQL or PostgreSQL): cc_card, cc_sip_buddies, cc_tariffgroup and its plans, cc_ratecard, cc_did, cc_invoice, cc_call.

Balances are in the base currency; a card's own currency is how they are shown. A postpaid card may owe its creditlimit. Phones have a plain
secret or an md5secret. A call's seconds are rounded up to a multiple of the block as a whole.
"""

from __future__ import annotations

from appliance.services.moving import values as val
from appliance.services.moving.book import Book
from appliance.services.moving.dump import Row
from appliance.services.moving.rate_book import OldRate, RateBook
from appliance.services.moving.records import Gathered, OldCall, OldCustomer, OldEndpoint, OldInvoice, OldLogin, OldNumber

TABLES = {
    "cc_card": "customers",
    "cc_card_group": "customers",
    "cc_config": "customers",
    "cc_country": "customers",
    "cc_sip_buddies": "endpoints",
    "cc_tariffgroup": "tariffs",
    "cc_tariffgroup_plan": "tariffs",
    "cc_prefix": "rates",
    "cc_ratecard": "rates",
    "cc_did": "numbers",
    "cc_did_destination": "numbers",
    "cc_invoice": "invoices",
    "cc_invoice_item": "invoices",
}
CALLS = frozenset({"cc_call"})
STYLE = "total"
ACTIVE = "1"
"""cc_card.status of a card in use."""

WHOLE_WEEK = ("0", "10079")
UNLIKE = (
    "disconnectcharge",
    "stepchargea",
    "chargea",
    "timechargea",
    "additional_block_charge",
    "minimal_cost",
    "additional_grace",
    "rounding_calltime",
)
"""Columns of a rate that have nothing like them in a list of prices: where one is not 0, the rate is refused."""


class A2Billing:
    """Takes rows, then makes records of them."""

    tables = TABLES
    calls = CALLS

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rates = RateBook(book, STYLE)
        self._rows: dict[str, list[tuple[str, Row]]] = {table: [] for table in TABLES}
        self._names: dict[str, str] = {}

    def take(self, file: str, row: Row) -> None:
        """Keep a row until all are there."""
        if row.table == "cc_prefix":
            self._names[row.values.get("prefix") or ""] = row.values.get("destination") or ""
        else:
            self._rows[row.table].append((file, row))

    def finish(self) -> Gathered:
        """All records but calls."""
        gathered = self.book.gathered
        if not gathered.currency:
            settings = {row.values.get("config_key"): row.values.get("config_value") for _, row in self._rows["cc_config"]}
            gathered.currency = val.currency(settings.get("base_currency"))
        self._groups()
        self._cards()
        self._phones()
        self._dids()
        self._invoices()
        self._rows.clear()
        return gathered

    def _groups(self) -> None:
        """A card pays by a group of rate cards; the rates of the group's plans, the plan named first before the others."""
        for file, row in self._rows["cc_tariffgroup"]:
            with self.book.row("tariffs", row.values.get("id") or "", file, row.line) as place:
                self.rates.tariff(place.key, row.values.get("tariffgroupname") or "")
        groups: dict[str, list[str]] = {}
        for _, row in self._rows["cc_tariffgroup_plan"]:
            groups.setdefault(row.values.get("idtariffplan") or "", []).append(row.values.get("idtariffgroup") or "")
        for file, row in self._rows["cc_ratecard"]:
            cells = row.values
            for group in groups.get(cells.get("idtariffplan") or "", []):
                with self.book.row("rates", cells.get("id") or "", file, row.line) as place:
                    unlike = [name for name in UNLIKE if val.micros(cells.get(name))]
                    if (cells.get("starttime") or "0", cells.get("endtime") or "10079") != WHOLE_WEEK:
                        unlike.append("starttime")
                    if unlike:
                        self.book.refuse(place, "move.rate_unlike", what=unlike[0])
                        continue
                    prefix = cells.get("dialprefix") or ""
                    name = self._names.get(cells.get("destination") or "") or self._names.get(prefix, "")
                    first, following = val.whole(cells.get("initblock")), val.whole(cells.get("billingblock"))
                    price, fee = val.micros(cells.get("rateinitial")), val.micros(cells.get("connectcharge"))
                    self.rates.rate(place, group, OldRate(prefix, name, price, fee, first, following))

    def _cards(self) -> None:
        agents = {row.values.get("id") or "": row.values.get("id_agent") or "0" for _, row in self._rows["cc_card_group"]}
        countries = {row.values.get("countrycode") or "": row.values.get("countryname") or "" for _, row in self._rows["cc_country"]}
        for file, row in self._rows["cc_card"]:
            cells = row.values
            key, agent = cells.get("id") or "", agents.get(cells.get("id_group") or "", "0")
            if agent != (self.book.job.agent or "0"):
                self.book.apart(key, agent)
                continue
            taken = False
            with self.book.row("customers", key, file, row.line) as place:
                place.micros = val.micros(cells.get("credit"))
                user = val.clean(cells.get("useralias") or cells.get("username"))
                company, country = val.clean(cells.get("company_name")), cells.get("country") or ""
                customer = OldCustomer(
                    key=key, file=file, line=row.line, user=user, balance=place.micros,
                    name=company or val.joined(cells.get("firstname"), cells.get("lastname")) or user,
                    limit=max(0, val.micros(cells.get("creditlimit"))) if cells.get("typepaid") == "1" else 0,
                    first_name=val.clean(cells.get("firstname")), last_name=val.clean(cells.get("lastname")), company=company,
                    email=val.clean(cells.get("email")), phone=val.clean(cells.get("phone")),
                    address=val.joined(*(cells.get(name) for name in ("address", "zipcode", "city", "state")), between=", "),
                    country=val.country(countries.get(country, country)), language=val.language(cells.get("language")),
                    currency=val.currency(cells.get("currency")), vat_number=val.clean(cells.get("vat_rn")),
                    tariff=cells.get("tariff") or "", disabled=(cells.get("status") or ACTIVE) != ACTIVE,
                    max_calls=val.whole(cells.get("max_concurrent")) or (1 if cells.get("simultaccess") == "0" else None),
                )  # fmt: skip
                taken = self.book.customer(place, customer)
            if taken:
                with self.book.row("web_logins", key, file, row.line) as place:
                    self.book.login(place, OldLogin(key, key, file, row.line, user, cells.get("uipass") or ""))

    def _phones(self) -> None:
        for file, row in self._rows["cc_sip_buddies"]:
            cells = row.values
            key, customer = cells.get("id") or "", cells.get("id_cc_card") or ""
            if self.book.is_apart(customer):
                continue
            with self.book.row("endpoints", key, file, row.line) as place:
                if not self.book.known(place, customer):
                    continue
                secret = cells.get("secret") or ""
                endpoint = OldEndpoint(
                    key=key, customer=customer, file=file, line=row.line,
                    user=val.clean(cells.get("username") or cells.get("name")), password=secret,
                    ha1="" if secret else val.ha1(cells.get("md5secret")), display_name=val.caller_name(cells.get("callerid")),
                    caller_number=val.caller_number(cells.get("callerid")),
                )  # fmt: skip
                self.book.endpoint(place, endpoint)

    def _dids(self) -> None:
        users = {each.user: each.key for each in self.book.gathered.endpoints}
        first: dict[str, str] = {}
        for each in self.book.gathered.endpoints:
            first.setdefault(each.customer, each.key)
        rings: dict[str, str] = {}
        for _, row in sorted(self._rows["cc_did_destination"], key=lambda each: each[1].values.get("priority") or ""):
            cells = row.values
            if cells.get("activated") != "0":
                user = (cells.get("destination") or "").rpartition("/")[2].partition("@")[0]
                rings.setdefault(cells.get("id_cc_did") or "", users.get(user) or first.get(cells.get("id_cc_card") or "", ""))
        for file, row in self._rows["cc_did"]:
            cells = row.values
            customer, key = cells.get("iduser") or "0", cells.get("id") or ""
            if customer == "0" or self.book.is_apart(customer):
                continue
            with self.book.row("numbers", key, file, row.line) as place:
                if self.book.known(place, customer):
                    self.book.number(place, OldNumber(key, file, row.line, val.digits(cells.get("did")), rings.get(key, "")))

    def _invoices(self) -> None:
        sums: dict[str, int] = {}
        for file, row in self._rows["cc_invoice_item"]:
            cells = row.values
            try:
                net, percent = val.micros(cells.get("price")), val.micros(cells.get("vat"))
            except val.Unreadable as error:
                with self.book.row("invoices", cells.get("id") or "", file, row.line) as place:
                    self.book.refuse(place, error.code, text=error.text)
                continue
            key = cells.get("id_invoice") or ""
            sums[key] = sums.get(key, 0) + net + (net * percent + 50_000_000) // 100_000_000
        for file, row in self._rows["cc_invoice"]:
            cells = row.values
            key, customer = cells.get("id") or "", cells.get("id_card") or ""
            label = val.clean(cells.get("reference"), 64) or key
            if self.book.is_apart(customer):
                continue
            if val.digits(label) and len(label) < 16:
                self.book.gathered.last_invoice = max(self.book.gathered.last_invoice, int(val.digits(label)))
            if (cells.get("paid_status") or "0") != "0" or sums.get(key, 0) <= 0:
                continue
            with self.book.row("invoices", key, file, row.line) as place:
                place.micros = sums[key]
                issued = val.day(cells.get("date")) or "1970-01-01"
                if self.book.known(place, customer):
                    self.book.gathered.invoices.append(OldInvoice(key, customer, file, row.line, label, issued, None, sums[key], sums[key]))

    def call(self, file: str, row: Row) -> OldCall | None:
        """One call record."""
        cells = row.values
        customer = cells.get("card_id") or ""
        if self.book.is_apart(customer):
            return None
        with self.book.row("calls", cells.get("id") or "", file, row.line) as place:
            place.micros = val.micros(cells.get("sessionbill"))
            started, seconds = val.moment(cells.get("starttime"), self.book.job.timezone), max(0, val.whole(cells.get("sessiontime")))
            number = val.digits(cells.get("calledstation")) or val.clean(cells.get("calledstation"), 64)
            name = val.clean(self._names.get(cells.get("destination") or "", ""), 100)
            caller = val.caller_number(cells.get("src"))
            return self.book.call(place, OldCall(place.key, customer, started, seconds, caller, number, name, place.micros))
        return None
