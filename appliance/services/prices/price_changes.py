"""Many prices of a tariff changed by one percentage: looked through a little at a time, written as one set that counts at once (S10).

Law: what a preview showed is written, or nothing; it is one import more in the tariff's history, and is taken back as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from appliance.billing.rate import Price
from appliance.billing.tariff import TariffBook, price_rounding
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import MICROS, format_amount, parse_percent, round_ratio
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps, let_go
from appliance.services.prices.deck_reading import chunks
from appliance.services.prices.price_desk import CHANGE, PriceDesk, Work
from appliance.services.prices.price_grid import Costs, Prefixes, check_only, row_of, shown
from appliance.services.prices.rate_writing import RateWriting
from appliance.store.rates import NewRate
from appliance.store.tariffs import Tariff
from appliance.wire.price_work import PriceChanged, PricesChange, PricesChanged, PricesPreview

SOURCE = "percent"
"""What the source of such a set begins with."""
LEAST_PPM = -MICROS
MOST_SHOWN = 5_000
FEWEST, MOST = 20, 1_000
LOOK_SECONDS = 0.006  # what one step of looking is to take


class _Found:
    """What was looked at so far; `new` and `ended` only where it is to be written."""

    def __init__(self) -> None:
        self.prices = self.changed = self.losing = self.mended = 0
        self.lines: list[PriceChanged] = []
        self.new: list[NewRate] = []
        self.ended: list[tuple[str, int]] = []


class _Rule(NamedTuple):
    """What becomes of a price."""

    ppm: int
    decimals: int
    mode: str

    def of(self, micros: int) -> int:
        return max(round_ratio(micros * (MICROS + self.ppm), MICROS, self.decimals, self.mode), 0)


def rule_of(request: PricesPreview) -> _Rule:
    """UserError prices.below_nothing, tariff.price_rounding, field.not_a_choice."""
    check_only(request.only)
    ppm = parse_percent(request.percentage, "percentage")
    if ppm < LEAST_PPM:
        raise UserError("prices.below_nothing", field="percentage")
    try:
        mode, decimals = price_rounding(request.rounding)
    except UserError as error:
        error.field = "rounding"
        raise
    return _Rule(ppm, decimals, mode)


class PriceChanges:
    """`preview` and `change` are given in steps (services/ground/stepwise)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, desk: PriceDesk, writing: RateWriting) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._desk = desk
        self._writing = writing

    def preview(self, actor: Actor, request: PricesPreview) -> Steps[PricesChanged]:
        """What would change."""
        tariff, rule = self._asked(actor, request)
        work = self._desk.begin(CHANGE, actor, tariff.reseller_id, (tariff.id, tariff.name))
        edition = self._edition(tariff)
        found = yield from self._look(actor, tariff, request, rule, work, writes=False)
        return _view(found, edition)

    def change(self, actor: Actor, request: PricesChange) -> Steps[PricesChanged]:
        """Change them, as a work that can be asked about and stopped.

        Conflict deck.changed_since_preview, deck.tariff_changed; UserError prices.none_changes, prices.stopped.
        """
        tariff, rule = self._asked(actor, request)
        work = self._desk.begin(CHANGE, actor, tariff.reseller_id, (tariff.id, tariff.name))
        return (yield from self._desk.follow(work, self._changed(actor, tariff, request, rule, work)))

    def _changed(self, actor: Actor, tariff: Tariff, request: PricesChange, rule: _Rule, work: Work) -> Steps[PricesChanged]:
        edition = self._edition(tariff)
        if request.edition != edition:
            raise Conflict("deck.changed_since_preview", field="edition")
        if tariff.id not in self._room.hot.prices.book:
            raise UserError("prices.none_changes", field="percentage")
        basis, own = self._room.hot.prices.book.deck(tariff.id), self._store.rates.edition(tariff.id)
        found = yield from self._look(actor, tariff, request, rule, work, writes=True)
        if not found.new:
            raise UserError("prices.none_changes", field="percentage")
        with self._room.changes.unit():
            source = f"{SOURCE} {request.percentage}"
            set_id = self._store.rates.open_set(tariff.id, source, self._room.clock.utcnow(), actor.operator_id)
        yield partial(found.ended.sort, key=itemgetter(1))  # in the order of the endings' key: each page is touched once
        sizes = len(found.new), len(found.ended)
        deck = yield from self._writing.write(work, tariff.id, set_id, basis, chunks(found.new), chunks(found.ended), sum(sizes))
        with self._room.changes.unit():
            if not self._writing.same(tariff.id, basis, own) or self._edition(tariff) != edition:
                raise Conflict("deck.tariff_changed", field="tariff", tariff=tariff.name)
            self._writing.activate(actor, "rates.change_many", tariff.id, set_id, deck, sizes)
        work.import_id, work.changed, work.unchanged = set_id, found.changed, found.prices - found.changed
        view = _view(found, self._edition(tariff), set_id)
        rows = basis.rows()
        del basis, deck
        yield partial(let_go, rows, found.new, found.ended)
        return view

    # which ---------------------------------------------------------------------------------------------------------
    def _asked(self, actor: Actor, request: PricesPreview) -> tuple[Tariff, _Rule]:
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.write")
        if not self._access.may(actor, "tariffs.write", tariff.reseller_id) or tariff.archived_at is not None:
            raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)  # what a reseller buys by is its parent's to change
        return tariff, rule_of(request)

    def _edition(self, tariff: Tariff) -> str:
        """That of its rates and of all that it derives from."""
        book, rates = self._room.hot.prices.book, self._store.rates
        chain = book.chain(tariff.id) if tariff.id in book else []
        return ".".join(str(rates.edition(each)) for each in chain)

    def _look(self, actor: Actor, tariff: Tariff, request: PricesPreview, rule: _Rule, work: Work, *, writes: bool) -> Steps[_Found]:
        """Every price that the grid would show, a few at a time."""
        found, book, now = _Found(), self._room.hot.prices.book, self._room.clock.utcnow()
        if tariff.id not in book:
            return found
        among = _among(book, tariff.id, request, now)
        looked = _Look(tariff.id, book, request, rule, parse_percent(request.thin_percent, "thin_percent"), now, writes)
        may_costs = self._access.may(actor, "costs.read", tariff.reseller_id)
        pace, clock, seen = Pace(FEWEST, MOST, LOOK_SECONDS), self._room.clock, 0
        while portion := list(islice(among.prefixes, pace.count)):
            begun = clock.monotonic()
            costs = Costs(self._room, tariff, now) if may_costs else None
            for prefix in portion:
                price = book.exact(tariff.id, prefix, now)
                if price is not None and among.fits(price):
                    looked.take(price, costs, found)
            pace.took(len(portion), clock.monotonic() - begun)
            seen += len(portion)
            work.at("looking", min(seen, among.total), among.total)
            yield None
        return found


class _Among(NamedTuple):
    """Prefixes to look at, how many there are at most, and which of their prices are meant."""

    prefixes: Iterator[str]
    total: int
    fits: Callable[[Price], bool]


def _among(book: TariffBook, tariff_id: int, request: PricesPreview, now: int) -> _Among:
    if request.prefixes is not None:
        chosen = sorted(set(request.prefixes))
        return _Among(iter(chosen), len(chosen), lambda _price: True)
    shown_by = Prefixes(book, tariff_id, request.search.strip().lower(), request.only == "overridden", now)
    return _Among(shown_by.after(""), shown_by.total(), shown_by.fits)


class _Look(NamedTuple):
    """How prices are looked at."""

    tariff_id: int
    book: TariffBook
    request: PricesPreview
    rule: _Rule
    thin_ppm: int
    now: int
    writes: bool

    def take(self, price: Price, costs: Costs | None, found: _Found) -> None:
        """One price into what was found, where the grid shows it."""
        row, only = None, self.request.only if self.request.prefixes is None else ""
        if only:
            row = row_of(price, self.book, costs, self.now)
            if not shown(row, only, self.thin_ppm):
                return
        found.prices += 1
        after = self.rule.of(price.price_micros)
        if price.blocked or after == price.price_micros:
            return
        found.changed += 1
        if self.writes:
            self._version(price, after, found)
            return
        cost = None if costs is None else costs.of(price)
        before_loss, after_loss = (cost is not None and micros < cost[0] for micros in (price.price_micros, after))
        found.losing += after_loss and not before_loss
        found.mended += before_loss and not after_loss
        if len(found.lines) < min(self.request.show, MOST_SHOWN):
            found.lines.append(PriceChanged(row or row_of(price, self.book, costs, self.now), format_amount(after), after_loss))

    def _version(self, price: Price, after: int, found: _Found) -> None:
        """The tariff's own version at another price, and the end of the one that made it; an override where there is none."""
        own = price.steps[-1].rate_id
        versions = self.book.deck(self.tariff_id).versions(price.prefix)
        before = next((row for row in versions if row.id == own), None)
        if before is None:
            found.new.append(NewRate(price.prefix, price_micros=after, band=price.band))
        else:
            found.new.append(NewRate(before.prefix, before.destination, after, *before.profile))
            found.ended.append((before.prefix, before.id))


def tried(book: TariffBook, tariff_id: int, request: PricesPreview, now: int) -> tuple[list[NewRate], list[tuple[str, int]]]:
    """The versions that a change would make, and those (prefix, id) that would end, of any book; costs are not known here."""
    found, among = _Found(), _among(book, tariff_id, request, now)
    looked = _Look(tariff_id, book, request, rule_of(request), parse_percent(request.thin_percent, "thin_percent"), now, writes=True)
    for prefix in among.prefixes:
        price = book.exact(tariff_id, prefix, now)
        if price is not None and among.fits(price):
            looked.take(price, None, found)
    return found.new, found.ended


def _view(found: _Found, edition: str, set_id: int | None = None) -> PricesChanged:
    return PricesChanged(found.prices, found.changed, found.losing, found.mended, found.lines, edition, set_id)
