"""Time bands and volume tiers of a tariff, for requests (product.md P2). The rule for bands is `Tariffs.set_bands`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from appliance.billing.rate import LONGEST_PREFIX
from appliance.billing.schedule import Schedule, TimeBand
from appliance.errors import NotFound, UserError
from appliance.money import MICROS, format_percent, parse_percent
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.allowances import zone
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import choice
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.prices.tariffs import Tariffs
from appliance.store.tariffs import Tariff
from appliance.wire.allowances import BandsSet, BandsView, TariffRef, TierFields, TiersSet, TiersView
from appliance.wire.description import BandEntry, TierEntry

MOST_TIERS = 200
MINUTE_SECONDS = 60
MOST_MINUTES = 10_000_000


class TariffParts:
    """`bands`, `set_bands`, `tiers`, `set_tiers`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, tariffs: Tariffs) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._tariffs = tariffs

    def bands(self, actor: Actor, request: TariffRef) -> BandsView:
        """The weekly bands that hold for a tariff: its own, or those of its base."""
        return self._bands(self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read"))

    def set_bands(self, actor: Actor, request: BandsSet) -> BandsView:
        """Calls that start from now on are priced by them. UserError tariff.bands_of_base, band.times, band.has_rates."""
        with self._room.changes.unit():
            row = self._own(actor, request)
            names = {band.name for band in request.bands}
            lost = next((rate for rate in self._store.rates.active(row.id) if rate.band and rate.band not in names), None)
            if lost is not None:
                raise UserError("band.has_rates", field="bands", band=lost.band, prefix=lost.prefix)
            self._tariffs.set_bands(actor, row, request.bands)
            if request.band_rule is not UNSET:
                rule = choice("start", "split")(request.band_rule, "band_rule")
                self._tariffs.change(actor, self._row(row.id), {"band_rule": rule})
            return self._bands(self._row(row.id))

    def tiers(self, actor: Actor, request: TariffRef) -> TiersView:
        """A tariff's volume tiers."""
        return self._tiers(self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read"))

    def set_tiers(self, actor: Actor, request: TiersSet) -> TiersView:
        """They count for calls that start from now on; what was talked before in this month counts. UserError tier.*."""
        with self._room.changes.unit():
            row = self._own(actor, request)
            self.write_tiers(actor, row, request.tiers)
            return self._tiers(row)

    def write_tiers(self, actor: Actor, row: Tariff, tiers: Sequence[TierFields | TierEntry]) -> bool:
        """Replace them; whether that changed anything."""
        wanted = _checked(tiers)
        before = [tuple(tier[1:]) for tier in self._store.volumes.tiers(row.id)]
        if before == wanted:
            return False
        self._store.volumes.set_tiers(row.id, wanted)
        self._audit.changed(actor, "tariffs.set_tiers", "tariff", row.id, {"tiers": str(before)}, {"tiers": str(wanted)})
        self._room.changes.note("tariff", row.id)
        return True

    def _bands(self, row: Tariff) -> BandsView:
        root = row
        while root.base_id is not None:
            root = self._row(root.base_id)
        grouped: dict[tuple[str, int, int], list[int]] = {}
        stored = self._store.tariffs.bands(root.id)
        for band in stored:
            grouped.setdefault((band.name, band.from_minute, band.until_minute), []).append(band.weekday + 1)
        bands = [BandEntry(name=name, weekdays=days, starts=_clock(starts), ends=_clock(ends)) for (name, starts, ends), days in grouped.items()]
        schedule = Schedule((TimeBand(band.name, band.weekday, band.from_minute, band.until_minute) for band in stored), zone(root.timezone))
        return BandsView(row.name, root.timezone or "UTC", row.band_rule, bands, schedule.band(self._room.clock.utcnow()))

    def _tiers(self, row: Tariff) -> TiersView:
        tiers = self._store.volumes.tiers(row.id)
        return TiersView(
            row.name, [TierFields(tier.from_seconds // MINUTE_SECONDS, format_percent(tier.discount_ppm), tier.prefix) for tier in tiers]
        )

    def _own(self, actor: Actor, request: TariffRef) -> Tariff:
        row = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.write")
        if row.archived_at is not None or not self._access.may(actor, "tariffs.write", row.reseller_id):
            raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
        return row

    def _row(self, tariff_id: int) -> Tariff:
        row = self._store.tariffs.get(tariff_id)
        if row is None:
            raise NotFound("tariff.unknown")
        return row


def _checked(tiers: Sequence[TierFields | TierEntry]) -> list[tuple[str, int, int]]:
    if len(tiers) > MOST_TIERS:
        raise UserError("field.too_many", field="tiers", most=MOST_TIERS)
    wanted: dict[tuple[str, int], int] = {}
    for index, tier in enumerate(tiers):
        field = f"tiers[{index}]"
        if len(tier.prefix) > LONGEST_PREFIX or (tier.prefix and not (tier.prefix.isascii() and tier.prefix.isdigit())):
            raise UserError("rate.prefix_not_digits", field=f"{field}.prefix", prefix=tier.prefix[:64])
        if not 0 <= tier.from_minutes <= MOST_MINUTES:
            raise UserError("field.out_of_range", field=f"{field}.from_minutes", least=0, most=MOST_MINUTES)
        discount = parse_percent(tier.discount_percent, f"{field}.discount_percent")
        if not 0 < discount <= MICROS:
            raise UserError("tier.discount", field=f"{field}.discount_percent")
        key = (tier.prefix, tier.from_minutes * MINUTE_SECONDS)
        if key in wanted:
            raise UserError("tier.twice", field=f"{field}.from_minutes", minutes=tier.from_minutes, prefix=tier.prefix)
        wanted[key] = discount
    return sorted((prefix, seconds, discount) for (prefix, seconds), discount in wanted.items())


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
