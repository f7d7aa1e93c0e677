"""The one writer: what was gathered, written by the rules of the description file, one customer after the other.

Law: each customer, endpoint, login and number is a part that fails alone, and its reason is a value. What came before is found by its key in
the other system and brought up to date. Of a balance only the difference to what was posted is posted, as a further opening entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import Sql, written
from appliance.services.ground.passwords import Hashes, ha1
from appliance.services.ground.room import Room
from appliance.services.keeping.description_customers import CustomerSection
from appliance.services.keeping.description_tally import Tally
from appliance.services.moving.records import Gathered, OldCustomer, OldEndpoint, OldInvoice, OldLogin, OldNumber, Refusal
from appliance.services.moving.since import Since
from appliance.services.people.customers import FIELDS as CUSTOMER_FIELDS
from appliance.services.people.customers import PERSON_FIELDS
from appliance.services.people.endpoints import FIELDS as ENDPOINT_FIELDS
from appliance.services.people.number_ranges import LONGEST_SHORT, country_of, is_short_number
from appliance.services.prices.retail import NAME as RETAIL
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.wire.description import CreditAccountEntry, CustomerEntry, EndpointEntry, TrunkNumberEntry, WebLoginEntry
from appliance.wire.moving import MoveCustomer, MoveLink, MovePreview

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns

LONGEST_NUMBER = 32
OF_CUSTOMER = (
    *("first_name", "last_name", "company", "email", "phone", "address", "country", "vat_number", "description"),
    *("language", "currency", "max_calls", "disabled"),
)
OF_ENDPOINT = ("auth_name", "display_name", "caller_number", "max_calls", "disabled")
"""Fields that a move writes, and that may have been changed here since."""


class Whole(NamedTuple):
    """A customer with all that is his."""

    customer: OldCustomer
    endpoints: list[OldEndpoint]
    logins: list[OldLogin]
    invoices: list[OldInvoice]


def wholes(gathered: Gathered) -> list[Whole]:
    """Customers in the order of the file, each with his things."""
    found = {each.key: Whole(each, [], [], []) for each in gathered.customers}
    for endpoint in gathered.endpoints:
        found[endpoint.customer].endpoints.append(endpoint)
    for login in gathered.web_logins:
        found[login.customer].logins.append(login)
    for invoice in gathered.invoices:
        found[invoice.customer].invoices.append(invoice)
    return list(found.values())


class Writer:
    """Works inside units of work that others open.

    `refused` and `moved` tell what became of each record, `opened` what the books hold of it, `ids` who became whom, `since` what was changed
    here after the last move.
    """

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, reseller: Reseller, source: str, currency: str, asked: MovePreview) -> None:
        self._room = room
        self._store = room.store
        self._moving = room.store.moving
        self._nouns = nouns
        self._actor = actor
        self._reseller = reseller
        self._source = source
        self._currency = currency
        self._asked = asked
        self._tally = Tally()
        self.tariffs: dict[str, str] = {}
        self.refused: list[Refusal] = []
        self.customers: list[MoveCustomer] = []
        self.links: list[MoveLink] = []
        self.moved: dict[str, list[int]] = {}
        self.opened = 0
        self.ids: dict[str, int] = {}
        self.since = Since(room.store.moving, source, asked.take)

    # customers -----------------------------------------------------------------------------------------------------
    def whole(self, whole: Whole, hashes: Hashes, address: str) -> None:
        """A customer and his things. `address`: of the customers' pages, for one-time links."""
        section = CustomerSection(self._room, self._nouns, self._actor, self._tally, hashes)
        old = whole.customer
        try:
            with self._room.changes.part():
                customer_id = self._customer(section, old, len(whole.endpoints))
        except UserError as error:
            self._refuse("customers", old.key, old.file, old.line, error, old.balance)
            for kind, rest in (("endpoints", whole.endpoints), ("web_logins", whole.logins), ("invoices", whole.invoices)):
                for each in rest:
                    micros = each.open if isinstance(each, OldInvoice) else 0
                    gone = UserError("move.customer_refused", customer=old.key[:64])
                    self._refuse(kind, each.key, each.file, each.line, gone, micros)
            return
        for endpoint in whole.endpoints:
            with self._tried("endpoints", endpoint.key, endpoint.file, endpoint.line):
                self._endpoint(section, customer_id, endpoint)
        for login in whole.logins:
            with self._tried("web_logins", login.key, login.file, login.line):
                self._login(section, customer_id, login, address)
        for invoice in whole.invoices:
            self._invoice(customer_id, invoice)

    def _customer(self, section: CustomerSection, old: OldCustomer, endpoints: int) -> int:
        known = self._moving.found(self._source, "customer", old.key)
        row = None if known is None else self._store.customers.get(known)
        if row is not None and row.archived_at is not None:
            raise Conflict("move.archived", customer=row.name)
        if row is None:
            name = self._free_name(old)
            taken = self._nouns.credit_accounts.find(self._reseller.id, name) is not None
            account_name = f"{name[:150]} ({self._source} {old.key[:30]})" if taken else name
        else:
            name = row.name
            account = self._store.accounts.get(row.credit_account_id)
            assert account is not None  # foreign key
            account_name = account.name
        tariff = self._tariff(old.tariff)
        entry = CustomerEntry(
            name=name, reseller=self._reseller.name, tariff=tariff,
            credit_account=CreditAccountEntry(name=account_name, currency=self._currency, credit_limit=format_amount(old.limit)),
            first_name=old.first_name, last_name=old.last_name, company=old.company, email=old.email, phone=old.phone, address=old.address,
            country=old.country, language=old.language, currency=old.currency, vat_number=old.vat_number or None,
            description=old.description or UNSET, max_calls=old.max_calls, disabled=old.disabled,
        )  # fmt: skip
        stays = frozenset() if row is None else self._since_customer(old, row, entry)
        customer_id = section.customer(self._reseller, _without(entry, stays))
        self._moving.keep(self._source, "customer", old.key, customer_id)
        fresh = self._store.customers.get(customer_id)
        account = None if fresh is None else self._store.accounts.get(fresh.credit_account_id)
        assert fresh is not None and account is not None  # just written
        self.since.wrote("customer", old.key, self._customer_now(fresh), stays)
        self._nouns.credit_accounts.open_further(self._actor, account, old.balance - self._moving.opened_of(account.id))
        self.opened += self._moving.opened_of(account.id)
        after = self._store.accounts.get(account.id)
        assert after is not None
        what, now = ("created" if row is None else "updated"), format_amount(after.balance_micros)
        limit = format_amount(after.credit_limit_micros)
        self.customers.append(MoveCustomer(name, old.key, what, format_amount(old.balance), now, limit, self._currency, endpoints))
        self._count("customers", old.balance)
        self.ids[old.key] = customer_id
        return customer_id

    def _since_customer(self, old: OldCustomer, row: Customer, entry: CustomerEntry) -> frozenset[str]:
        """The fields of a customer that stay as somebody made them here."""
        here = self._customer_now(row)
        tariff = self._nouns.lookups.tariff_of(self._reseller, str(entry.tariff))
        own = self._store.tariffs.get(row.tariff_id)
        there = {name: value for name, value in {**written(entry, PERSON_FIELDS), **written(entry, CUSTOMER_FIELDS)}.items() if name in OF_CUSTOMER}
        there |= {"tariff": tariff.id, "credit_limit": old.limit}
        shown = {
            "tariff": ("" if own is None else own.name, tariff.name),
            "credit_limit": (format_amount(int(str(here["credit_limit"]))), format_amount(old.limit)),
        }
        return self.since.kept("customer", old.key, row.name, here, there, shown)

    def _customer_now(self, row: Customer) -> dict[str, Sql]:
        person, account = self._store.people.get(row.person_id), self._store.accounts.get(row.credit_account_id)
        assert person is not None and account is not None  # foreign keys
        found: dict[str, Sql] = {name: getattr(person if hasattr(person, name) else row, name) for name in OF_CUSTOMER}
        return {**found, "tariff": row.tariff_id, "credit_limit": account.credit_limit_micros}

    def _free_name(self, old: OldCustomer) -> str:
        """The name, where it is nobody's here; else with the user name behind it."""
        find = self._store.customers.find
        if find(self._reseller.id, old.name) is None:
            return old.name
        tail = f" ({(old.user or old.key)[:60]})"
        return old.name[: 200 - len(tail)].strip() + tail

    def _tariff(self, key: str) -> str:
        if key in self.tariffs:
            return self.tariffs[key]
        if self._asked.tariff:
            return self._asked.tariff
        if key and key != "0":
            raise NotFound("move.no_tariff", tariff=key[:64])
        return RETAIL

    # what is his ---------------------------------------------------------------------------------------------------
    def _endpoint(self, section: CustomerSection, customer_id: int, old: OldEndpoint) -> None:
        if old.ha1:
            self._check_realm()
        known = self._moving.found(self._source, "endpoint", old.key)
        row = None if known is None else self._store.endpoints.get(known)
        if row is not None and row.archived_at is not None:
            raise Conflict("move.archived", customer=row.number)
        number = row.number if row is not None else self._number(old.user)
        entry = EndpointEntry(
            number=number, auth_name=old.user, display_name=old.display_name, caller_number=old.caller_number, max_calls=old.max_calls,
            disabled=old.disabled, password=old.password or (None if row is None else UNSET),
        )  # fmt: skip
        stays = frozenset() if row is None else self._since_endpoint(old, row, entry)
        section.endpoint(self._reseller, customer_id, msgspec.structs.replace(entry, **dict.fromkeys(stays, UNSET)))
        made = self._store.endpoints.find(number)
        assert made is not None  # just written
        if old.ha1 and "password" not in stays:
            self._nouns.secrets.set_ha1(made, self._reseller.sip_domain, old.ha1)
        self._moving.keep(self._source, "endpoint", old.key, made.id)
        self.since.wrote("endpoint", old.key, self._endpoint_now(made), stays)
        self._count("endpoints")

    def _since_endpoint(self, old: OldEndpoint, row: Endpoint, entry: EndpointEntry) -> frozenset[str]:
        """The fields of a phone that stay as somebody made them here."""
        here = self._endpoint_now(row)
        there: dict[str, Sql] = {name: value for name, value in written(entry, ENDPOINT_FIELDS).items() if name in OF_ENDPOINT}
        stays = self.since.kept("endpoint", old.key, row.number, here, {**there, "auth_name": old.user})
        user = row.auth_name if "auth_name" in stays else old.user
        secret = old.ha1 or ha1(user, self._reseller.sip_domain, old.password)[0]
        return stays | self.since.kept("endpoint", old.key, row.number, here, {"password": secret})

    def _endpoint_now(self, row: Endpoint) -> dict[str, Sql]:
        secrets = self._store.endpoints.secrets(row.id)
        known = next((each.ha1_md5 for each in secrets if each.realm == self._reseller.sip_domain), "")
        return {**{name: getattr(row, name) for name in OF_ENDPOINT}, "password": known}

    def _number(self, user: str) -> str:
        """The user name where it can be a number, else the next free one of the reseller."""
        reseller = self._reseller
        if user.isascii() and user.isdigit() and len(user) <= LONGEST_NUMBER:
            short = len(user) <= LONGEST_SHORT and is_short_number(user, country_of(reseller.country, reseller.timezone))
            if not short:
                return user
        number = self._store.numbers.next_free(reseller.id, reseller.number_first, reseller.number_last, self._room.clock.utcnow())
        if number is None:
            raise Conflict("number.range_full", field="number", range=f"{reseller.number_first}-{reseller.number_last}")
        return number

    def _check_realm(self) -> None:
        realm = self._asked.realm.strip()
        if not realm:
            raise UserError("move.realm_unknown", realm=self._reseller.sip_domain)
        if realm != self._reseller.sip_domain:
            raise UserError("move.realm_differs", realm=realm, own=self._reseller.sip_domain)

    def _login(self, section: CustomerSection, customer_id: int, old: OldLogin, address: str) -> None:
        before = self._store.web_logins.find(self._reseller.id, old.login)
        stays: frozenset[str] = frozenset()
        if old.password and before is not None and self._moving.found(self._source, "web_login", old.key) == before.id:
            stays = self.since.kept("web_login", old.key, old.login, {"password": before.password_hash}, {"password": "of the old system"})
        if old.password and not stays:
            section.web_login(self._reseller, customer_id, WebLoginEntry(login=old.login, password=old.password))
        elif before is None or before.customer_id != customer_id:
            section.web_login(self._reseller, customer_id, WebLoginEntry(login=old.login, password=None))
        row = self._store.web_logins.find(self._reseller.id, old.login)
        assert row is not None  # just written
        self._moving.keep(self._source, "web_login", old.key, row.id)
        self.since.wrote("web_login", old.key, {"password": row.password_hash}, stays)
        if row.password_hash is None:
            code = self._nouns.web_sign_ins.invite(row)
            customer = self._store.customers.get(customer_id)
            self.links.append(MoveLink(old.login, "" if customer is None else customer.name, f"{address}/new-password?code={code}"))
        self._count("web_logins")

    def _invoice(self, customer_id: int, old: OldInvoice) -> None:
        row = self._moving.find_invoice(self._source, old.key)
        told = {"label": old.label, "issued_on": old.issued_on, "due_on": old.due_on, "total_micros": old.total, "open_micros": old.open}
        if row is None:
            self._moving.invoices.insert(customer_id=customer_id, source=self._source, old_key=old.key, currency=self._currency, **told)
        else:
            self._moving.invoices.update(row.id, told)
        self._count("invoices", old.open)

    # incoming numbers ----------------------------------------------------------------------------------------------
    def number(self, old: OldNumber, *, rehearsal: bool) -> None:
        """An incoming number on the trunk that was named. `rehearsal`: its endpoint is not there yet."""
        with self._tried("numbers", old.key, old.file, old.line):
            trunk = self._nouns.lookups.trunk(self._actor, self._asked.trunk, "trunks.write") if self._asked.trunk else None
            if trunk is None:
                raise UserError("move.no_trunk", field="trunk", number=old.number)
            endpoint: str | None = None
            if old.endpoint:
                known = self._moving.found(self._source, "endpoint", old.endpoint)
                row = None if known is None else self._store.endpoints.get(known)
                if row is None and not rehearsal:
                    raise NotFound("move.no_endpoint", user=old.endpoint[:64])
                endpoint = None if row is None else row.number
            before = self._store.trunks.find_did(old.number)
            if before is not None and before.trunk_id != trunk.id:
                raise Conflict("number.taken", field="number", number=old.number)
            rang = None if before is None or before.endpoint_id is None else self._store.endpoints.get(before.endpoint_id)
            now = None if rang is None else rang.number
            stays: frozenset[str] = frozenset()
            if before is not None and self._moving.found(self._source, "number", old.key) is not None:
                stays = self.since.kept("number", old.key, old.number, {"endpoint": now}, {"endpoint": endpoint})
            self._nouns.trunks.put_number(self._actor, trunk, TrunkNumberEntry(did=old.number, endpoint=now if stays else endpoint))
            self._moving.keep(self._source, "number", old.key, trunk.id)
            self.since.wrote("number", old.key, {"endpoint": endpoint}, stays)
            self._count("numbers")

    # counting ------------------------------------------------------------------------------------------------------
    def _tried(self, kind: str, key: str, file: str, line: int) -> Tried:
        return Tried(self, self._room, kind, key, file, line)

    def _refuse(self, kind: str, key: str, file: str, line: int, error: UserError, micros: int = 0) -> None:
        said = {name: str(value) for name, value in error.parameters.items()}
        self.refused.append(Refusal(kind, key[:64], file, line, error.code, said, micros))

    def _count(self, kind: str, micros: int = 0) -> None:
        two = self.moved.setdefault(kind, [0, 0])
        two[0] += 1
        two[1] += micros


def _without(entry: CustomerEntry, stays: frozenset[str]) -> CustomerEntry:
    """The entry without what stays as it is here."""
    account = entry.credit_account
    if "credit_limit" in stays and isinstance(account, CreditAccountEntry):
        entry = msgspec.structs.replace(entry, credit_account=msgspec.structs.replace(account, credit_limit=UNSET))
    return msgspec.structs.replace(entry, **dict.fromkeys(stays - {"credit_limit"}, UNSET))


class Tried:
    """A part that fails alone: a UserError in it undoes it and becomes a refusal."""

    def __init__(self, writer: Writer, room: Room, kind: str, key: str, file: str, line: int) -> None:
        self._writer = writer
        self._part = room.changes.part()
        self._at = (kind, key, file, line)

    def __enter__(self) -> None:
        self._part.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        self._part.__exit__(kind, error, trace)
        if isinstance(error, UserError):
            self._writer._refuse(*self._at, error)
            return True
        return False
