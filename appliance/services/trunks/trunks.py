"""Trunks: carriers and gateways, and the incoming numbers that belong to them."""

from __future__ import annotations

import json
from collections.abc import Callable

from msgspec import UNSET, UnsetType

from appliance.errors import Conflict, Forbidden, NotFound
from appliance.services.calls.source_addresses import check_host, check_source, check_tls_name
from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.put_away import PutAway, need_alive
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import check_password
from appliance.services.trunks.number_fees import Incoming, NumberFees, did_row, number_view
from appliance.services.trunks.number_sales import NumberSales
from appliance.services.trunks.own_certificates import certificate_columns
from appliance.services.trunks.own_certificates import purpose as certificate_purpose
from appliance.services.trunks.trunk_fields import allowed_hours, health_view, number_rules, rule_views
from appliance.services.trunks.trunk_states import TrunkStates
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.store.trunks import Did, Trunk
from appliance.wire.shapes import ById, Done, Listing, Restored
from appliance.wire.trunks import TrunkCreate, TrunkNumberRemove, TrunkPage, TrunkUpdate, TrunkView

FIELDS = (
    Column("name", "name", col.name),
    Column("host", "host", check_host),
    Column("port", "port", col.count(5060, 0, 65535)),
    Column("transport", "transport", col.choice("udp", "tcp", "tls")),
    Column("username", "username", col.optional_text),
    Column("register", "register", col.flag()),
    Column("addresses", "addresses", col.texts(check_source)),
    Column("max_calls", "max_calls", col.count()),
    Column("strip", "strip", col.count(0, 0, 32)),
    Column("prepend", "prepend", col.text(longest=32)),
    Column("media", "media", col.choice("auto", "always", "never")),
    Column("codecs", "codecs", col.texts()),
    Column("main_number", "main_number", col.digits),
    Column("emergency", "emergency", col.flag()),
    Column("trusted", "trusted", col.flag()),
    Column("disabled", "disabled", col.flag()),
    Column("rules", "rules", number_rules),
    Column("caller_rules", "caller_rules", number_rules),
    Column("hours", "hours", allowed_hours),
    Column("never_rests", "never_rests", col.flag()),
    Column("tls_name", "tls_name", check_tls_name),
    Column("emergency_location", "emergency_location", col.flag()),
)
"""Fields of requests and of the description file, and their columns."""

Texts = list[str]
Secret = str | None | UnsetType
"""UNSET: stays as it is."""


class Trunks:
    """`make`, `change` and `put_number` are the rules for every door. `states` and `calls_of` are a running server's."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self.states: TrunkStates | None = None
        self.watch: TrunkWatch | None = None
        self.fees = NumberFees(room)
        self.sales = NumberSales(room, access, lookups, audit, self.fees, once)
        self._put_away = PutAway(room)
        self.calls_of: Callable[[int], int] = lambda trunk: 0

    # rules ---------------------------------------------------------------------------------------------------------
    def make(self, actor: Actor, reseller: Reseller, values: dict[str, Sql], password: Secret = UNSET, certificate: Secret = UNSET) -> Trunk:
        """A new trunk of a reseller; the root's serve everybody. `certificate`: see own_certificates."""
        self._check_owner(actor, reseller)
        if self._store.trunks.find(str(values["name"])) is not None:
            raise Conflict("trunk.name_taken", field="name", name=str(values["name"]))
        self._check_tls_name(values)
        merged: dict[str, Sql] = {"port": 5060, "transport": "udp", **values}
        row_id = self._store.trunks.insert(reseller_id=reseller.id, created_at=self._room.clock.utcnow(), **merged)
        secrets: dict[str, Sql] = {} if not isinstance(certificate, str) else certificate_columns(self._room, row_id, certificate, None)
        if isinstance(password, str):
            secrets["password_sealed"] = self._room.sealer.seal(check_password(password), purpose(row_id))
        if secrets:
            merged |= secrets
            self._store.trunks.update(row_id, secrets)
        self._audit.made(actor, "trunks.create", "trunk", row_id, merged)
        self._room.changes.note("trunk", row_id)
        return self._row(row_id)

    def change(
        self, actor: Actor, row: Trunk, values: dict[str, Sql], password: Secret = UNSET, certificate: Secret = UNSET, version: int | None = None
    ) -> bool:
        """Write what differs; whether anything did."""
        changed = differing(values, row)
        if certificate is not UNSET:
            changed |= differing(certificate_columns(self._room, row.id, certificate, self.certificate(row)), row)
        if "name" in changed and self._store.trunks.find(str(changed["name"])) is not None:
            raise Conflict("trunk.name_taken", field="name", name=str(changed["name"]))
        self._check_tls_name(changed)
        if password is not UNSET and password != self.password(row):
            changed["password_sealed"] = None if password is None else self._room.sealer.seal(check_password(password), purpose(row.id))
        if not changed:
            return False
        self._store.trunks.update(row.id, changed, version)
        if "name" in changed:
            self._rename_accounts(row, str(changed["name"]))
        self._audit.changed(actor, "trunks.update", "trunk", row.id, row._asdict(), changed)
        self._room.changes.note("trunk", row.id)
        return True

    def _check_tls_name(self, values: dict[str, Sql]) -> None:
        """One certificate leads to one trunk."""
        name = str(values.get("tls_name", ""))
        if name and self._store.trunks.find_tls_name(name) is not None:
            raise Conflict("trunk.tls_name_taken", field="tls_name", name=name)

    def _rename_accounts(self, row: Trunk, name: str) -> None:
        """The accounts with the carrier are called as the trunk is, so that the books can be read."""
        for account_id in self._store.carriers.accounts_of(row.id):
            account = self._store.accounts.get(account_id)
            assert account is not None  # foreign key
            taken = self._store.accounts.find(account.reseller_id, "carrier", name, account.currency) is not None
            self._store.accounts.update(account_id, {"name": f"{name} ({row.id})" if taken else name})

    def password(self, row: Trunk) -> str | None:
        """Our password at the carrier."""
        return None if row.password_sealed is None else self._room.sealer.open(row.password_sealed, purpose(row.id))

    def certificate(self, row: Trunk) -> str | None:
        """What its carrier is shown, as PEM with the key; None: the server's own."""
        return None if row.certificate_sealed is None else self._room.sealer.open(row.certificate_sealed, certificate_purpose(row.id))

    def put_number(self, actor: Actor, row: Trunk, number: Incoming, *, set_up: bool = True) -> bool:
        """An incoming number of this trunk, the endpoint (by number) that it rings, and what it costs; whether anything changed.

        `set_up`: whether its new customer pays for that.
        """
        did, endpoint = number.did, number.endpoint
        endpoint_id: int | None = None
        before = self._store.trunks.find_did(did)
        if isinstance(endpoint, str):
            found = self._store.endpoints.find(endpoint)
            if found is None:
                raise NotFound("endpoint.unknown", field="endpoint", endpoint=endpoint)
            endpoint_id = found.id
        elif endpoint is UNSET and before is not None:
            endpoint_id = before.endpoint_id
        after = did_row(number, row.id, endpoint_id, before)
        if after == before:
            return False
        if before is not None:
            self._check_unsold(before)
        self._store.trunks.put_did(*after)
        self.fees.follow(actor, before, after, set_up=set_up)
        self._audit.noted(actor, "trunks.put_number", "trunk", row.id, **{**after._asdict(), "trunk_id": row.id})
        self._room.changes.note("did", row.id)
        return True

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> TrunkPage:
        """The actor's trunks by id."""
        reach = self._access.reach(actor, "trunks.read")
        rows = self._store.trunks.list(archived=request.archived)
        wanted = request.search.lower()
        return TrunkPage([self.view(row) for row in rows if (reach is None or row.reseller_id in reach) and wanted in row.name.lower()])

    def get(self, actor: Actor, request: ById) -> TrunkView:
        """One trunk, archived ones too."""
        return self.view(self._lookups.trunk(actor, request.id, "trunks.read", "id", archived=True))

    def create(self, actor: Actor, request: TrunkCreate) -> TrunkView:
        """A trunk with its incoming numbers."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "trunks.write")
            values = written(request, FIELDS)
            if request.cost_tariff is not None:
                values["cost_tariff_id"] = self._lookups.tariff_of(reseller, request.cost_tariff, "cost_tariff").id
            row = self.make(actor, reseller, values, UNSET if request.password is None else request.password, request.certificate)
            for number in request.numbers:
                self.put_number(actor, row, number)
            return self.view(self._row(row.id))

    def update(self, actor: Actor, request: TrunkUpdate) -> TrunkView:
        """Changes of a trunk; running calls keep what they began with."""
        with self._room.changes.unit():
            row = self._lookups.trunk(actor, request.id, "trunks.write", "id")
            reseller = self._lookups.reseller(actor, row.reseller_id, "trunks.write")
            values = written(request, FIELDS)
            if request.cost_tariff is None:
                values["cost_tariff_id"] = None
            elif request.cost_tariff is not UNSET:
                values["cost_tariff_id"] = self._lookups.tariff_of(reseller, request.cost_tariff, "cost_tariff").id
            self.change(actor, row, values, request.password, request.certificate, request.version)
            if request.numbers is not UNSET:
                for number in request.numbers:
                    self.put_number(actor, row, number)
            return self.view(self._row(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use: no route names it any more, and its numbers ring nowhere."""
        with self._room.changes.unit():
            row = self._lookups.trunk(actor, request.id, "trunks.write", "id")
            if any(step.trunk_id == row.id for step in self._store.routes.trunks()):
                raise Conflict("trunk.in_use", field="id", trunk=row.name)
            self.put_away(actor, row)
            return Done(row.id)

    def put_away(self, actor: Actor, row: Trunk) -> None:
        """Out of use; its numbers, and whom they were sold to, are kept for the day that it is restored."""
        numbers = []
        for did in list(self._store.trunks.dids(row.id)):
            numbers.append([list(did), self.sales.sold(did)])
            self.sales.taken_from(actor, did)
            self.fees.follow(actor, did, None)
        self._put_away.keep("trunk", row.id, {"numbers": numbers})
        self._store.trunks.set_dids(row.id, ())
        self._store.trunks.archive(row.id, self._room.clock.utcnow())
        self._audit.noted(actor, "trunks.archive", "trunk", row.id, name=row.name)
        self._room.changes.note("trunk", row.id)
        self._room.changes.note("did", row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again with the incoming numbers that no other trunk has now; whoever they were sold to has them again. Routes name it anew."""
        with self._room.changes.unit():
            row = self._lookups.trunk(actor, request.id, "trunks.write", "id", archived=True)
            return Restored(row.id, [] if row.archived_at is None else self.bring_back(actor, row, request.version))

    def bring_back(self, actor: Actor, row: Trunk, version: int | None = None) -> Texts:
        """In use again; the numbers that another trunk has by now. Conflict "trunk.name_taken", "trunk.tls_name_taken", "restore.needs_first"."""
        store = self._store
        owner, cost = store.resellers.get(row.reseller_id), None if row.cost_tariff_id is None else store.tariffs.get(row.cost_tariff_id)
        for needed in (owner, cost):
            if needed is not None:
                need_alive(needed.name, needed.archived_at)
        if store.trunks.find(row.name) is not None:
            raise Conflict("trunk.name_taken", field="id", name=row.name)
        self._check_tls_name({"tls_name": row.tls_name})
        store.trunks.restore(row.id, version)
        left: list[str] = []
        for fields, sold in self._put_away.take("trunk", row.id).get("numbers", ()):
            did = Did(*fields)
            endpoint = None if did.endpoint_id is None else store.endpoints.get(did.endpoint_id)
            if store.trunks.find_did(did.did) is not None:
                left.append(did.did)
                continue
            if endpoint is None or endpoint.archived_at is not None:
                did = did._replace(endpoint_id=None)
            store.trunks.put_did(*did)
            self.sales.sold_again(actor, did, sold)
            self.fees.ring_again(actor, None, did)
        self._audit.noted(actor, "trunks.restore", "trunk", row.id, name=row.name)
        self._room.changes.note("trunk", row.id)
        self._room.changes.note("did", row.id)
        return left

    def remove_number(self, actor: Actor, request: TrunkNumberRemove) -> Done:
        """The number comes in no more."""
        return self._once.do(actor, "trunks.remove_number", request.request_id, request, Done, lambda: self._remove_number(actor, request))

    def _remove_number(self, actor: Actor, request: TrunkNumberRemove) -> Done:
        did = self._store.trunks.find_did(request.did)
        if did is None:
            raise NotFound("did.unknown", field="did", did=request.did)
        row = self._lookups.trunk(actor, did.trunk_id, "trunks.write", "did")
        self.sales.taken_from(actor, did)
        self._store.trunks.remove_did(request.did)
        self.fees.follow(actor, did, None)
        self._audit.noted(actor, "trunks.remove_number", "trunk", row.id, did=request.did)
        self._room.changes.note("did", row.id)
        return Done(row.id)

    def _sold_to(self, did: Did) -> str | None:
        """The sub-reseller that has a number directly from the trunk's reseller."""
        holders = self.sales.holders(did)
        buyer = self._store.resellers.get(holders[1]) if len(holders) > 1 else None
        return None if buyer is None else buyer.name

    def _check_unsold(self, did: Did) -> None:
        """What a number that was sold on rings is its buyer's to say."""
        buyer = self._sold_to(did)
        if buyer is not None:
            raise Conflict("did.sold", field="did", did=did.did, reseller=buyer)

    def _currency_of(self, endpoint: Endpoint | None) -> str:
        """Of the account that pays for what an endpoint does."""
        customer = None if endpoint is None else self._store.customers.get(endpoint.customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        return "" if account is None else account.currency

    def view(self, row: Trunk) -> TrunkView:
        """The row with names instead of ids, without the password."""
        reseller = self._store.resellers.get(row.reseller_id)
        tariff = None if row.cost_tariff_id is None else self._store.tariffs.get(row.cost_tariff_id)
        state = None if self.states is None or not row.register or row.disabled else self.states.of(row.id)
        numbers = []
        for did in self._store.trunks.dids(row.id):
            endpoint = None if did.endpoint_id is None else self._store.endpoints.get(did.endpoint_id)
            number = None if endpoint is None else endpoint.number
            numbers.append(number_view(did, number, self._currency_of(endpoint), self._sold_to(did)))
        return TrunkView(
            id=row.id,
            version=row.version,
            reseller="" if reseller is None else reseller.name,
            name=row.name,
            host=row.host,
            port=row.port,
            transport=row.transport,
            username=row.username,
            has_password=row.password_sealed is not None,
            register=bool(row.register),
            addresses=json.loads(row.addresses),
            cost_tariff=None if tariff is None else tariff.name,
            max_calls=row.max_calls,
            strip=row.strip,
            prepend=row.prepend,
            media=row.media,
            codecs=json.loads(row.codecs),
            main_number=row.main_number,
            emergency=bool(row.emergency),
            trusted=bool(row.trusted),
            disabled=bool(row.disabled),
            numbers=numbers,
            archived_at=stamp(row.archived_at),
            registered=None if state is None else state.registered,
            reason="" if state is None else state.reason,
            since=None if state is None else stamp(state.since_at),
            calls=self.calls_of(row.id),
            next_try=None if state is None else stamp(state.next_try_at),
            rules=rule_views(row.rules),
            caller_rules=rule_views(row.caller_rules),
            hours=row.hours,
            never_rests=bool(row.never_rests),
            tls_name=row.tls_name,
            emergency_location=bool(row.emergency_location),
            certificate_name=row.certificate_name,
            certificate_until=stamp(row.certificate_until_at),
            health=None if self.watch is None or row.archived_at is not None else health_view(self.watch, row.id),
        )

    def _check_owner(self, actor: Actor, reseller: Reseller) -> None:
        """A reseller has trunks of its own only where its parent allows it."""
        if reseller.parent_id is not None and not reseller.own_trunks_allowed and not self._access.may(actor, "trunks.write", reseller.parent_id):
            raise Forbidden("trunk.own_not_allowed", field="reseller")

    def _row(self, row_id: int) -> Trunk:
        row = self._store.trunks.get(row_id)
        if row is None:
            raise NotFound("trunk.unknown")
        return row


def purpose(trunk_id: int) -> str:
    """What a sealed carrier password is bound to."""
    return f"trunk:{trunk_id}"
