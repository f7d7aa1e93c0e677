"""Bundles of a description file, and what its customers have beside their tariff: special rates and bundles.

A customer's bundle is known by the bundle's name and since when; without `since` any that he has of that name is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET

from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.fields import inside
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.services.keeping.description_tally import Tally
from appliance.store.allowances import Bundle, Held
from appliance.store.resellers import Reseller
from appliance.wire.allowances import BundleCreate, BundleGive, BundleUpdate
from appliance.wire.description import BundleEntry, CustomerEntry, HeldBundleEntry
from appliance.wire.shapes import given

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class AllowanceSection:
    """`bundles` once, then `customer` for each."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally) -> None:
        self._clock = room.clock
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally

    def bundles(self, entries: Sequence[BundleEntry]) -> None:
        """By reseller and name."""
        seen: set[tuple[int, str]] = set()
        for index, entry in enumerate(entries):
            with inside(f"bundles[{index}]"):
                reseller = self._store.resellers.root() if entry.reseller is UNSET else self._store.resellers.find(entry.reseller)
                if reseller is None:
                    raise NotFound("reseller.unknown", field="reseller", reseller="" if entry.reseller is UNSET else entry.reseller)
                if (reseller.id, entry.name) in seen:
                    raise UserError("description.twice", field="name", name=entry.name)
                seen.add((reseller.id, entry.name))
                self._bundle(reseller, entry)

    def customer(self, reseller: Reseller, customer_id: int, entry: CustomerEntry) -> None:
        """Special rates and bundles of one customer; what the file does not name stays."""
        rates = given(entry.special_rates, [])
        if rates:
            row = self._store.customers.get(customer_id)
            assert row is not None  # just written
            done = self._nouns.pricing.special_rates.apply(self._actor, row, rates)
            self._tally.created("special_rates", done.added)
            self._tally.changed("special_rates", done.changed)
            self._tally.same(done.unchanged)
        used: set[int] = set()
        for place, held in enumerate(given(entry.bundles, [])):
            with inside(f"bundles[{place}]"):
                self._held(reseller, customer_id, held, used)

    def _bundle(self, reseller: Reseller, entry: BundleEntry) -> None:
        bundles, row = self._nouns.pricing.bundles, self._store.bundles.find(reseller.id, entry.name)
        if row is None:
            if entry.prefixes is UNSET or entry.minutes is UNSET:
                missing = "prefixes" if entry.prefixes is UNSET else "minutes"
                raise UserError("description.missing", field=missing, name=entry.name, missing=missing)
            period = given(entry.period, "month")
            bundles.create(self._actor, BundleCreate(entry.name, entry.prefixes, entry.minutes, period, reseller=reseller.id))
            self._tally.created("bundles")
            return
        bundles.update(self._actor, BundleUpdate(row.id, prefixes=entry.prefixes, minutes=entry.minutes, period=entry.period))
        after = self._store.bundles.get(row.id)
        self._tally.noted("bundles", "" if after == row else "changed")

    def _held(self, reseller: Reseller, customer_id: int, entry: HeldBundleEntry, used: set[int]) -> None:
        bundle = self._store.bundles.find(reseller.id, entry.bundle)
        if bundle is None:
            raise NotFound("bundle.unknown", field="bundle", bundle=entry.bundle)
        there = self._there(customer_id, bundle, entry, used)
        if there is None:
            until = None if entry.until is UNSET else entry.until
            since = None if entry.since is UNSET else entry.since
            self._nouns.pricing.bundles.give(self._actor, BundleGive(customer=customer_id, bundle=bundle.id, since=since, until=until))
            used.add(max(held.id for held in self._store.bundles.held(customer_id)))
            self._tally.created("customer_bundles")
            return
        used.add(there.id)
        until_at = there.ends_at if entry.until is UNSET else moment(entry.until, "until")
        changed = self._nouns.pricing.bundles.end_at(self._actor, there, until_at)
        self._tally.noted("customer_bundles", "changed" if changed else "")

    def _there(self, customer_id: int, bundle: Bundle, entry: HeldBundleEntry, used: set[int]) -> Held | None:
        now = self._clock.utcnow()
        since = None if entry.since is UNSET else moment(entry.since, "since")
        for held in self._store.bundles.held(customer_id):
            same = held.bundle_id == bundle.id and held.id not in used and since in (None, held.starts_at)
            if same and (since is not None or held.ends_at is None or held.ends_at > now):
                return held
        return None
