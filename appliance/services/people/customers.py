"""Customers: who they are, what they pay by and from which account (product.md S3, S5, S7)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.fields import inside
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.put_away import PutAway, need_alive
from appliance.services.ground.room import Room
from appliance.services.ground.shown_in import ShownIn
from appliance.services.mail.messages import Fresh, Messages
from appliance.services.money import tax
from appliance.services.money.credit_accounts import FIELDS as ACCOUNT_FIELDS
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.people.caller_numbers import vouch
from appliance.services.people.endpoints import FIELDS as ENDPOINT_FIELDS
from appliance.services.people.endpoints import Endpoints
from appliance.services.people.web_logins import WebLogins
from appliance.services.prices.retail import NAME as RETAIL
from appliance.services.prices.special_rates import rehang
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller
from appliance.wire.customers import CustomerCreate, CustomerList, CustomerPage, CustomerUpdate, CustomerView, NewCreditAccount
from appliance.wire.shapes import ById, Done, Listing, Ref, Restored

WAITING = "web.waiting"
"""Set, in the scope of a customer who registered himself, until somebody enables him."""

PERSON_FIELDS = (
    Column("name", "name", col.name),
    *(Column(each, each, col.text(longest=200)) for each in ("first_name", "last_name", "company", "phone", "email")),
    Column("address", "address", col.text()),
    Column("country", "country", col.country),
    Column("vat_number", "vat_number", col.optional_text),
    Column("description", "description", col.text()),
    Column("credit_description", "credit_description", col.text()),
)
FIELDS = (
    Column("timezone", "timezone", col.timezone()),
    Column("language", "language", col.language()),
    Column("currency", "currency", col.display_currency),
    Column("tax", "tax", tax.column),
    Column("payment_terms_days", "payment_terms_days", col.count(14, 0, 3650)),
    Column("max_calls", "max_calls", col.count()),
    Column("caller_number", "caller_number", col.digits),
    Column("dial_plan", "dial_plan", col.plan(None)),
    Column("free_on_net", "free_on_net", col.flag(True)),
    Column("allow_302", "allow_302", col.flag()),
    Column("call_shop", "call_shop", col.flag()),
    Column("disabled", "disabled", col.flag()),
)
"""Fields of requests and of the description file, and their columns: of the person, and of the customer."""


class Customers:
    """`make` and `change` are the rules for every door."""

    def __init__(
        self,
        room: Room,
        access: Access,
        lookups: Lookups,
        audit: Audit,
        accounts: CreditAccounts,
        endpoints: Endpoints,
        logins: WebLogins,
        messages: Messages,
    ) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._accounts = accounts
        self._endpoints = endpoints
        self._logins = logins
        self._messages = messages
        self._put_away = PutAway(room)

    # rules ---------------------------------------------------------------------------------------------------------
    def make(self, actor: Actor, reseller: Reseller, person: dict[str, Sql], values: dict[str, Sql], tariff_id: int, account_id: int) -> int:
        """A new customer; its id. `person` has the name."""
        store = self._store
        if store.customers.find(reseller.id, str(person["name"])) is not None:
            raise Conflict("customer.name_taken", field="name", name=str(person["name"]))
        self._check_shop(reseller, values)
        person_id = store.people.insert(kind="customer", reseller_id=reseller.id, **person)
        row_id = store.customers.insert(
            reseller_id=reseller.id,
            person_id=person_id,
            tariff_id=tariff_id,
            credit_account_id=account_id,
            created_at=self._room.clock.utcnow(),
            **values,
        )
        self._audit.made(
            actor, "customers.create", "customer", row_id, {"person_id": person_id, "tariff_id": tariff_id, "credit_account_id": account_id, **values}
        )
        vouch(self._room, actor, "customer", row_id, values)
        self._room.changes.note("customer", row_id)
        return row_id

    def change(
        self, actor: Actor, row: Customer, reseller: Reseller, person: dict[str, Sql], values: dict[str, Sql], version: int | None = None
    ) -> bool:
        """Write what differs; whether anything did. `values` may hold tariff_id and credit_account_id."""
        store = self._store
        name = person.get("name")
        if name is not None and name != row.name and store.customers.find(reseller.id, str(name)) is not None:
            raise Conflict("customer.name_taken", field="name", name=str(name))
        changed = differing(values, row)
        self._check_shop(reseller, changed)
        if changed.get("call_shop") == 0 and (store.booths.open_sessions(row.id) or store.shifts.open_in(row.id) or store.bills.any_open(row.id)):
            raise Conflict("shop.in_use", field="call_shop")
        who = store.people.get(row.person_id)
        assert who is not None  # foreign key
        person_changed = differing(person, who)
        if changed.get("disabled") == 0:
            store.settings.remove(WAITING, f"customer:{row.id}")
        if person_changed:
            store.people.update(row.person_id, person_changed)
        if "tariff_id" in changed:
            self._take_special_rates(row.id, int(str(changed["tariff_id"])))
        if changed or person_changed:
            store.customers.update(row.id, changed or {"disabled": row.disabled}, version)
            vouch(self._room, actor, "customer", row.id, changed)
            # What identifies a person stays out of the log, so that erasing it is whole.
            self._audit.changed(
                actor,
                "customers.update",
                "customer",
                row.id,
                {**row._asdict(), "person": None},
                {**changed, **({"person": ", ".join(sorted(person_changed))} if person_changed else {})},
            )
            self._room.changes.note("customer", row.id)
        return bool(changed or person_changed)

    def _take_special_rates(self, customer_id: int, tariff_id: int) -> None:
        """Special rates go with the customer to another tariff."""
        tariff = self._store.tariffs.get(tariff_id)
        special = None if tariff is None else rehang(self._store, customer_id, tariff)
        if special is not None:
            self._room.changes.note("tariff", special)

    def account_for(self, actor: Actor, reseller: Reseller, ref: Ref, field: str = "credit_account") -> Account:
        """An existing account of that reseller's customers."""
        row = self._store.accounts.get(ref) if isinstance(ref, int) else self._accounts.find(reseller.id, ref)
        if row is None or row.kind != "credit" or row.reseller_id != reseller.id or row.owner_reseller_id is not None or row.archived_at is not None:
            raise NotFound("account.unknown", field=field, account=ref)
        return row

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing | CustomerList) -> CustomerPage:
        """The actor's customers by id; `search` is part of a name, company, number or e-mail."""
        shown = ShownIn(self._room.hot.prices, request.in_currency if isinstance(request, CustomerList) else "")
        now = self._room.clock.utcnow()
        limit = max(1, min(request.limit, 1000))
        found: list[CustomerView] = []
        for row in self.reached(actor, request):
            view = self.view(row)
            if shown:
                named = {name: (getattr(view, name), view.account_currency) for name in ("balance", "credit_limit")}
                view = msgspec.structs.replace(view, converted=shown.amounts(named, now))
            found.append(view)
            if len(found) > limit:
                break
        return CustomerPage(found[:limit], found[limit - 1].id if len(found) > limit else 0)

    def get(self, actor: Actor, request: ById) -> CustomerView:
        """One customer with endpoints and web logins, archived ones too."""
        return self.view(self._lookups.customer(actor, request.id, None, "customers.read", "id", archived=True), whole=True)

    def create(self, actor: Actor, request: CustomerCreate) -> CustomerView:
        """A customer with its credit account, first endpoint and web login in one."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "customers.write")
            tariff = self._lookups.tariff_of(reseller, RETAIL if request.tariff is None else request.tariff)
            account = self._account_of(actor, reseller, request)
            person = written(request, PERSON_FIELDS)
            row_id = self.make(actor, reseller, person, written(request, FIELDS), tariff.id, account.id)
            passwords, fresh = self._first_endpoint(actor, row_id, reseller, request)
            row = self._store.customers.get(row_id)
            assert row is not None
            if request.send_details:
                endpoint = next(iter(self._store.endpoints.list(row_id)), None)
                if endpoint is None and not fresh.login:
                    raise UserError("email.nothing_to_send", field="send_details")
                self._messages.details(actor, row, endpoint, fresh)
            return self.view(row, whole=True, passwords=passwords)

    def _first_endpoint(self, actor: Actor, customer_id: int, reseller: Reseller, request: CustomerCreate) -> tuple[dict[str, str], Fresh]:
        """The endpoint and web login of the form's right side; the passwords that were made, and what an e-mail may tell."""
        passwords: dict[str, str] = {}
        fresh = Fresh()
        number, secret = "", ""
        if request.endpoint is not None:
            wanted = request.endpoint
            typed: str | UnsetType = UNSET if wanted.password is None else wanted.password
            with inside("endpoint"):
                made = self._endpoints.make(actor, customer_id, reseller, wanted.number, typed, written(wanted, ENDPOINT_FIELDS))
            number, secret = made.number, made.password or wanted.password or ""
            fresh = Fresh(password=secret)
            if made.password:
                passwords[number] = made.password
        if request.web_login is not None:
            login = request.web_login.login or number
            if not login:
                raise UserError("web_login.no_login", field="web_login.login")
            chosen = request.web_login.password or secret or self._logins.made()
            with inside("web_login"):
                self._logins.put(actor, customer_id, reseller.id, login, chosen)
            if not request.web_login.password:
                passwords[login] = chosen
            fresh = fresh._replace(login=login, web_password=chosen)
        return passwords, fresh

    def update(self, actor: Actor, request: CustomerUpdate) -> CustomerView:
        """Changes of a customer; another tariff counts for calls that begin from now on."""
        with self._room.changes.unit():
            row = self._lookups.customer(actor, request.id, None, "customers.write", "id")
            reseller = self._reseller(row.reseller_id)
            values = written(request, FIELDS)
            if isinstance(request.tariff, (int, str)):
                values["tariff_id"] = self._lookups.tariff_of(reseller, request.tariff).id
            if isinstance(request.credit_account, (int, str)):
                values["credit_account_id"] = self.account_for(actor, reseller, request.credit_account).id
            self.change(actor, row, reseller, written(request, PERSON_FIELDS), values, request.version)
            return self.get(actor, ById(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use with its endpoints, once its balance is paid out or written off (a shared account stays)."""
        with self._room.changes.unit():
            row = self._lookups.customer(actor, request.id, None, "customers.write", "id")
            sharers = [each for each in self._store.customers.of_account(row.credit_account_id) if each.archived_at is None and each.id != row.id]
            now = self._room.clock.utcnow()
            if not sharers:
                if self._store.accounts.balance(row.credit_account_id):
                    raise Conflict("account.not_settled", field="id")
                self._store.accounts.archive(row.credit_account_id, now)
                self._room.changes.note("account", row.credit_account_id)
            endpoints = list(self._store.endpoints.list(row.id))
            for endpoint in endpoints:
                self._endpoints.retire(actor, endpoint)
            logins = list(self._store.web_logins.of(row.id))
            for login in logins:
                self._store.web_logins.update(login.id, {"disabled": 1})
                self._store.sessions.end_all("web_login", login.id)
            kept = {"endpoints": [each.id for each in endpoints], "logins": [each.id for each in logins if not each.disabled]}
            self._put_away.keep("customer", row.id, kept)
            self._store.customers.archive(row.id, now)
            self._audit.noted(actor, "customers.archive", "customer", row.id)
            self._room.changes.note("customer", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again with the endpoints, web logins and fees that went out of use with it; endpoints whose number somebody else has now stay."""
        with self._room.changes.unit():
            row = self._lookups.customer(actor, request.id, None, "customers.write", "id", archived=True)
            if row.archived_at is None:
                return Restored(row.id, [])
            reseller = self._needed(row)
            account = self._store.accounts.get(row.credit_account_id)
            assert account is not None  # foreign key
            if account.archived_at is not None:
                self._store.accounts.restore(account.id)
                self._room.changes.note("account", account.id)
            self._store.customers.restore(row.id, request.version)
            kept, left = self._put_away.take("customer", row.id), []
            for endpoint_id in kept.get("endpoints", ()):
                endpoint = self._store.endpoints.get(endpoint_id)
                if endpoint is None or endpoint.archived_at is None:
                    continue
                try:
                    left += self._endpoints.bring_back(actor, endpoint, reseller)
                except Conflict:
                    left.append(endpoint.number)
            for login_id in kept.get("logins", ()):
                if self._store.web_logins.get(login_id) is not None:
                    self._store.web_logins.update(login_id, {"disabled": 0})
            self._endpoints.fees_again(actor, row.id, None, row.archived_at)
            self._audit.noted(actor, "customers.restore", "customer", row.id)
            self._room.changes.note("customer", row.id)
            return Restored(row.id, left)

    def _needed(self, row: Customer) -> Reseller:
        """The reseller of a customer that is to be restored, once its name is free and all that it cannot be without is there."""
        person, tariff, reseller = self._store.people.get(row.person_id), self._store.tariffs.get(row.tariff_id), self._reseller(row.reseller_id)
        assert person is not None and tariff is not None  # foreign keys
        if person.erased_at is not None:
            raise NotFound("customer.unknown", field="id", customer=row.id)
        need_alive(reseller.name, reseller.archived_at)
        need_alive(tariff.name, tariff.archived_at)
        if self._store.customers.find(reseller.id, row.name) is not None:
            raise Conflict("customer.name_taken", field="id", name=row.name)
        return reseller

    def view(self, row: Customer, *, whole: bool = False, passwords: dict[str, str] | None = None) -> CustomerView:
        """The row with names instead of ids; `whole` with endpoints and web logins."""
        store = self._store
        person = store.people.get(row.person_id)
        account = store.accounts.get(row.credit_account_id)
        tariff = store.tariffs.get(row.tariff_id)
        assert person is not None and account is not None and tariff is not None  # foreign keys
        who = {
            name: getattr(person, name)
            for name in (
                "name",
                "first_name",
                "last_name",
                "company",
                "phone",
                "email",
                "address",
                "country",
                "vat_number",
                "description",
                "credit_description",
            )
        }
        return CustomerView(
            id=row.id,
            version=row.version,
            reseller=self._reseller(row.reseller_id).name,
            **who,
            timezone=row.timezone,
            language=row.language,
            currency=row.currency or account.currency,
            tariff=tariff.name,
            credit_account=account.name,
            credit_account_id=account.id,
            account_currency=account.currency,
            balance=format_amount(account.balance_micros),
            credit_limit=format_amount(account.credit_limit_micros),
            tax=row.tax,
            payment_terms_days=row.payment_terms_days,
            max_calls=row.max_calls,
            caller_number=row.caller_number,
            dial_plan=None if row.dial_plan is None else json.loads(row.dial_plan),
            free_on_net=bool(row.free_on_net),
            allow_302=bool(row.allow_302),
            call_shop=bool(row.call_shop),
            disabled=bool(row.disabled),
            created_at=stamp(row.created_at) or "",
            archived_at=stamp(row.archived_at),
            endpoints=[self._endpoints.view(each, row) for each in store.endpoints.list(row.id)] if whole else [],
            web_logins=self._logins.of(row.id) if whole else [],
            moved_from=self._store.moving.came_from(row.id) if whole else "",
            passwords=passwords or {},
        )

    def reached(self, actor: Actor, request: Listing) -> Iterator[Customer]:
        """The rows that a list of them has, by id from `after` on; its `limit` is not looked at."""
        ids = self._access.reach(actor, "customers.read")
        if request.reseller is not None:
            ids = frozenset({self._lookups.reseller(actor, request.reseller, "customers.read").id})
        shops = self._access.shops(actor, "customers.read")
        wanted = request.search.lower()
        for row in self._store.customers.list(after_id=request.after, archived=request.archived):
            if (ids is None or row.reseller_id in ids or row.id in shops) and (not wanted or self._found(row, wanted)):
                yield row

    def _found(self, row: Customer, wanted: str) -> bool:
        person = self._store.people.get(row.person_id)
        if person is not None and any(
            wanted in text.lower() for text in (person.name, person.first_name, person.last_name, person.company, person.email)
        ):
            return True
        return any(wanted in endpoint.number for endpoint in self._store.endpoints.list(row.id))

    def _account_of(self, actor: Actor, reseller: Reseller, request: CustomerCreate) -> Account:
        wanted = request.credit_account
        if isinstance(wanted, (int, str)):
            return self.account_for(actor, reseller, wanted)
        new = wanted or NewCreditAccount()
        with inside("credit_account"):
            values = written(msgspec.structs.replace(new, name=new.name or request.name), ACCOUNT_FIELDS)
            if new.tax_point is None:
                del values["tax_point"]
            currency = None if new.currency is None else str(col.currency(new.currency, "currency"))
            return self._accounts.make(actor, reseller, str(values.pop("name")), currency, values)

    def _check_shop(self, reseller: Reseller, values: dict[str, Sql]) -> None:
        if values.get("call_shop") and not reseller.call_shop_allowed:
            raise UserError("customer.call_shop_not_allowed", field="call_shop")

    def _reseller(self, reseller_id: int) -> Reseller:
        row = self._store.resellers.get(reseller_id)
        if row is None:
            raise NotFound("reseller.unknown")
        return row
