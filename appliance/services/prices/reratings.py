"""Re-rating: the difference per customer first, then reversals and new charges in one entry each (money.md, Fees, tax, payments, documents).

Law: what is posted is looked at again in the unit that posts it, so that a charge is put right once, whoever asks twice and wherever an earlier
posting broke off. Figures are worked out in a thread over a connection that only reads; postings come in chunks so short that no call waits.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from appliance.billing.explanation import explain
from appliance.billing.rating import charge
from appliance.errors import Conflict, UserError
from appliance.services.calls.cdrs import Cdrs
from appliance.services.calls.price_history import PriceHistory
from appliance.services.calls.recalculation import Again, Recalculation, TariffOf
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.money.approvals import Approvals
from appliance.store.call_search import Wanted
from appliance.store.corrections import RERATE, Charged, New, Rerating
from appliance.store.nouns import Nouns
from appliance.wire.corrections import Difference, Rerate, RerateApply

PRICES = ("now", "then")
READ = 1000  # calls worked out in one go beside
FEWEST, MOST = 20, 250  # charges put right in one unit of work
UNIT_SECONDS = 0.008  # what a unit is to take on this disk: more, and the next is smaller
LONGEST_NOTE = 500

_json = msgspec.json.Encoder().encode


class Plan(NamedTuple):
    """What is asked, settled: `sellers` whose charges may be put right (None: all), one `level` or all, one `tariff` or each party's own."""

    wanted: Wanted
    prices: str
    tariff: int | None
    level: int | None
    sellers: frozenset[int] | None

    def tariff_of(self, tables: Nouns) -> TariffOf:
        """By which tariff each charge is worked out."""
        known: dict[tuple[int, int], int | None] = {}
        special = tables.special_tariffs.all()

        def present(level: int, party: int) -> int | None:
            if level == 0:
                customer = tables.customers.get(party)
                return None if customer is None else special.get(party, customer.tariff_id)
            reseller = tables.resellers.get(party)
            return None if reseller is None else reseller.tariff_id

        def tariff_of(charged: Charged) -> int | None:
            level = charged.level
            if (self.level is not None and level != self.level) or (self.sellers is not None and charged.seller_id not in self.sellers):
                return None
            if self.tariff is not None:
                return self.tariff if level == 0 else None
            if self.prices == "then":
                return charged.tariff_id
            party = (level, (charged.customer_id if level == 0 else charged.reseller_id) or 0)
            if party not in known:
                known[party] = present(*party)
            return known[party]

        return tariff_of


class _Found:
    """Charges of some calls that change, with their explanations: those of one account together, so that a unit of work touches few of them.

    `since` is the newest correction that was there when they were read, or that this posting wrote itself; `touched` are (call, level) of
    whatever others put right after that.
    """

    __slots__ = ("charges", "since", "touched")

    def __init__(self, since: int, charges: list[tuple[Again, bytes]]) -> None:
        self.since = since
        self.charges = charges
        self.touched: set[tuple[int, int]] = set()


class Reratings:
    """`preview` gives a `Reading`, `apply` is given in steps."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, cdrs: Cdrs, approvals: Approvals) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._cdrs = cdrs
        self._approvals = approvals
        approvals.executors["cdrs.rerate"] = (RerateApply, lambda actor, request: None)  # whoever asked posts it then: it may take minutes
        self.propose: Callable[[Sequence[int]], Sequence[int]] = lambda entries: ()

    def preview(self, actor: Actor, request: Rerate) -> Reading:
        """What would change, by customer and reseller."""
        plan = self._plan(actor, request)
        return Reading(lambda tables: _difference(tables, plan, None))

    def apply(self, actor: Actor, request: RerateApply) -> Steps[Difference]:
        """Post it. Conflict rerate.changed_since_preview, request.id_used, approval.needed. Where nothing differs nothing is posted.

        What moves more on an account than the actor may move alone waits for a second person; once approved, the same request posts it.
        """
        plan = self._plan(actor, request)
        if len(request.note) > LONGEST_NOTE:
            raise UserError("field.wrong_text", field="note", longest=LONGEST_NOTE)
        before = self._store.corrections.rerating_of(request.request_id) if request.request_id else None
        kept = _json(msgspec.structs.replace(request, note="", request_id="", fingerprint=None)).decode()
        if before is not None and (before.request != kept or before.operator_id != actor.operator_id):
            raise Conflict("request.id_used", field="request_id", request_id=request.request_id)
        if before is not None and before.finished_at is not None:
            return self._told(before)
        reader = self._store.reader()
        try:
            keys: array[int] = array("q")
            moved: dict[int, int] = {}
            seen: Difference = yield partial(_difference, reader, plan, keys, moved)
            if request.fingerprint is not None and request.fingerprint != seen.fingerprint and before is None:
                raise Conflict("rerate.changed_since_preview", field="fingerprint")
            if before is None:
                self._approvals.asking(actor, lambda: self._within_limits(actor, request, moved))
            row = before or self._begun(actor, request, kept)
            prices: PriceHistory = yield partial(PriceHistory, reader, then=plan.prices == "then")
            again = Recalculation(reader, prices, plan.tariff_of(reader))
            notes: list[int] = []
            posted: int = 0 if before is None else (yield partial(_posted, reader, row.id))
            pace = Pace(FEWEST, MOST, UNIT_SECONDS)
            for first in range(0, len(keys), READ):
                found: _Found = yield partial(_worked_out, reader, again, keys[first : first + READ].tolist())
                while found.charges:
                    begun = self._room.clock.monotonic()
                    part = found.charges[-pace.count :]
                    del found.charges[-pace.count :]
                    count, proposed = self._post(row, actor, part, found)
                    posted += count
                    notes += proposed
                    pace.took(len(part), self._room.clock.monotonic() - begun)
                    yield None
        finally:
            reader.close()
        return self._finished(actor, row, seen, notes, posted)

    # steps ---------------------------------------------------------------------------------------------------------
    def _within_limits(self, actor: Actor, request: RerateApply, moved: dict[int, int]) -> None:
        with self._room.changes.unit():
            for account_id, micros in sorted(moved.items()):
                account = self._store.accounts.get(account_id)
                assert account is not None  # foreign key
                if not self._approvals.granted(actor, account, "cdrs.rerate", request):
                    self._approvals.guard(actor, account, "refund" if micros < 0 else "adjustment", micros, "cdrs.rerate", request)

    def _begun(self, actor: Actor, request: RerateApply, kept: str) -> Rerating:
        with self._room.changes.unit():
            row_id = self._store.corrections.reratings.insert(
                at=self._room.clock.utcnow(), operator_id=actor.operator_id, request_id=request.request_id, request=kept, note=request.note
            )
        row = self._store.corrections.reratings.get(row_id)
        assert row is not None  # just written
        return row

    def _post(self, row: Rerating, actor: Actor, part: Sequence[tuple[Again, bytes]], found: _Found) -> tuple[int, Sequence[int]]:
        """One short unit of work: what nobody has put right meanwhile. (How many, invoices that told of them otherwise.)"""
        store, ledger = self._store, self._room.ledger
        with self._room.changes.unit():
            touched = found.touched
            touched |= store.corrections.later(found.since)
            doubtful = {again.charged.cdr_id for again, _ in part if (again.charged.cdr_id, again.charged.level) in touched} if touched else ()
            costs = store.corrections.current(sorted(doubtful)) if doubtful else {}
            new = []
            for again, explanation in part:
                charged, terms = again.charged, again.terms
                key = charged.cdr_id, charged.level
                if terms is None or (key in touched and costs.get(key) != again.before_micros):
                    continue
                revenue = ledger.account(charged.seller_id, "revenue", charged.currency)
                new.append(
                    New(
                        charged.cdr_id, charged.level, again.before_micros, again.after_micros, charged.currency, charged.account_id, revenue,
                        terms.rules.tariff_id, terms.price.rate_id or None, terms.increments.billed(charged.duration_ms) or 0, explanation.decode(),
                    )
                )  # fmt: skip
            if not new:
                return 0, ()  # `since` stays: what came later is asked for again, which is harmless
            at = self._room.clock.utcnow()
            entries, balances = store.corrections.write(at, RERATE, new, rerating_id=row.id, operator_id=actor.operator_id, note=row.note)
            found.since = store.corrections.last()
            ledger.moved(balances)
            self._room.changes.note("call", *{each.cdr_id for each in new})
            invoiced = store.corrections.with_documents(sorted({each.account_id for each in new}))
            told = [entry for entry, each in zip(entries, new, strict=True) if each.account_id in invoiced]
            return len(new), self.propose(told) if told else ()

    def _finished(self, actor: Actor, row: Rerating, seen: Difference, notes: Sequence[int], posted: int) -> Difference:
        with self._room.changes.unit():
            self._store.corrections.reratings.update(row.id, {"calls": posted, "finished_at": self._room.clock.utcnow()})
            self._audit.noted(actor, "cdrs.rerate", "rerating", row.id, charges=posted, note=row.note)
        return msgspec.structs.replace(seen, rerating=row.id, posted=posted, credit_notes=sorted(set(notes)))

    def _told(self, row: Rerating) -> Difference:
        """What an earlier answer to the same request said of its postings."""
        return Difference(0, 0, 0, 0, [], [], rerating=row.id, posted=row.calls)

    def _plan(self, actor: Actor, request: Rerate) -> Plan:
        if request.prices not in PRICES:
            raise UserError("field.not_a_choice", field="prices", choices=", ".join(PRICES))
        if request.level is not None and request.level < 0:
            raise UserError("field.out_of_range", field="level", least=0, most=50)
        reseller = self._lookups.reseller(actor, request.reseller, "accounts.adjust")
        tariff = None
        if request.tariff is not None:
            tariff = self._lookups.tariff(actor, request.tariff, reseller.id, "tariffs.read").id
        return Plan(self._cdrs.wanted(actor, request), request.prices, tariff, request.level, self._access.reach(actor, "accounts.adjust"))


def _difference(tables: Nouns, plan: Plan, keys: array[int] | None, moved: dict[int, int] | None = None) -> Difference:
    """The whole pass; `keys` collects the calls that change, `moved` what each account would be charged more."""
    again = Recalculation(tables, PriceHistory(tables, then=plan.prices == "then"), plan.tariff_of(tables))
    last = 0
    for found in again.over(_charges(tables, plan.wanted)):
        if keys is not None and found.charged.cdr_id != last:
            last = found.charged.cdr_id
            keys.append(last)
    if moved is not None:
        moved.update(again.moved)
    return again.difference()


def _charges(tables: Nouns, wanted: Wanted) -> Iterator[Charged]:
    return tables.corrections.charged(tables.call_search.sources(wanted))


def _posted(tables: Nouns, rerating_id: int) -> int:
    return sum(calls for _, calls, _, _ in tables.corrections.posted(rerating_id))


def _worked_out(tables: Nouns, again: Recalculation, calls: list[int]) -> _Found:
    """The charges of these calls that change, with how they come about."""
    since = tables.corrections.last()  # before the charges are read: what comes between is looked at again
    source = ("cdr c", f"c.id IN ({', '.join('?' * len(calls))})", list(calls))
    found = []
    for each in again.over(tables.corrections.charged([source])):
        charged, terms = each.charged, each.terms
        assert terms is not None  # `over` gives those with a price
        found.append((each, _json(explain(terms, charged.duration_ms, charge(terms, charged.duration_ms)))))
    found.sort(key=_by_account)
    return _Found(since, found)


def _by_account(found: tuple[Again, bytes]) -> tuple[int, int, int]:
    charged = found[0].charged
    return charged.account_id, -charged.cdr_id, -charged.level  # they are taken from the end
