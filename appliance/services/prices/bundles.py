"""Bundles of minutes by destination, and who has them (product.md P2). What they cost is a monthly fee of the customer."""

from __future__ import annotations

import json

from msgspec import UNSET

from appliance.billing.rate import LONGEST_PREFIX
from appliance.billing.volume import PERIODS
from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.put_away import PutAway, need_alive
from appliance.services.ground.room import Room
from appliance.store.allowances import Bundle, Held
from appliance.store.customers import Customer
from appliance.wire.allowances import (
    BundleCreate,
    BundleGive,
    BundlePage,
    BundleTake,
    BundleUpdate,
    BundleView,
    CustomerRef,
    HeldBundle,
    HeldBundles,
)  # fmt: skip
from appliance.wire.shapes import ById, Done, Listing, Ref, Restored

MINUTE_SECONDS = 60
MOST_MINUTES = 10_000_000
MOST_PREFIXES = 1000


class Bundles:
    """`list get create update archive`, and `give`, `take`, `held` for customers."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._put_away = PutAway(room)

    # bundles -------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> BundlePage:
        """A reseller's."""
        reseller = self._lookups.reseller(actor, request.reseller, "tariffs.read")
        rows = self._store.bundles.list(reseller.id, archived=request.archived)
        return BundlePage([self._view(row) for row in rows if request.search.lower() in row.name.lower()])

    def get(self, actor: Actor, request: ById) -> BundleView:
        """One bundle."""
        return self._view(self._row(actor, request.id, "tariffs.read"))

    def create(self, actor: Actor, request: BundleCreate) -> BundleView:
        """A bundle that customers may be given."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "tariffs.write")
            values = _columns(request)
            self._check_name(reseller.id, str(values["name"]))
            row_id = self._store.bundles.insert(reseller_id=reseller.id, created_at=self._room.clock.utcnow(), **values)
            self._audit.made(actor, "bundles.create", "bundle", row_id, values)
            self._room.changes.note("bundle", row_id)
            return self._view(self._row(actor, row_id, "tariffs.write"))

    def update(self, actor: Actor, request: BundleUpdate) -> BundleView:
        """Changes count for calls that start after that."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "tariffs.write")
            changed = {name: value for name, value in _columns(request).items() if getattr(row, name) != value}
            if "name" in changed:
                self._check_name(row.reseller_id, str(changed["name"]))
            if changed:
                self._store.bundles.update(row.id, changed, request.version)
                self._audit.changed(actor, "bundles.update", "bundle", row.id, row._asdict(), changed)
                self._room.changes.note("bundle", row.id)
            return self._view(self._row(actor, row.id, "tariffs.write"))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Nobody can be given it any more; Conflict bundle.in_use while somebody has it."""
        with self._room.changes.unit():
            row, now = self._row(actor, request.id, "tariffs.write"), self._room.clock.utcnow()
            if any(held.bundle_id == row.id and (held.ends_at is None or held.ends_at > now) for held in self._store.bundles.held()):
                raise Conflict("bundle.in_use", field="id", bundle=row.name)
            self._store.bundles.archive(row.id, now)
            self._audit.noted(actor, "bundles.archive", "bundle", row.id, name=row.name)
            self._room.changes.note("bundle", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """It can be given again; Conflict "bundle.name_taken" where another is called so by now."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "tariffs.write")
            if row.archived_at is None:
                return Restored(row.id, [])
            owner = self._store.resellers.get(row.reseller_id)
            assert owner is not None  # foreign key
            need_alive(owner.name, owner.archived_at)
            self._check_name(row.reseller_id, row.name)
            self._store.bundles.restore(row.id, request.version)
            self._audit.noted(actor, "bundles.restore", "bundle", row.id, name=row.name)
            self._room.changes.note("bundle", row.id)
            return Restored(row.id, [])

    # customers -----------------------------------------------------------------------------------------------------
    def held(self, actor: Actor, request: CustomerRef) -> HeldBundles:
        """What a customer has, and what is left of it."""
        return self._held(self._lookups.customer(actor, request.customer, request.reseller, "customers.read"))

    def give(self, actor: Actor, request: BundleGive) -> HeldBundles:
        """A customer has a bundle from now on, or from a moment."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            bundle = self._bundle(customer.reseller_id, request.bundle)
            now = self._room.clock.utcnow()
            since, until = moment(request.since, "since"), moment(request.until, "until")
            starts_at = now if since is None else since
            if until is not None and until <= starts_at:
                raise UserError("bundle.ends_before_it_begins", field="until")
            holder = self._store.bundles.holders.insert(
                customer_id=customer.id, bundle_id=bundle.id, starts_at=starts_at, ends_at=until, created_at=now
            )
            self._audit.noted(actor, "bundles.give", "customer", customer.id, bundle=bundle.name, held=holder)
            self._room.changes.note("bundle", bundle.id)
            self._room.changes.note("customer", customer.id)
            return self._held(customer)

    def take(self, actor: Actor, request: BundleTake) -> HeldBundles:
        """The customer has it no longer; what it used stays recorded."""
        with self._room.changes.unit():
            holder, now = self._store.bundles.holders.get(request.id), self._room.clock.utcnow()
            if holder is None or (holder.ends_at is not None and holder.ends_at <= now):
                raise NotFound("bundle.unknown", field="id", bundle=request.id)
            customer = self._lookups.customer(actor, holder.customer_id, None, "customers.write", "id", archived=True)
            self._put_away.keep("held_bundle", holder.id, {"held": True, "until": holder.ends_at})
            self._store.bundles.holders.update(holder.id, {"ends_at": now})
            self._audit.noted(actor, "bundles.take", "customer", customer.id, held=holder.id)
            self._room.changes.note("bundle", holder.bundle_id)
            self._room.changes.note("customer", customer.id)
            return self._held(customer)

    def give_again(self, actor: Actor, request: BundleTake) -> HeldBundles:
        """What was taken from the customer is his again, with what he had used of it. NotFound bundle.unknown where it was not taken."""
        with self._room.changes.unit():
            holder = self._store.bundles.holders.get(request.id)
            if holder is None:
                raise NotFound("bundle.unknown", field="id", bundle=request.id)
            customer = self._lookups.customer(actor, holder.customer_id, None, "customers.write", "id")
            bundle = self._store.bundles.get(holder.bundle_id)
            assert bundle is not None  # foreign key
            need_alive(bundle.name, bundle.archived_at)
            kept = self._put_away.take("held_bundle", holder.id)
            if not kept:
                raise NotFound("bundle.unknown", field="id", bundle=request.id)
            self._store.bundles.holders.update(holder.id, {"ends_at": kept["until"]})
            self._audit.noted(actor, "bundles.give_again", "customer", customer.id, bundle=bundle.name, held=holder.id)
            self._room.changes.note("bundle", bundle.id)
            self._room.changes.note("customer", customer.id)
            return self._held(customer)

    def end_at(self, actor: Actor, held: Held, ends_at: int | None) -> bool:
        """Another end of what a customer has, or none; whether that changed anything. UserError bundle.ends_before_it_begins."""
        if ends_at == held.ends_at:
            return False
        if ends_at is not None and ends_at <= held.starts_at:
            raise UserError("bundle.ends_before_it_begins", field="until")
        self._store.bundles.holders.update(held.id, {"ends_at": ends_at})
        self._audit.changed(actor, "bundles.end", "customer", held.customer_id, {"until": held.ends_at}, {"until": ends_at})
        self._room.changes.note("bundle", held.bundle_id)
        self._room.changes.note("customer", held.customer_id)
        return True

    # inside --------------------------------------------------------------------------------------------------------
    def _held(self, customer: Customer) -> HeldBundles:
        now = self._room.clock.utcnow()
        rows = [held for held in self._store.bundles.held(customer.id) if held.ends_at is None or held.ends_at > now]
        return HeldBundles(customer.name, [self._held_view(held, now) for held in rows])

    def _held_view(self, held: Held, now: int) -> HeldBundle:
        began = self._room.hot.allowances.period(held, max(now, held.starts_at))
        used = self._store.bundles.used(held.id, began)
        return HeldBundle(
            id=held.id,
            bundle=held.name,
            prefixes=json.loads(held.prefixes),
            minutes=held.seconds // MINUTE_SECONDS,
            period=held.period,
            used_seconds=used,
            left_seconds=max(held.seconds - used, 0),
            period_began=rfc3339(began),
            since=rfc3339(held.starts_at),
            until=stamp(held.ends_at),
        )

    def _bundle(self, reseller_id: int, ref: Ref) -> Bundle:
        row = self._store.bundles.get(ref) if isinstance(ref, int) else self._store.bundles.find(reseller_id, ref)
        if row is None or row.reseller_id != reseller_id or row.archived_at is not None:
            raise NotFound("bundle.unknown", field="bundle", bundle=ref)
        return row

    def _row(self, actor: Actor, row_id: int, permission: str) -> Bundle:
        row = self._store.bundles.get(row_id)
        if row is None:
            raise NotFound("bundle.unknown", field="id", bundle=row_id)
        self._access.need(actor, permission, row.reseller_id, what="bundle")
        return row

    def _check_name(self, reseller_id: int, name: str) -> None:
        if self._store.bundles.find(reseller_id, name) is not None:
            raise Conflict("bundle.name_taken", field="name", bundle=name)

    def _view(self, row: Bundle) -> BundleView:
        owner = self._store.resellers.get(row.reseller_id)
        return BundleView(
            id=row.id,
            version=row.version,
            reseller="" if owner is None else owner.name,
            name=row.name,
            prefixes=json.loads(row.prefixes),
            minutes=row.seconds // MINUTE_SECONDS,
            period=row.period,
            archived_at=stamp(row.archived_at),
        )


def _columns(request: BundleCreate | BundleUpdate) -> dict[str, Sql]:
    """The columns of what was sent, checked."""
    values: dict[str, Sql] = {}
    if request.name is not UNSET:
        values["name"] = col.name(request.name, "name")
    if request.prefixes is not UNSET:
        if not 0 < len(request.prefixes) <= MOST_PREFIXES:
            raise UserError("bundle.no_prefixes", field="prefixes", most=MOST_PREFIXES)
        for index, prefix in enumerate(request.prefixes):
            if not prefix or len(prefix) > LONGEST_PREFIX or not (prefix.isascii() and prefix.isdigit()):
                raise UserError("rate.prefix_not_digits", field=f"prefixes[{index}]", prefix=prefix[:64])
        values["prefixes"] = json.dumps(sorted(set(request.prefixes)))
    if request.minutes is not UNSET:
        if not 0 < request.minutes <= MOST_MINUTES:
            raise UserError("field.out_of_range", field="minutes", least=1, most=MOST_MINUTES)
        values["seconds"] = request.minutes * MINUTE_SECONDS
    if request.period is not UNSET:
        values["period"] = col.choice(*PERIODS)(request.period, "period")
    return values
