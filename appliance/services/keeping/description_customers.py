"""The customers of a description file with their credit accounts, endpoints, web logins and monthly fees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import Sql, written
from appliance.services.ground.fields import inside
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.keeping.description_allowances import AllowanceSection
from appliance.services.keeping.description_shops import ShopSection
from appliance.services.keeping.description_tally import Tally
from appliance.services.money.credit_accounts import FIELDS as ACCOUNT_FIELDS
from appliance.services.people.customers import FIELDS, PERSON_FIELDS
from appliance.services.people.endpoints import FIELDS as ENDPOINT_FIELDS
from appliance.services.prices.retail import NAME as RETAIL
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller
from appliance.wire.description import CreditAccountEntry, CustomerEntry, EndpointEntry, WebLoginEntry
from appliance.wire.shapes import given

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


K = TypeVar("K")


class CustomerSection:
    """One pass over the file's customers."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally, hashes: Hashes) -> None:
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally
        self._hashes = hashes
        self._allowances = AllowanceSection(room, nouns, actor, tally)
        self._shops = ShopSection(room, nouns, actor, tally, hashes)
        self._resellers: dict[str, Reseller] = {}
        self._tariffs: dict[tuple[int, str], int] = {}
        self._given: dict[tuple[int, str], Sql] = {}
        self._posted: dict[int, int] = {}

    def apply(self, entries: Sequence[CustomerEntry]) -> None:
        """Customers by reseller and name, endpoints by number, logins by reseller and login."""
        if not entries:
            return
        self._posted = self._store.ledger.openings()
        seen: set[tuple[int, str]] = set()
        numbers: set[str] = set()
        logins: set[tuple[int, str]] = set()
        for index, entry in enumerate(entries):
            with inside(f"customers[{index}]"):
                reseller = self._reseller(entry)
                _once(seen, (reseller.id, entry.name), "name", entry.name)
                customer_id = self.customer(reseller, entry)
                self._allowances.customer(reseller, customer_id, entry)
                for place, endpoint in enumerate(given(entry.endpoints, [])):
                    with inside(f"endpoints[{place}]"):
                        _once(numbers, endpoint.number, "number", endpoint.number)
                        self.endpoint(reseller, customer_id, endpoint)
                for place, login in enumerate(given(entry.web_logins, [])):
                    with inside(f"web_logins[{place}]"):
                        _once(logins, (reseller.id, login.login), "login", login.login)
                        self.web_login(reseller, customer_id, login)
                if entry.shop is not UNSET:
                    self._shops.apply(reseller, customer_id, entry.shop)
                for place, fee in enumerate(given(entry.monthly_fees, [])):
                    with inside(f"monthly_fees[{place}]"):
                        self._tally.noted("monthly_fees", self._nouns.fees.put(self._actor, customer_id, fee))

    def customer(self, reseller: Reseller, entry: CustomerEntry) -> int:
        """The customer with its credit account, without what else is his; his id."""
        row = self._store.customers.find(reseller.id, entry.name)
        values = written(entry, FIELDS)
        account = None
        if entry.credit_account is not UNSET:
            with inside("credit_account"):
                account = self._account(reseller, entry.credit_account)
        if row is None:
            tariff_id = self._tariff(reseller, RETAIL if entry.tariff is UNSET else entry.tariff)
            if account is None:
                account = self._nouns.credit_accounts.make(self._actor, reseller, entry.name)
                self._tally.created("credit_accounts")
            self._tally.created("customers")
            return self._nouns.customers.make(self._actor, reseller, written(entry, PERSON_FIELDS), values, tariff_id, account.id)
        if account is not None:
            self._check_leaving(row, account)
            values["credit_account_id"] = account.id
        if entry.tariff is not UNSET:
            values["tariff_id"] = self._tariff(reseller, entry.tariff)
        changed = self._nouns.customers.change(self._actor, row, reseller, written(entry, PERSON_FIELDS), values)
        self._tally.noted("customers", "changed" if changed else "")
        return row.id

    def _account(self, reseller: Reseller, entry: CreditAccountEntry) -> Account:
        """The account by its name, made where it is missing; what two customers say of it must agree."""
        accounts = self._nouns.credit_accounts
        values = written(entry, ACCOUNT_FIELDS)
        values.pop("name")
        opening: Sql = None if entry.opening_balance is UNSET else col.amount(0, None)(entry.opening_balance, "opening_balance")
        row = accounts.find(reseller.id, entry.name)
        if row is None:
            currency = None if entry.currency is UNSET else str(col.currency(entry.currency, "currency"))
            row = accounts.make(self._actor, reseller, entry.name, currency, values)
            self._tally.created("credit_accounts")
            fresh = True
        else:
            if entry.currency is not UNSET and entry.currency != row.currency:
                raise UserError("account.currency_fixed", field="currency", account=row.name, currency=row.currency)
            fresh = False
        self._agree(row, {**values, **({} if entry.opening_balance is UNSET else {"opening_balance": opening})})
        if not fresh:
            self._tally.noted("credit_accounts", "changed" if accounts.change(self._actor, row, values) else "")
        if isinstance(opening, int) and entry.opening_balance is not None and accounts.open_with(self._actor, row, opening, self._posted):
            self._tally.created("opening_balances")
        return row

    def _agree(self, row: Account, values: dict[str, Sql]) -> None:
        names = {"credit_limit_micros": "credit_limit"}
        for column, value in values.items():
            if self._given.setdefault((row.id, column), value) != value:
                raise Conflict("account.given_twice", field=names.get(column, column), account=row.name)

    def _check_leaving(self, row: Customer, account: Account) -> None:
        """A customer may move to another account; calls from then on are paid by that."""
        if account.id != row.credit_account_id and account.owner_reseller_id is not None:
            raise NotFound("account.unknown", field="credit_account.name", account=account.name)

    def endpoint(self, reseller: Reseller, customer_id: int, entry: EndpointEntry) -> None:
        """One of his endpoints."""
        row = self._store.endpoints.find(entry.number)
        values = written(entry, ENDPOINT_FIELDS)
        if row is None:
            auth_name = entry.auth_name if isinstance(entry.auth_name, str) else None
            made = self._nouns.endpoints.make(self._actor, customer_id, reseller, entry.number, entry.password, values, auth_name)
            self._tally.created("endpoints")
            if made.password:
                self._tally.passwords[made.number] = made.password
            return
        if row.customer_id != customer_id:
            raise Conflict("number.taken", field="number", number=entry.number)
        changed = self._nouns.endpoints.change(self._actor, row, reseller, values, entry.password, entry.auth_name)
        self._tally.noted("endpoints", "changed" if changed else "")

    def web_login(self, reseller: Reseller, customer_id: int, entry: WebLoginEntry) -> None:
        """One of his logins for the web page."""
        logins = self._nouns.web_logins
        password = entry.password
        made = ""
        if password is UNSET and self._store.web_logins.find(reseller.id, entry.login) is None:
            made = password = logins.made()
        what, _ = logins.put(
            self._actor, customer_id, reseller.id, entry.login, password, must_change=entry.must_change, disabled=entry.disabled, hashes=self._hashes
        )
        self._tally.noted("web_logins", what)
        if made:
            self._tally.passwords[f"{entry.login}@{reseller.name}"] = made

    def _tariff(self, reseller: Reseller, name: str) -> int:
        key = (reseller.id, name)
        if key not in self._tariffs:
            self._tariffs[key] = self._nouns.lookups.tariff_of(reseller, name).id
        return self._tariffs[key]

    def _reseller(self, entry: CustomerEntry) -> Reseller:
        name = "" if entry.reseller is UNSET else entry.reseller
        if name not in self._resellers:
            row = self._store.resellers.find(name) if name else self._store.resellers.root()
            if row is None:
                raise NotFound("reseller.unknown", field="reseller", reseller=name)
            self._resellers[name] = row
        return self._resellers[name]


def _once(seen: set[K], key: K, field: str, name: str) -> None:
    if key in seen:
        raise UserError("description.twice", field=field, name=name)
    seen.add(key)
