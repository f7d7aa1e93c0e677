"""What was called, sold and earned, by day, customer or destination: a reseller with its branch (product.md P10, web.md).

Sales are what the reseller's own customers and its direct sub-resellers paid to it; cost is what it paid, to its parent or to the
carriers of its own trunks. A sub-reseller counts as one line with all below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.services.calls.cdrs import figures
from appliance.services.day_book import DayBook, DaySum
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.money.invoice_draft import boundary
from appliance.services.statistics import beginnings, minutes, summed, zone_of
from appliance.store.call_figures import KEYS
from appliance.store.call_search import Wanted
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.statistics import CallFiguresRequest, CallFiguresRow, CallFiguresView

MOST_DAYS = 400
MOST_DAYS_BY_HOUR = 7
MOST_ROWS = 1000
Key = tuple[str, int | str]
"""("day", "2026-01-31"), ("hour", "2026-01-31T14:00"), ("customer", id), ("reseller", id), ("destination", name); ("", "") for calls of nobody or
to nowhere."""
NOBODY: Key = ("", "")


class CallFigures:
    """A `Reading`: a year of a big house is seconds of work."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, book: DayBook) -> None:
        self._room = room
        self._store = room.store
        self._book = book
        self._access = access
        self._lookups = lookups

    def read(self, actor: Actor, request: CallFiguresRequest) -> Reading:
        """The lines, days in their order, all else by what it brought."""
        timed, hours = request.by in ("day", "hour"), request.by == "hour"
        if not timed and request.by not in KEYS:
            raise UserError("field.not_a_choice", field="by", choices=", ".join(sorted({*KEYS, "hour"})))
        reseller = self._lookups.reseller(actor, request.reseller, "calls.read")
        costs = self._access.may(actor, "costs.read", reseller.id)
        now = self._room.clock.utcnow()
        zone = reseller.timezone or "UTC"
        since = beginnings(now, zone)[0 if hours else 1] if request.since is None else boundary(request.since, "since", zone)
        until = beginnings(now, zone)[0] + 2 * 86_400_000 if request.until is None else boundary(request.until, "until", zone)
        most = MOST_DAYS_BY_HOUR if hours else MOST_DAYS
        if until <= since or until - since > most * 86_400_000:
            raise UserError("statistics.period", field="until", most=most)
        limit = max(1, min(request.limit, MOST_ROWS))
        kept = self._book.ask(reseller.id, since, until, zone_of(zone), hours=hours) if timed else None

        def run(tables: Nouns) -> CallFiguresView:
            if kept is None:
                sums = _sums(tables, reseller, request.by, since, until)
            else:
                lines = kept.sums(tables, lambda tables, since, until: summed(tables, reseller, since, until))
                sums = {(request.by, line): each for line, each in lines.items()}
            total = DaySum()
            for each in sums.values():
                total.add(each)
            rows = list(sums.items())
            if not timed:
                rows.sort(key=lambda each: (-each[1].sales.get(reseller.currency, 0), -each[1].calls, str(each[0])))
            shown = rows if timed else rows[:limit]
            return CallFiguresView(
                reseller=reseller.name,
                timezone=zone,
                currency=reseller.currency,
                by=request.by,
                since=rfc3339(since),
                until=rfc3339(until),
                rows=[_row(tables, key, each, costs=costs) for key, each in shown],
                total=_row(tables, NOBODY, total, costs=costs),
                more=len(rows) - len(shown),
            )

        return Reading(run, slow=True)


def _sums(tables: Nouns, reseller: Reseller, by: str, since: int, until: int) -> dict[Key, DaySum]:
    branch = tables.resellers.branch(reseller.id)
    every = Wanted(None if reseller.parent_id is None else branch, from_at=since, until_at=until)
    children = [child.id for child in tables.resellers.children(reseller.id)]
    child_of = {each: child for child in children for each in tables.resellers.branch(child)}
    own = (reseller.id, None)
    key_of = _placing(by, child_of)
    sums: dict[Key, DaySum] = {}
    for group in tables.call_figures.groups(every, by):
        into = sums.setdefault(key_of(group.key, group.reseller_id), DaySum())
        into.add(DaySum(group.calls, group.answered, group.duration_ms))
        if group.reseller_id in own and group.currency is not None:
            into.add(DaySum(sales={group.currency: group.amount_micros}))
        if group.trunk_reseller_id == reseller.id and group.cost_currency is not None:
            into.add(DaySum(cost={group.cost_currency: group.cost_micros}))
    below = Wanted(tuple(child_of), from_at=since, until_at=until)
    for paid in tables.call_figures.paid(below, by, children):
        sums.setdefault(key_of(paid.key, paid.reseller_id), DaySum()).add(DaySum(sales={paid.currency: paid.micros}))
    if reseller.parent_id is not None:
        for paid in tables.call_figures.paid(every, by, (reseller.id,)):
            sums.setdefault(key_of(paid.key, paid.reseller_id), DaySum()).add(DaySum(cost={paid.currency: paid.micros}))
    return sums


def _placing(by: str, child_of: Mapping[int, int]) -> Callable[[int | str | None, int | None], Key]:
    """(the store's key, the reseller of the record) -> the line it belongs to."""
    if by == "destination":
        return lambda key, _: ("destination", str(key)) if key else NOBODY

    def customer(key: int | str | None, owner: int | None) -> Key:
        if owner is not None and owner in child_of:
            return "reseller", child_of[owner]
        return ("customer", int(key)) if key is not None else NOBODY

    return customer


def _row(tables: Nouns, key: Key, each: DaySum, *, costs: bool) -> CallFiguresRow:
    kind, value = key
    label = str(value)
    if kind == "customer":
        customer = tables.customers.get(int(value))
        label = "" if customer is None else customer.name
    elif kind == "reseller":
        child = tables.resellers.get(int(value))
        label = "" if child is None else child.name
    return CallFiguresRow(
        kind=kind,
        id=int(value) if kind in ("customer", "reseller") else None,
        label=label,
        calls=each.calls,
        answered=each.answered,
        minutes=minutes(each.duration_ms),
        money=figures(each.sales, each.cost if costs else None),
    )
