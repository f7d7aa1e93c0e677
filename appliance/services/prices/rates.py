"""Rates of a tariff: a change is a new version, the one it replaces ends, and nothing is ever edited (money.md, A rate).

A rate's natural key in its tariff is prefix, time band and valid-from. In a base tariff every field is settled when
it is written; in a derived tariff a version is an override, and a field that is None follows the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from msgspec import UNSET

from appliance.billing.rate import LONGEST_PREFIX
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.prices.rate_views import RateViews
from appliance.store.rates import NewRate, Rate
from appliance.store.tariffs import Tariff
from appliance.wire.rates import RateFields, RatePage, RatesChanged, RatesList, RatesRemove, RatesSet

Key = tuple[str, str, int | None]
ALL_AT_ONCE = 50
"""So many rates in a request, and the tariff's rates are read whole instead of prefix by prefix."""

EDIT, REMOVAL = "edit", "removal"
"""The sources of sets that are written by hand."""
FEWEST, MOST, LOOK_SECONDS = 50, 1_000, 0.006  # prefixes that are ended in one step, and what it is to take

_AMOUNTS = (
    ("price_per_minute", "price_micros", 0),
    ("connection_fee", "connection_fee_micros", 0),
    ("minimum_charge", "minimum_charge_micros", 0),
    ("maximum_charge", "maximum_charge_micros", None),
)
_COUNTS = (
    ("first_increment", "first_increment", 1, 0),
    ("next_increment", "next_increment", 1, 1),
    ("minimum_seconds", "minimum_seconds", 0, 0),
    ("free_below_seconds", "free_below_seconds", 0, 0),
    ("free_seconds", "free_seconds", 0, 0),
)
SETTLED = {
    "destination": "",
    "blocked": 0,
    **{column: default for _, column, default in _AMOUNTS},
    **{column: default for _, column, default, _ in _COUNTS},
}
"""What a field of a base tariff's rate is where nothing was said."""

LONGEST_SECONDS = 10_000_000


class Written(NamedTuple):
    """Counts of what `write` did, and the set that it wrote, None where nothing differed."""

    added: int
    changed: int
    unchanged: int
    set_id: int | None


class Rates:
    """`write` is the rule for every door: the grid, the description file, an import."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._views = RateViews(room)

    # rules ---------------------------------------------------------------------------------------------------------
    def write(self, actor: Actor, tariff: Tariff, wanted: Sequence[RateFields], source: str = EDIT, path: str = "rates") -> Written:
        """New versions of what differs. Faults name the field below `path`; nothing is written then."""
        now = self._room.clock.utcnow()
        active = self._active(tariff, wanted)
        new: list[NewRate] = []
        replaced: list[int] = []
        seen: set[Key] = set()
        prices: dict[str, int] = {}
        for index, fields in enumerate(wanted):
            try:
                before = self._before(active, fields, now)
                rate = _new_rate(fields, before, tariff.base_id is not None, prices)
            except UserError as error:
                error.field = f"{path}[{index}].{error.field}"
                raise
            key = (rate.prefix, rate.band, rate.valid_from_at)
            if key in seen:
                raise UserError("rate.twice", field=f"{path}[{index}].prefix", prefix=rate.prefix)
            seen.add(key)
            if before is not None and _plain(before, tariff.base_id is not None) == rate:
                continue
            new.append(rate)
            if before is not None:
                replaced.append(before.id)
        set_id = self._write_set(actor, tariff, source, new, replaced) if new else None
        return Written(len(new) - len(replaced), len(replaced), len(wanted) - len(new), set_id)

    def tried(self, tariff: Tariff, wanted: Sequence[RateFields], path: str = "rates") -> tuple[list[NewRate], list[tuple[str, int]]]:
        """The versions that `write` would make, and those (prefix, id) that would end; nothing is written. Faults as there."""
        active, now = self._active(tariff, wanted), self._room.clock.utcnow()
        new: list[NewRate] = []
        ended: list[tuple[str, int]] = []
        for index, fields in enumerate(wanted):
            try:
                before = self._before(active, fields, now)
                new.append(_new_rate(fields, before, tariff.base_id is not None, {}))
            except UserError as error:
                error.field = f"{path}[{index}].{error.field}"
                raise
            if before is not None:
                ended.append((before.prefix, before.id))
        return new, ended

    def _active(self, tariff: Tariff, wanted: Sequence[RateFields]) -> dict[str, list[Rate]]:
        rates = self._store.rates
        if len(wanted) <= ALL_AT_ONCE:
            return {prefix: rates.at_prefix(tariff.id, prefix) for prefix in {fields.prefix for fields in wanted}}
        active: dict[str, list[Rate]] = {}
        for rate in rates.active(tariff.id):
            active.setdefault(rate.prefix, []).append(rate)
        return active

    def _before(self, active: dict[str, list[Rate]], fields: RateFields, now: int) -> Rate | None:
        """The version that these fields change: the one of that valid-from, or the one valid now where none is named."""
        versions = active.get(fields.prefix)
        if not versions:
            return None
        band = "" if fields.band is UNSET else fields.band
        versions = [each for each in versions if each.band == band]
        if fields.valid_from is not UNSET:
            at = moment(fields.valid_from, "valid_from")
            return next((each for each in versions if each.valid_from_at == at), None)
        current = [each for each in versions if (each.valid_from_at or 0) <= now and (each.valid_until_at is None or each.valid_until_at > now)]
        return max(current, key=lambda each: (each.valid_from_at or 0, each.id), default=None) or next(
            (each for each in versions if each.valid_from_at is None), None
        )

    def _write_set(self, actor: Actor, tariff: Tariff, source: str, new: Iterable[NewRate], ended: Sequence[int]) -> int:
        now = self._room.clock.utcnow()
        rates = self._store.rates
        set_id = rates.open_set(tariff.id, source, now, actor.operator_id)
        rates.add(set_id, tariff.id, new)
        rates.withdraw(set_id, ended)
        self._activate(actor, tariff, set_id, source, len(ended))
        return set_id

    def _activate(self, actor: Actor, tariff: Tariff, set_id: int, source: str, ended: int) -> None:
        self._store.rates.activate(set_id, self._room.clock.utcnow())
        self._audit.noted(actor, "rates.set", "tariff", tariff.id, rate_set=set_id, source=source, ended=ended)
        self._room.changes.note("rate", tariff.id)

    # requests ------------------------------------------------------------------------------------------------------
    def set(self, actor: Actor, request: RatesSet) -> RatesChanged:
        """New versions of the given rates."""
        with self._room.changes.unit():
            done = self.write(actor, self._own(actor, request.tariff, request.reseller), request.rates)
            return RatesChanged(added=done.added, changed=done.changed, unchanged=done.unchanged, import_id=done.set_id)

    def remove(self, actor: Actor, request: RatesRemove) -> Steps[RatesChanged]:
        """Ends all versions of the given prefixes as one set, in steps; in a derived tariff they follow the base again.

        Conflict deck.tariff_changed.
        """
        tariff = self._own(actor, request.tariff, request.reseller)
        rates, clock, edition = self._store.rates, self._room.clock, self._store.rates.edition(tariff.id)
        waiting, pace = iter(dict.fromkeys(request.prefixes)), Pace(FEWEST, MOST, LOOK_SECONDS)
        set_id, removed = None, 0
        while portion := list(islice(waiting, pace.count)):
            begun = clock.monotonic()
            ended = [rate.id for prefix in portion for rate in rates.at_prefix(tariff.id, prefix)]
            if ended:
                with self._room.changes.unit():
                    if set_id is None:
                        set_id = rates.open_set(tariff.id, REMOVAL, clock.utcnow(), actor.operator_id)
                    rates.withdraw(set_id, ended)
            removed += len(ended)
            pace.took(len(portion), clock.monotonic() - begun)
            yield None
        if set_id is not None:
            with self._room.changes.unit():
                if rates.edition(tariff.id) != edition:
                    raise Conflict("deck.tariff_changed", field="tariff", tariff=tariff.name)
                self._activate(actor, tariff, set_id, REMOVAL, removed)
        return RatesChanged(removed=removed, import_id=set_id)

    def end(self, actor: Actor, tariff: Tariff, prefixes: Sequence[str]) -> int:
        """End all versions of these prefixes; how many there were."""
        ended = [rate.id for prefix in dict.fromkeys(prefixes) for rate in self._store.rates.at_prefix(tariff.id, prefix)]
        if ended:
            self._write_set(actor, tariff, REMOVAL, (), ended)
        return len(ended)

    def list(self, actor: Actor, request: RatesList) -> RatePage:
        """A page of a tariff's rates as they are valid now, derived ones worked out."""
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read")
        return self._views.page(tariff, request.search, request.after, request.limit)

    def _own(self, actor: Actor, ref: int | str, reseller: int | str | None) -> Tariff:
        tariff = self._lookups.tariff(actor, ref, reseller, "tariffs.write")
        if not self._access.may(actor, "tariffs.write", tariff.reseller_id) or tariff.archived_at is not None:
            raise NotFound("tariff.unknown", field="tariff", tariff=ref)  # what a reseller buys by is its parent's to change
        return tariff


def _plain(rate: Rate, derived: bool) -> NewRate:
    """A version as it would be written today."""
    plain = NewRate(*rate[3:])
    if derived:
        return plain
    unsaid = {column: default for column, default in SETTLED.items() if default is not None and getattr(plain, column) is None}
    return plain._replace(**unsaid) if unsaid else plain  # type: ignore[arg-type]


def _new_rate(fields: RateFields, before: Rate | None, derived: bool, prices: dict[str, int]) -> NewRate:
    """The version that was before with what was sent laid over it, checked."""
    prefix = fields.prefix
    if len(prefix) > LONGEST_PREFIX or (prefix and not (prefix.isascii() and prefix.isdigit())):
        raise UserError("rate.prefix_not_digits", field="prefix", prefix=prefix[:64])
    values: dict[str, None | int | str] = {} if derived else dict(SETTLED)
    if before is not None:
        values = _plain(before, derived)._asdict()
    values["prefix"] = prefix
    _texts(fields, values, derived)
    for field, column, default in _AMOUNTS:
        text = getattr(fields, field)
        if text is None:
            values[column] = None if derived else default
        elif text is not UNSET:
            values[column] = _micros(text, field, prices)
    for field, column, default, least in _COUNTS:
        value = getattr(fields, field)
        if value is None:
            values[column] = None if derived else default
        elif value is not UNSET:
            if not least <= value <= LONGEST_SECONDS:
                raise UserError("field.out_of_range", field=field, least=least, most=LONGEST_SECONDS)
            values[column] = value
    rate = NewRate(**values)  # type: ignore[arg-type]
    if rate.valid_from_at is not None and rate.valid_until_at is not None and rate.valid_until_at <= rate.valid_from_at:
        raise UserError("rate.validity", field="valid_until", prefix=prefix)
    if rate.maximum_charge_micros is not None and 0 <= rate.maximum_charge_micros < (rate.minimum_charge_micros or 0):
        raise UserError("rate.maximum_below_minimum", field="maximum_charge", prefix=prefix)
    return rate


def _texts(fields: RateFields, values: dict[str, None | int | str], derived: bool) -> None:
    if fields.destination is not UNSET:
        values["destination"] = fields.destination if fields.destination is not None or derived else ""
    if fields.blocked is not UNSET:
        values["blocked"] = (None if derived else 0) if fields.blocked is None else int(fields.blocked)
    if fields.band is not UNSET:
        values["band"] = fields.band
    if fields.valid_from is not UNSET:
        values["valid_from_at"] = moment(fields.valid_from, "valid_from")
    if fields.valid_until is not UNSET:
        values["valid_until_at"] = moment(fields.valid_until, "valid_until")


def _micros(text: str, field: str, prices: dict[str, int]) -> int:
    micros = prices.get(text)
    if micros is None:
        micros = parse_amount(text, field)
        if micros < 0:
            raise UserError("amount.negative", field=field)
        prices[text] = micros
    return micros
