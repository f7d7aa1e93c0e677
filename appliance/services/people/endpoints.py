"""Endpoints: a number and a password each (product.md S4, S5).

A new endpoint gets the next free number of its reseller's range. A released number rests (setting
`numbers.rest_months`, twelve), and its old calls stay with the old customer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.calls.source_addresses import check_source
from appliance.services.ground import columns as col
from appliance.services.ground import forwarding
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.put_away import PutAway, need_alive
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets, check_password
from appliance.services.mail.brand import phone_settings
from appliance.services.mail.messages import Fresh, Messages
from appliance.services.people.caller_numbers import vouch
from appliance.services.people.number_ranges import LONGEST_SHORT, country_of, is_short_number
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.store.trunks import Did
from appliance.wire.endpoints import (
    EndpointCreate,
    EndpointCreated,
    EndpointList,
    EndpointPage,
    EndpointSecret,
    EndpointUpdate,
    EndpointView,
    Forwarding,
)
from appliance.wire.shapes import ById, Done, Listing, Restored

FIELDS = (
    Column("display_name", "display_name", col.text(longest=200)),
    Column("media", "media", col.choice("auto", "always", "never")),
    Column("codecs", "codecs", col.texts()),
    Column("max_calls", "max_calls", col.count()),
    Column("max_bindings", "max_bindings", col.count(5, 1, 100)),
    Column("caller_number", "caller_number", col.digits),
    Column("addresses", "addresses", col.texts(check_source)),
    Column("emergency_address", "emergency_address", col.text()),
    Column("forwarding", "forwarding", forwarding.column),
    Column("disabled", "disabled", col.flag()),
)
"""Fields of requests and of the description file, and their columns."""

LONGEST_NUMBER = 32
MONTH_MS = 2_629_746_000  # a twelfth of a Gregorian year


class Made(NamedTuple):
    """A new endpoint and the password that was made for it, "" where one was given (or none wanted)."""

    endpoint_id: int
    number: str
    password: str


class Endpoints:
    """`make`, `change` and `retire` are the rules for every door."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, secrets: SipSecrets, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._secrets = secrets
        self._messages = messages
        self._put_away = PutAway(room)
        self.number_moved: Callable[[Actor, Did, Did], None] = lambda actor, before, after: None
        """Told of incoming numbers that ring nowhere any more, in the open unit of work."""
        self.number_back: Callable[[Actor, Did, Did], None] = lambda actor, before, after: None
        """Told of those that ring again where they rang before."""
        self.fees_again: Callable[[Actor, int, int | None, int], None] = lambda actor, customer, endpoint, archived_at: None
        """Told whose fees go on: the customer, the endpoint (None: the customer's own fees), and the moment that they had ended at."""

    # rules ---------------------------------------------------------------------------------------------------------
    def make(
        self,
        actor: Actor,
        customer_id: int,
        reseller: Reseller,
        number: str | None,
        password: str | None | UnsetType,
        values: dict[str, Sql],
        auth_name: str | None = None,
    ) -> Made:
        """A new endpoint. A number left out is the next free one; a password left out is made, a null one is none."""
        store = self._store
        now = self._room.clock.utcnow()
        wanted = self._free_number(reseller, now) if number is None else self._wanted_number(reseller, number, now)
        user = str(col.name(auth_name, "auth_name")) if auth_name else wanted
        self._check_auth_name(user, reseller, None)
        made = self._secrets.made() if password is UNSET else ""
        secret = made or (None if password is None or password is UNSET else check_password(password))
        row_id = store.endpoints.insert(customer_id=customer_id, number=wanted, auth_name=user, created_at=now, **values)
        if secret is not None:
            self._secrets.set(row_id, user, reseller.sip_domain, secret)
        store.numbers.assign(wanted, reseller.id, row_id, now)
        self._audit.made(
            actor, "endpoints.create", "endpoint", row_id, {"number": wanted, "customer_id": customer_id, "password": bool(secret), **values}
        )
        vouch(self._room, actor, "endpoint", row_id, values)
        self._room.changes.note("endpoint", row_id)
        return Made(row_id, wanted, made)

    def change(
        self,
        actor: Actor,
        row: Endpoint,
        reseller: Reseller,
        values: dict[str, Sql],
        password: str | None | UnsetType = UNSET,
        auth_name: str | None | UnsetType = UNSET,
        version: int | None = None,
    ) -> bool:
        """Write what differs; whether anything did. The same password again changes nothing."""
        user = row.auth_name if auth_name is UNSET else (auth_name or row.number)
        renamed = user != row.auth_name
        if renamed:
            self._check_auth_name(user, reseller, row.id)
            values = {**values, "auth_name": user}
        changed = differing(values, row)
        if changed:
            self._store.endpoints.update(row.id, changed, version)
            self._audit.changed(actor, "endpoints.update", "endpoint", row.id, row._asdict(), changed)
            vouch(self._room, actor, "endpoint", row.id, changed)
            self._room.changes.note("endpoint", row.id)
        if self._password_differs(row, reseller, password, renamed):
            secret = self._secrets.reveal(row) if password is UNSET else password
            self._secrets.replace(row._replace(auth_name=user), reseller.sip_domain, None if secret is None else check_password(secret))
            self._audit.noted(actor, "endpoints.set_password", "endpoint", row.id, password_sealed=secret is not None)
            return True
        return bool(changed)

    def retire(self, actor: Actor, row: Endpoint) -> None:
        """Out of use; its number rests."""
        now = self._room.clock.utcnow()
        rest_ms = self._room.settings.get("numbers.rest_months", 12) * MONTH_MS
        self._secrets.put_away(row)
        rang: list[str] = []
        for binding in self._store.bindings.of(row.id, 0):
            self._store.bindings.end(row.id, binding.key, now)
        for did in list(self._store.trunks.dids()):
            if did.endpoint_id == row.id:
                rang.append(did.did)
                silent = did._replace(endpoint_id=None)
                self._store.trunks.put_did(*silent)
                self.number_moved(actor, did, silent)
                self._room.changes.note("did", did.trunk_id)
        self._put_away.keep("endpoint", row.id, {"rang": rang})
        self._store.endpoints.archive(row.id, now)
        self._store.numbers.release(row.number, now, now + rest_ms)
        self._audit.noted(actor, "endpoints.archive", "endpoint", row.id, number=row.number)
        self._room.changes.note("endpoint", row.id)

    def bring_back(self, actor: Actor, row: Endpoint, reseller: Reseller, version: int | None = None) -> list[str]:
        """In use again with its password, and the incoming numbers that nobody else has; which ones somebody has.

        Conflict "number.taken" or "endpoint.auth_name_taken" where it is somebody else's itself by now.
        """
        if self._store.endpoints.find(row.number) is not None:
            raise Conflict("number.taken", field="id", number=row.number)
        self._check_auth_name(row.auth_name, reseller, row.id)
        self._store.endpoints.restore(row.id, version)
        self._store.numbers.assign(row.number, reseller.id, row.id, self._room.clock.utcnow())
        self._secrets.bring_back(row, reseller.sip_domain)
        left: list[str] = []
        for number in self._put_away.take("endpoint", row.id).get("rang", ()):
            did = self._store.trunks.find_did(number)
            if did is None or did.endpoint_id is not None or not self._has(reseller, did):
                left.append(number)
                continue
            ringing = did._replace(endpoint_id=row.id)
            self._store.trunks.put_did(*ringing)
            self.number_back(actor, did, ringing)
            self._room.changes.note("did", did.trunk_id)
        self.fees_again(actor, row.customer_id, row.id, row.archived_at or 0)
        self._audit.noted(actor, "endpoints.restore", "endpoint", row.id, number=row.number)
        self._room.changes.note("endpoint", row.id)
        return left

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: EndpointList | Listing) -> EndpointPage:
        """Endpoints of the actor's customers by id; `search` is part of a number or name."""
        whose = None
        if isinstance(request, EndpointList) and request.customer is not None:
            whose = self._lookups.customer(actor, request.customer, request.reseller, "endpoints.read", archived=True).id
        ids = self._access.reach(actor, "endpoints.read")
        if request.reseller is not None:
            ids = frozenset({self._lookups.reseller(actor, request.reseller, "endpoints.read").id})
        shops = self._access.shops(actor, "endpoints.read")
        wanted = request.search.lower()
        limit = max(1, min(request.limit, 1000))
        found: list[EndpointView] = []
        for row in self._store.endpoints.list(whose, archived=request.archived):
            if row.id <= request.after or not (wanted in row.number or wanted in row.display_name.lower()):
                continue
            customer = self._store.customers.get(row.customer_id)
            if customer is None or not (ids is None or customer.reseller_id in ids or customer.id in shops):
                continue
            found.append(self.view(row, customer))
            if len(found) > limit:
                break
        return EndpointPage(found[:limit], found[limit - 1].id if len(found) > limit else 0)

    def get(self, actor: Actor, request: ById) -> EndpointView:
        """One endpoint, archived ones too."""
        return self.view(*self._lookups.endpoint(actor, request.id, "endpoints.read", "id", archived=True))

    def create(self, actor: Actor, request: EndpointCreate) -> EndpointCreated:
        """A further endpoint of a customer; its made password is shown this once."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "endpoints.write")
            reseller = self._reseller(customer.reseller_id)
            password: str | UnsetType = UNSET if request.password is None else request.password
            made = self.make(actor, customer.id, reseller, request.number, password, written(request, FIELDS), request.auth_name)
            row = self._store.endpoints.get(made.endpoint_id)
            assert row is not None
            secret = made.password or request.password or ""
            if request.send_details:
                self._messages.details(actor, customer, row, Fresh(password=secret), field="send_details")
            return EndpointCreated(self.view(row, customer), secret)

    def update(self, actor: Actor, request: EndpointUpdate) -> EndpointView:
        """Anything but the number."""
        with self._room.changes.unit():
            row, customer = self._lookups.endpoint(actor, request.id, "endpoints.write", "id")
            self.change(actor, row, self._reseller(customer.reseller_id), written(request, FIELDS), request.password, version=request.version)
            return self.get(actor, ById(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use: what has facts is never deleted."""
        with self._room.changes.unit():
            row, _ = self._lookups.endpoint(actor, request.id, "endpoints.write", "id")
            self.retire(actor, row)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again with the password it had (kept for 30 days) and the incoming numbers that rang it, but for those somebody else has now."""
        with self._room.changes.unit():
            row, customer = self._lookups.endpoint(actor, request.id, "endpoints.write", "id", archived=True)
            if row.archived_at is None:
                return Restored(row.id, [])
            need_alive(customer.name, customer.archived_at)
            return Restored(row.id, self.bring_back(actor, row, self._reseller(customer.reseller_id), request.version))

    def reveal(self, actor: Actor, request: ById) -> EndpointSecret:
        """The password, for a settings sheet; audited."""
        with self._room.changes.unit():
            row, customer = self._lookups.endpoint(actor, request.id, "endpoints.reveal", "id")
            self._audit.noted(actor, "endpoints.reveal", "endpoint", row.id, number=row.number)
            phone = phone_settings(self._room, row, self._reseller(customer.reseller_id))
            secret = self._secrets.reveal(row)
            able = self._room.hot.takes_emergency_calls()
            where = (phone.server, phone.port, phone.transport)
            return EndpointSecret(phone.number, phone.user, phone.realm, secret, *where, list(phone.codecs), able)

    def view(self, row: Endpoint, customer: Customer) -> EndpointView:
        """The row as lists show it."""
        bound = next(iter(self._store.bindings.of(row.id, self._room.clock.utcnow())), None)
        return EndpointView(
            id=row.id,
            version=row.version,
            customer=customer.name,
            customer_id=customer.id,
            number=row.number,
            auth_name=row.auth_name,
            realm=self._reseller(customer.reseller_id).sip_domain,
            display_name=row.display_name,
            media=row.media,
            codecs=json.loads(row.codecs),
            max_calls=row.max_calls,
            max_bindings=row.max_bindings,
            caller_number=row.caller_number,
            addresses=json.loads(row.addresses),
            emergency_address=row.emergency_address,
            disabled=bool(row.disabled),
            registered=bound is not None,
            archived_at=stamp(row.archived_at),
            forwarding=Forwarding(**json.loads(row.forwarding)),
        )

    # checks --------------------------------------------------------------------------------------------------------
    def _has(self, reseller: Reseller, did: Did) -> bool:
        """Whether an incoming number is still this reseller's: not taken back from it, nor sold on."""
        sales, trunk = self._store.number_sales.of(did.did), self._store.trunks.get(did.trunk_id)
        sold_on = any(each.parent_id == reseller.id for buyer in sales if (each := self._store.resellers.get(buyer)) is not None)
        return not sold_on and (not sales or reseller.id in sales or (trunk is not None and trunk.reseller_id == reseller.id))

    def _free_number(self, reseller: Reseller, now: int) -> str:
        number = self._store.numbers.next_free(reseller.id, reseller.number_first, reseller.number_last, now)
        if number is None:
            raise Conflict("number.range_full", field="number", range=f"{reseller.number_first}-{reseller.number_last}")
        return number

    def _wanted_number(self, reseller: Reseller, number: str, now: int) -> str:
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            raise UserError("number.not_digits", field="number", number=number[:64])
        if len(number) <= LONGEST_SHORT and is_short_number(number, country_of(reseller.country, reseller.timezone)):
            raise UserError("number.short_number", field="number", number=number)
        if self._store.endpoints.find(number) is not None:
            raise Conflict("number.taken", field="number", number=number)
        row = self._store.numbers.find(number)
        if row is not None and row.rests_until_at is not None and row.rests_until_at > now:
            raise Conflict("number.resting", field="number", number=number, until=stamp(row.rests_until_at))
        return number

    def _check_auth_name(self, auth_name: str, reseller: Reseller, own_id: int | None) -> None:
        for other in self._store.endpoints.find_auth(auth_name):
            customer = self._store.customers.get(other.customer_id)
            if other.id != own_id and customer is not None and customer.reseller_id == reseller.id:
                raise Conflict("endpoint.auth_name_taken", field="auth_name", auth_name=auth_name)

    def _password_differs(self, row: Endpoint, reseller: Reseller, password: str | None | UnsetType, renamed: bool) -> bool:
        if password is UNSET:
            return renamed and row.password_sealed is not None
        if password is None:
            return row.password_sealed is not None
        return renamed or not self._secrets.is_set(row, reseller.sip_domain, password)

    def _reseller(self, reseller_id: int) -> Reseller:
        row = self._store.resellers.get(reseller_id)
        if row is None:
            raise NotFound("reseller.unknown")
        return row
