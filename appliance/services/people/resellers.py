"""Resellers: the tree, who buys by which tariff, and each one's credit account with its parent (product.md S14)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.money import format_amount, format_percent, parse_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.put_away import PutAway, need_alive
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets
from appliance.services.people import number_ranges
from appliance.services.people.caller_numbers import vouch
from appliance.services.prices.retail import Retail
from appliance.store.resellers import Reseller
from appliance.store.trunks import Trunk
from appliance.wire.resellers import ResellerCreate, ResellerPage, ResellerUpdate, ResellerView
from appliance.wire.shapes import ById, Done, Listing, Restored, given

FIELDS = (
    Column("name", "name", col.name),
    Column("sip_domain", "sip_domain", col.domain),
    Column("web_hosts", "web_hosts", col.texts(lambda host, field: str(col.domain(host, field)))),
    Column("retail_markup_percent", "retail_markup_ppm", col.percent()),
    Column("timezone", "timezone", col.timezone("UTC")),
    Column("language", "language", col.language("en")),
    Column("country", "country", col.country),
    Column("call_shop_allowed", "call_shop_allowed", col.flag(True)),
    Column("may_have_resellers", "may_have_resellers", col.flag()),
    Column("own_trunks_allowed", "own_trunks_allowed", col.flag()),
    Column("max_calls", "max_calls", col.count()),
    Column("caller_number", "caller_number", col.digits),
    Column("dial_plan", "dial_plan", col.plan("{}")),
    Column("disabled", "disabled", col.flag()),
)
"""Fields of requests and of the description file, and their columns."""

BUSINESS_FIELDS = (
    *(Column(each, each, col.text(longest=200)) for each in ("company", "phone", "email")),
    Column("address", "address", col.text()),
    Column("vat_number", "vat_number", col.optional_text),
)
"""What it says of itself on its papers and in its e-mails; kept with its name, apart from facts."""

Texts = list[str]

ACCOUNT_PREFIX = "reseller:"


class Resellers:
    """`make` and `change` are the rules for every door; `create` and `update` answer requests."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, secrets: SipSecrets, retail: Retail) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._secrets = secrets
        self._retail = retail
        self._kept = PutAway(room)
        self.trunk_back: Callable[[Actor, Trunk], Sequence[str]] = lambda actor, trunk: ()
        """Told of a trunk that is restored with its reseller; the numbers that another trunk has by now."""

    # rules ---------------------------------------------------------------------------------------------------------
    def make(
        self,
        actor: Actor,
        parent: Reseller | None,
        values: dict[str, Sql],
        currency: str | None,
        number_range: str | None,
        credit_limit_micros: int = 0,
    ) -> Reseller:
        """A new reseller with its credit account at the parent; the root has none. `values` are columns."""
        store = self._store
        if parent is None and store.resellers.root() is not None:
            raise Conflict("reseller.second_root", field="parent")
        self.check_parent(actor, parent)
        name = str(values["name"])
        self._check_name(name, None)
        everyone = list(store.resellers.list())
        first, last = number_ranges.free_range(everyone) if number_range is None else number_ranges.parse_range(number_range)
        values = {"timezone": "UTC", "sip_domain": self._free_domain(name), **values, "number_first": first, "number_last": last}
        number_ranges.check_range(first, last, number_ranges.country_of(str(values.get("country", "")), str(values["timezone"])))
        self._check_domain(str(values["sip_domain"]), None)
        self._check_hosts(values, None)
        now = self._room.clock.utcnow()
        own = currency or (parent.currency if parent is not None else "EUR")
        person = store.people.insert(kind="reseller", reseller_id=None if parent is None else parent.id, name=name)
        row_id = store.resellers.insert(parent_id=None if parent is None else parent.id, person_id=person, currency=own, created_at=now, **values)
        if parent is not None:
            account = store.accounts.insert(
                kind="credit",
                reseller_id=parent.id,
                name=ACCOUNT_PREFIX + name,
                currency=own,
                owner_reseller_id=row_id,
                credit_limit_micros=credit_limit_micros,
                tax_point="usage",
                created_at=now,
            )
            store.resellers.update(row_id, {"credit_account_id": account})
            self._room.changes.note("account", account)
        self._audit.made(actor, "resellers.create", "reseller", row_id, {**values, "currency": own})
        vouch(self._room, actor, "reseller", row_id, values)
        self._room.changes.note("reseller", row_id)
        return self._row(row_id)

    def change(self, actor: Actor, row: Reseller, values: dict[str, Sql], number_range: str | None = None, version: int | None = None) -> bool:
        """Write what differs; whether anything did. A new SIP domain keeps the old realm valid."""
        if number_range is not None:
            first, last = number_ranges.parse_range(number_range)
            values = {**values, "number_first": first, "number_last": last}
        changed = differing(values, row)
        if not changed:
            return False
        if {"number_first", "number_last", "country"} & changed.keys():
            merged = {**row._asdict(), **changed}
            country = number_ranges.country_of(merged["country"], merged["timezone"])
            number_ranges.check_range(merged["number_first"], merged["number_last"], country)
        if "name" in changed:
            self._check_name(str(changed["name"]), row.id)
            self._store.people.update(row.person_id, {"name": changed["name"]})
            if row.credit_account_id is not None:
                self._store.accounts.update(row.credit_account_id, {"name": ACCOUNT_PREFIX + str(changed["name"])})
        self._check_hosts(changed, row.id)
        if "sip_domain" in changed:
            self._check_domain(str(changed["sip_domain"]), row.id)
            old = [each for each in json.loads(row.old_sip_domains) if each != changed["sip_domain"]]
            changed["old_sip_domains"] = json.dumps([*old, row.sip_domain])
        self._store.resellers.update(row.id, changed, version)
        if "sip_domain" in changed:
            self._secrets.new_realm(row.id, str(changed["sip_domain"]))
        self._audit.changed(actor, "resellers.update", "reseller", row.id, row._asdict(), changed)
        vouch(self._room, actor, "reseller", row.id, changed)
        self._room.changes.note("reseller", row.id)
        return True

    def introduce(self, actor: Actor, row: Reseller, values: dict[str, Sql]) -> bool:
        """What the business says of itself; whether anything changed."""
        person = self._store.people.get(row.person_id)
        assert person is not None  # foreign key
        changed = differing(values, person)
        if changed:
            self._store.people.update(row.person_id, changed)
            self._audit.changed(actor, "resellers.update", "reseller", row.id, person._asdict(), changed)
            self._room.changes.note("reseller", row.id)
        return bool(changed)

    def assign_tariff(self, actor: Actor, row: Reseller, tariff_id: int | None) -> bool:
        """What the reseller buys by from now on; running calls keep the price they began with.

        What it derived from, or sold by, the tariff it bought by until now follows it to the new one.
        """
        if row.tariff_id == tariff_id:
            return False
        if row.parent_id is None:
            raise UserError("reseller.root_buys_from_carriers", field="tariff")
        self._store.resellers.update(row.id, {"tariff_id": tariff_id})
        self._audit.changed(actor, "resellers.assign_tariff", "reseller", row.id, {"tariff_id": row.tariff_id}, {"tariff_id": tariff_id})
        self._room.changes.note("reseller", row.id)
        if row.tariff_id is not None and tariff_id is not None:
            self._retail.rehang(actor, row, row.tariff_id, tariff_id)
        return True

    def set_limit(self, actor: Actor, row: Reseller, credit_limit_micros: int) -> bool:
        """How far below zero the reseller's account with its parent may go."""
        account = None if row.credit_account_id is None else self._store.accounts.get(row.credit_account_id)
        if account is None:
            if credit_limit_micros:
                raise UserError("reseller.root_has_no_account", field="credit_limit")
            return False
        if account.credit_limit_micros == credit_limit_micros:
            return False
        self._room.ledger.set_limit(account.id, credit_limit_micros)
        self._audit.changed(
            actor,
            "credit_accounts.update",
            "account",
            account.id,
            {"credit_limit_micros": account.credit_limit_micros},
            {"credit_limit_micros": credit_limit_micros},
        )
        self._room.changes.note("account", account.id)
        return True

    def notices(self, row: Reseller) -> list[str]:
        """What is allowed and still worth saying about its number range."""
        others = [other for other in self._store.resellers.list() if other.id != row.id]
        return number_ranges.warnings(row.name, row.number_first, row.number_last, others)

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> ResellerPage:
        """The tree as far as the actor reaches, parents first."""
        reach = self._access.reach(actor, "resellers.read")
        rows = [row for row in self._store.resellers.list(archived=request.archived) if reach is None or row.id in reach]
        return ResellerPage([self.view(row) for row in rows])

    def get(self, actor: Actor, request: ById) -> ResellerView:
        """One reseller, archived ones too."""
        return self.view(self._lookups.reseller(actor, request.id, "resellers.read", archived=True))

    def create(self, actor: Actor, request: ResellerCreate) -> ResellerView:
        """A reseller below `parent`, with the automatic retail tariff."""
        with self._room.changes.unit():
            root = self._store.resellers.root()
            parent = None if root is None and request.parent is None else self._lookups.reseller(actor, request.parent, "resellers.write", "parent")
            if parent is None:
                self._access.need(actor, "resellers.write", None)
            limit = parse_amount(request.credit_limit, "credit_limit")
            currency = None if request.currency is None else str(col.currency(request.currency, "currency"))
            values = {column: value for column, value in written(request, FIELDS).items() if column != "sip_domain" or request.sip_domain is not None}
            row = self.make(actor, parent, values, currency, request.number_range, limit)
            if request.tariff is not None and parent is not None:
                self.assign_tariff(actor, row, self._lookups.tariff_of(parent, request.tariff).id)
                row = self._row(row.id)
            self._retail.ensure(actor, row)
            self.introduce(actor, row, written(request, BUSINESS_FIELDS))
            return self.view(row, self.notices(row))

    def update(self, actor: Actor, request: ResellerUpdate) -> ResellerView:
        """Changes of a reseller. Its tariff and limit are its parent's to set, the rest its own."""
        with self._room.changes.unit():
            row = self._lookups.reseller(actor, request.id, "resellers.write", "id")
            number_range = given(request.number_range, "") or None
            said: list[str] = []
            if request.sip_domain != row.sip_domain and isinstance(request.sip_domain, str):
                said = [f"{self._secrets.phones(row.id)} phones are set up with {row.sip_domain}; it stays valid until it is ended"]
            markup_before = row.retail_markup_ppm
            self.change(actor, row, written(request, FIELDS), number_range, request.version)
            self.introduce(actor, row, written(request, BUSINESS_FIELDS))
            if isinstance(request.credit_limit, str):
                self._need_parent(actor, row)
                self.set_limit(actor, row, parse_amount(request.credit_limit, "credit_limit"))
            if isinstance(request.tariff, (int, str)) or request.tariff is None:
                self._need_parent(actor, row)
                parent = None if row.parent_id is None else self._row(row.parent_id)
                tariff = None if request.tariff is None or parent is None else self._lookups.tariff_of(parent, request.tariff).id
                self.assign_tariff(actor, row, tariff)
            row = self._row(row.id)
            self._retail.follow(actor, row, markup_before)
            return self.view(row, said + (self.notices(row) if number_range else []))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use: without customers, resellers below it, or money on its account."""
        with self._room.changes.unit():
            row = self._lookups.reseller(actor, request.id, "resellers.write", "id")
            if row.parent_id is None:
                raise Conflict("reseller.root_stays", field="id")
            self._need_parent(actor, row)
            if next(self._store.customers.list(row.id), None) is not None or next(self._store.resellers.children(row.id), None) is not None:
                raise Conflict("reseller.not_empty", field="id")
            if row.credit_account_id is not None:
                if self._store.accounts.balance(row.credit_account_id):
                    raise Conflict("account.not_settled", field="id")
                self._store.accounts.archive(row.credit_account_id, self._room.clock.utcnow())
            self._put_away(row)
            self._store.resellers.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "resellers.archive", "reseller", row.id, name=row.name)
            self._room.changes.note("reseller", row.id)
            return Done(row.id)

    def _put_away(self, row: Reseller) -> None:
        """What an archived reseller leaves: nobody sells, routes or signs in by it any more. All of it is kept for `restore`."""
        store, now = self._store, self._room.clock.utcnow()
        routes, trunks, tariffs, grants = [], [], [], []
        for route in list(store.routes.list(row.id)):
            routes.append([route.prefix, route.order, [[step.trunk_id, step.weight] for step in store.routes.trunks(route.id)]])
            store.routes.remove(route.id)
            self._room.changes.note("route", route.id)
        for trunk in [each for each in store.trunks.list() if each.reseller_id == row.id]:
            trunks.append(trunk.id)
            self._kept.keep("trunk", trunk.id, {"numbers": [[list(did), []] for did in store.trunks.dids(trunk.id)]})
            store.trunks.set_dids(trunk.id, ())
            store.trunks.archive(trunk.id, now)
            self._room.changes.note("trunk", trunk.id)
        for tariff in list(store.tariffs.list(row.id)):
            tariffs.append(tariff.id)
            store.tariffs.archive(tariff.id, now)
            self._room.changes.note("tariff", tariff.id)
        for grant in [each for each in store.operators.grants() if each.reseller_id == row.id]:
            grants.append([grant.operator_id, grant.role])
            store.operators.revoke(grant.id)
            self._room.changes.note("operator", grant.operator_id)
        self._kept.keep("reseller", row.id, {"routes": routes, "trunks": trunks, "tariffs": tariffs, "grants": grants})

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again with the account, tariffs, trunks, routes and operators that went out of use with it."""
        with self._room.changes.unit():
            row = self._lookups.reseller(actor, request.id, "resellers.write", "id", archived=True)
            self._need_parent(actor, row)
            if row.archived_at is None:
                return Restored(row.id, [])
            parent = None if row.parent_id is None else self._row(row.parent_id)
            tariff = None if row.tariff_id is None else self._store.tariffs.get(row.tariff_id)
            for needed in (parent, tariff):
                if needed is not None:
                    need_alive(needed.name, needed.archived_at)
            self._check_name(row.name, row.id)
            self._check_domain(row.sip_domain, row.id)
            self._check_hosts({"web_hosts": row.web_hosts}, row.id)
            if row.credit_account_id is not None:
                self._store.accounts.restore(row.credit_account_id)
                self._room.changes.note("account", row.credit_account_id)
            self._store.resellers.restore(row.id, request.version)
            left = self._bring_back(actor, row, self._kept.take("reseller", row.id))
            self._audit.noted(actor, "resellers.restore", "reseller", row.id, name=row.name)
            self._room.changes.note("reseller", row.id)
            return Restored(row.id, left)

    def _bring_back(self, actor: Actor, row: Reseller, kept: dict[str, Any]) -> Texts:
        """What `_put_away` kept; the names, prefixes and numbers of what cannot come back."""
        store = self._store
        left = self._tariffs_back(kept.get("tariffs", ()))
        for trunk_id in kept.get("trunks", ()):
            trunk = store.trunks.get(trunk_id)
            assert trunk is not None  # archived, never deleted
            try:
                left += self.trunk_back(actor, trunk)
            except Conflict:
                left.append(trunk.name)
        for prefix, order, steps in kept.get("routes", ()):
            alive = [(each, weight) for each, weight in steps if (trunk := store.trunks.get(each)) is not None and trunk.archived_at is None]
            if steps and not alive:
                left.append(prefix or "*")
                continue
            route_id = store.routes.insert(reseller_id=row.id, prefix=prefix, order=order)
            store.routes.set_trunks(route_id, alive)
            self._room.changes.note("route", route_id)
        for operator_id, role in kept.get("grants", ()):
            if store.operators.get(operator_id) is not None:
                store.operators.grant(operator_id, role, reseller_id=row.id)
                self._room.changes.note("operator", operator_id)
        return left

    def _tariffs_back(self, ids: Sequence[int]) -> Texts:
        """Each once what it is derived from is there; the names of those that cannot be, since that is archived."""
        store, waiting = self._store, [row for row in map(self._store.tariffs.get, ids) if row is not None]
        while waiting:
            stay = []
            for row in waiting:
                base = None if row.base_id is None else store.tariffs.get(row.base_id)
                if base is not None and base.archived_at is not None:
                    stay.append(row)
                    continue
                store.tariffs.restore(row.id)
                self._room.changes.note("tariff", row.id)
            if len(stay) == len(waiting):
                return [row.name for row in stay]
            waiting = stay
        return []

    def view(self, row: Reseller, said: Texts | None = None) -> ResellerView:
        """The row with names instead of ids."""
        account = None if row.credit_account_id is None else self._store.accounts.get(row.credit_account_id)
        tariff = None if row.tariff_id is None else self._store.tariffs.get(row.tariff_id)
        parent = None if row.parent_id is None else self._row(row.parent_id)
        person = self._store.people.get(row.person_id)
        assert person is not None  # foreign key
        return ResellerView(
            id=row.id,
            version=row.version,
            name=row.name,
            parent=None if parent is None else parent.name,
            currency=row.currency,
            sip_domain=row.sip_domain,
            old_sip_domains=json.loads(row.old_sip_domains),
            web_hosts=json.loads(row.web_hosts),
            number_range=f"{row.number_first}-{row.number_last}",
            retail_markup_percent=format_percent(row.retail_markup_ppm),
            timezone=row.timezone,
            language=row.language,
            country=row.country,
            tariff=None if tariff is None else tariff.name,
            balance=None if account is None else format_amount(account.balance_micros),
            credit_limit=None if account is None else format_amount(account.credit_limit_micros),
            call_shop_allowed=bool(row.call_shop_allowed),
            may_have_resellers=bool(row.may_have_resellers),
            own_trunks_allowed=bool(row.own_trunks_allowed),
            max_calls=row.max_calls,
            caller_number=row.caller_number,
            dial_plan=json.loads(row.dial_plan),
            disabled=bool(row.disabled),
            archived_at=stamp(row.archived_at),
            company=person.company,
            address=person.address,
            phone=person.phone,
            email=person.email,
            vat_number=person.vat_number,
            warnings=said or [],
        )

    # checks --------------------------------------------------------------------------------------------------------
    def check_parent(self, actor: Actor, parent: Reseller | None) -> None:
        """A reseller makes resellers below itself only where its parent allows it; whoever stands above it always may."""
        if parent is None or parent.parent_id is None or parent.may_have_resellers or self._access.may(actor, "resellers.write", parent.parent_id):
            return
        raise Forbidden("reseller.may_not_have_resellers", field="parent")

    def _need_parent(self, actor: Actor, row: Reseller) -> None:
        if not self._access.may(actor, "resellers.write", row.parent_id):
            raise Forbidden("access.forbidden", permission="resellers.write")

    def _check_name(self, name: str, own_id: int | None) -> None:
        other = self._store.resellers.find(name)
        if other is not None and other.id != own_id:
            raise Conflict("reseller.name_taken", field="name", name=name)

    def _check_domain(self, domain: str, own_id: int | None) -> None:
        for other in self._store.resellers.list():
            if other.id != own_id and (other.sip_domain == domain or domain in json.loads(other.old_sip_domains)):
                raise Conflict("reseller.sip_domain_taken", field="sip_domain", domain=domain, reseller=other.name)

    def _check_hosts(self, values: dict[str, Sql], own_id: int | None) -> None:
        if "web_hosts" not in values:
            return
        wanted = json.loads(str(values["web_hosts"]))
        for other in self._store.resellers.list():
            if other.id != own_id:
                taken = set(wanted) & set(json.loads(other.web_hosts))
                if taken:
                    raise Conflict("reseller.web_host_taken", field="web_hosts", host=min(taken), reseller=other.name)

    def _free_domain(self, name: str) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "reseller"
        taken = {row.sip_domain for row in self._store.resellers.list(archived=True)}
        candidate, count = f"{slug}.tollhouse.internal", 1
        while candidate in taken:
            count += 1
            candidate = f"{slug}-{count}.tollhouse.internal"
        return candidate

    def _row(self, row_id: int) -> Reseller:
        row = self._store.resellers.get(row_id)
        if row is None:
            raise NotFound("reseller.unknown")
        return row
