"""The carrier's cost of calls worked out again: the difference first, then entries that put it right.

A buying deck that came late or was wrong: the calls of a period are priced by the corrected one. Records stay as they are; a correction with an
entry of its own stands beside each (carrier's account against cost), and lists, sums and comparisons read the newest. Worked out in a
thread over a connection that only reads; posted in chunks so short that no call waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from appliance.billing.rating import Terms, charge
from appliance.errors import Conflict, UserError
from appliance.money import format_amount
from appliance.services.calls.call_settle import BOUGHT
from appliance.services.calls.cdrs import Cdrs
from appliance.services.calls.price_history import PriceHistory
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.store.call_search import Wanted
from appliance.store.cost_corrections import Costed
from appliance.store.nouns import Nouns
from appliance.wire.corrections import CostDifference, Recost, RecostApply, TrunkDifference

PRICES = ("now", "then")
FEWEST, MOST = 20, 250  # costs put right in one unit of work
UNIT_SECONDS = 0.008
LONGEST_NOTE = 500


class Plan(NamedTuple):
    """What is asked, settled: `owners` whose trunks may be touched (None: all), one `tariff` or each trunk's own."""

    wanted: Wanted
    prices: str
    tariff: int | None
    owners: frozenset[int] | None


class _Again(NamedTuple):
    call: Costed
    after_micros: int
    currency: str
    tariff_id: int
    rate_id: int | None


class Recostings:
    """`preview` gives a `Reading`, `apply` is given in steps."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, cdrs: Cdrs) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._cdrs = cdrs

    def preview(self, actor: Actor, request: Recost) -> Reading:
        """What would change, by trunk."""
        plan = self._plan(actor, request)
        return Reading(lambda tables: _Pass(tables, plan).whole(None))

    def apply(self, actor: Actor, request: RecostApply) -> Steps[CostDifference]:
        """Post it. Conflict recost.changed_since_preview. A repeated request finds nothing left to do."""
        plan = self._plan(actor, request)
        if len(request.note) > LONGEST_NOTE:
            raise UserError("field.wrong_text", field="note", longest=LONGEST_NOTE)
        again = bool(request.request_id) and self._store.cost_corrections.known(request.request_id)
        reader = self._store.reader()
        try:
            changes: list[_Again] = []
            seen: CostDifference = yield partial(_Pass(reader, plan).whole, changes)
        finally:
            reader.close()
        if request.fingerprint is not None and request.fingerprint != seen.fingerprint and not again:
            raise Conflict("recost.changed_since_preview", field="fingerprint")
        pace, posted = Pace(FEWEST, MOST, UNIT_SECONDS), 0
        if changes:
            with self._room.changes.unit():  # before the first, for it may be stopped between any two
                self._audit.noted(actor, "cdrs.recost", "call", 0, calls=len(changes), note=request.note)
        while changes:
            begun, part = self._room.clock.monotonic(), changes[-pace.count :]
            del changes[-pace.count :]
            posted += self._post(actor, request, part)
            pace.took(len(part), self._room.clock.monotonic() - begun)
            yield None
        return CostDifference(seen.calls, seen.changed, seen.without_price, seen.trunks, seen.fingerprint, posted)

    def _post(self, actor: Actor, request: RecostApply, part: list[_Again]) -> int:
        """One short unit of work: what nobody has put right meanwhile."""
        ledger, store, posted = self._room.ledger, self._store, 0
        with self._room.changes.unit():
            at = self._room.clock.utcnow()
            for each in part:
                before = each.call.cost_micros
                trunk = store.trunks.get(each.call.trunk_id)
                if trunk is None or store.cost_corrections.current(each.call.cdr_id) != before:
                    continue
                carrier = ledger.carrier(trunk.id, trunk.reseller_id, trunk.name, each.currency)
                spent = ledger.account(trunk.reseller_id, "carrier_cost", each.currency)
                postings = [(carrier, -before), (spent, before), (carrier, each.after_micros), (spent, -each.after_micros)]
                entry = ledger.post(
                    at, "recost", [posting for posting in postings if posting[1]], reference="call", call_id=each.call.cdr_id,
                    operator_id=actor.operator_id, note=request.note,
                )  # fmt: skip
                store.cost_corrections.insert(
                    cdr_id=each.call.cdr_id, recosting=request.request_id, before_micros=before, after_micros=each.after_micros,
                    currency=each.currency, account_id=carrier, tariff_id=each.tariff_id, rate_id=each.rate_id, entry_id=entry, at=at,
                )  # fmt: skip
                self._room.changes.note("call", each.call.cdr_id)
                posted += 1
        return posted

    def _plan(self, actor: Actor, request: Recost) -> Plan:
        if request.prices not in PRICES:
            raise UserError("field.not_a_choice", field="prices", choices=", ".join(PRICES))
        reseller = self._lookups.reseller(actor, request.reseller, "accounts.adjust")
        tariff = None
        if request.tariff is not None:
            tariff = self._lookups.tariff(actor, request.tariff, reseller.id, "tariffs.read").id
        return Plan(self._cdrs.wanted(actor, request), request.prices, tariff, self._access.reach(actor, "accounts.adjust"))


class _Sum:
    __slots__ = ("after", "before", "calls", "changed")

    def __init__(self) -> None:
        self.calls = self.changed = self.before = self.after = 0


class _Pass:
    """One look at all calls of a plan, over a connection that only reads."""

    def __init__(self, tables: Nouns, plan: Plan) -> None:
        self._tables = tables
        self._plan = plan
        self._trunks = {row.id: row for row in tables.trunks.list(archived=True)}
        self._sums: dict[tuple[int, str], _Sum] = {}
        self._digest = blake2b(digest_size=16)
        self._calls = self._without = self._changed = 0

    def whole(self, changes: list[_Again] | None) -> CostDifference:
        """The difference; `changes` collects what is to be posted."""
        for each in self._over():
            if changes is not None:
                changes.append(each)
        trunks = []
        for (trunk_id, currency), sums in sorted(self._sums.items()):
            before, after, more = (format_amount(micros) for micros in (sums.before, sums.after, sums.after - sums.before))
            trunks.append(TrunkDifference(self._trunks[trunk_id].name, currency, sums.calls, sums.changed, before, after, more))
        return CostDifference(self._calls, self._changed, self._without, trunks, self._digest.hexdigest())

    def _over(self) -> Iterator[_Again]:
        prices = PriceHistory(self._tables, then=self._plan.prices == "then")
        for call in self._tables.cost_corrections.costed(self._tables.call_search.sources(self._plan.wanted), tuple(BOUGHT)):
            trunk = self._trunks[call.trunk_id]
            tariff_id = self._plan.tariff if self._plan.tariff is not None else trunk.cost_tariff_id
            if self._plan.owners is not None and trunk.reseller_id not in self._plan.owners:
                continue
            self._calls += 1
            again = None if tariff_id is None or not call.number.isdigit() else _again(prices, call, tariff_id)
            if again is None:
                self._without += 1
                continue
            sums = self._sums.setdefault((call.trunk_id, again.currency), _Sum())
            changed = again.after_micros != call.cost_micros
            sums.calls += 1
            sums.changed += changed
            sums.before += call.cost_micros
            sums.after += again.after_micros
            if changed:
                self._changed += 1
                self._digest.update(b"%d %d %d;" % (call.cdr_id, call.cost_micros, again.after_micros))
                yield again


def _again(prices: PriceHistory, call: Costed, tariff_id: int) -> _Again | None:
    """What the carrier asks by that tariff; None where it has no price in the currency that was paid."""
    prices.bring(tariff_id)
    currency = prices.now.book.get(tariff_id).currency
    if call.currency not in ("", currency):
        return None
    terms = prices.terms(tariff_id, call.number, call.started_at, call.ended_at, currency, None)
    if not isinstance(terms, Terms):
        return None
    made = charge(terms.begin(call.answered_at), call.duration_ms)
    return _Again(call, made.amount_micros, currency, tariff_id, terms.price.rate_id or None)
