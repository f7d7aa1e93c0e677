"""The end of a call on paper: its CDR, one charge and one balanced entry a level, and the carrier's cost.

Law: written together or not at all, in the savepoint of whoever asks. Charges of zero make no entry; a call that was
not answered has no charges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from appliance.billing.explanation import alike, explain
from appliance.billing.ledger import Entry, call_charge, call_cost
from appliance.billing.rating import NOTHING, Charge, Terms, charge
from appliance.billing.shop import Books, guest_call
from appliance.clock import Clock
from appliance.money import format_amount
from appliance.services.calls.booth_calls import BoothCalls
from appliance.services.calls.call_log import CallLog
from appliance.services.calls.call_record import Heard, LiveCall, PaidBy
from appliance.services.ground.allowances import covering
from appliance.services.ground.hot import Hot
from appliance.services.ground.ledger import Ledger
from appliance.services.ground.room import Room
from appliance.store import calls as stored
from appliance.store.calls import Cdr, CdrPerson
from appliance.store.store import Store

MOST_TOLD = 2_000
"""Prices of which the place of their explanation is kept; past it all are forgotten and looked for again."""

CLOCK_PLAY_MS = 1000
"""Clocks are set by so much every day; only more than this is a clock that cannot be believed."""

BOUGHT = ("out", "test")
"""Directions of calls that the carrier asks money for."""

_json = msgspec.json.Encoder().encode


class Own(msgspec.Struct, array_like=True, gc=False):
    """Of a charge's explanation what is the call's own, in the order of `store.told.EXPLANATION`."""

    duration_ms: int
    seconds: int
    billed_seconds: int
    amount: str


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of a call. `charges` are in the order of its meters; empty where it was not answered."""

    ended_at: int
    duration_ms: int
    late_ms: int
    result: int
    cause: str
    ended_by: str
    charges: Sequence[Charge] = ()
    media: Heard | None = None
    covered: int | None = None  # seconds that came out of the customer's bundle; None: it had none


class Settlement:
    """Writes what `calls` and `recovery` decided."""

    def __init__(self, room: Room, booths: BoothCalls) -> None:
        self._store: Store = room.store
        self._booths = booths
        self._clock: Clock = room.clock
        self._ledger: Ledger = room.ledger
        self._hot: Hot = room.hot
        self.log = CallLog(room.changes, room.hot, room.clock)
        self.newest_at = 0
        self.bought: Callable[[int, int], None] = lambda trunk, micros: None  # told what a carrier asks for a call
        self._told: dict[Terms, int] = {}
        room.changes.on_undo(self._told.clear)  # what was written in what was undone is not there any more

    def clock_is_behind(self, at: int) -> bool:
        """Whether the wall clock stands before the newest fact there is: what is recorded now is marked as uncertain."""
        if at + CLOCK_PLAY_MS < self.newest_at:
            return True
        self.newest_at = max(self.newest_at, at)
        return False

    def write(self, call: LiveCall, outcome: Outcome, run_id: int) -> None:
        """CDR, persons, charges, entries; the live row goes."""
        record = call.record
        answered = record.answered_at is not None
        cost = self._cost(call, outcome.duration_ms) if answered and not record.emergency else NOTHING
        own = outcome.charges[0] if outcome.charges and record.paid_by[0].level == 0 else NOTHING
        self._store.calls.insert_cdr(self._cdr(call, outcome, run_id, own, cost), _person(call))
        entries = self._posted(call, outcome, cost) if answered else []
        if record.session is not None:
            self._booths.ended(call, outcome.duration_ms, outcome.ended_at, entries)
        self._store.calls.delete_live(call.call)
        self.log.ended(call.call, record, outcome.result, outcome.cause, outcome.ended_by, own.billed_seconds, own.amount_micros, own.currency)

    def _cdr(self, call: LiveCall, outcome: Outcome, run_id: int, own: Charge, cost: Charge) -> Cdr:
        record = call.record
        attempts = _json([{"trunk": trunk, "status": status} for trunk, status in record.attempts]).decode() if record.attempts else None
        media = None
        if outcome.media is not None:
            heard = outcome.media
            told: dict[str, object] = {"relayed": heard.relayed, "packets": heard.packets, "loss": heard.loss, "jitter": heard.jitter_ms}
            if heard.mos is not None:
                told["mos"] = heard.mos
            if heard.round_trip_ms:
                told["round_trip"] = heard.round_trip_ms
            if record.direction == "service":
                told |= {"echo_in": heard.echo_in, "echo_back": heard.echo_back}
            media = _json(told).decode()
        uncertain = self.clock_is_behind(outcome.ended_at) or record.uncertain
        # In the order of the columns: names would cost every call a dictionary.
        return Cdr(
            call.call, run_id, record.started_at, record.answered_at, outcome.ended_at, outcome.duration_ms, outcome.late_ms, own.billed_seconds,
            record.reseller, record.customer, record.endpoint, record.trunk, record.callee_endpoint, record.prefix, record.destination,
            outcome.result, outcome.cause, outcome.ended_by, cost.amount_micros, cost.currency or None, own.currency or None, own.amount_micros,
            attempts, media, int(record.emergency), int(uncertain), record.direction,
        )  # fmt: skip

    def _posted(self, call: LiveCall, outcome: Outcome, cost: Charge) -> list[tuple[int, Charge, int | None]]:
        """Entries of all levels and of the carrier's cost, together, then the charges; (level, charge, its entry) of each level."""
        record = call.record
        made: list[tuple[Entry, int | None]] = []
        for paid_by, charged in zip(record.paid_by, outcome.charges, strict=True):
            entry = self._moved(record.customer, paid_by, charged)
            if entry is not None:
                made.append((entry, paid_by.level))
        bought = self._bought(call, cost)
        if bought is not None:
            made.append((bought, None))
        written = iter(self._ledger.write_call(outcome.ended_at, call.call, made) if made else ())
        if bought is not None:
            self.bought(record.trunk or 0, cost.amount_micros)
        charges: list[tuple[int, Charge, int | None]] = []
        for meter, paid_by, charged in zip(call.meters, record.paid_by, outcome.charges, strict=True):
            identity = next(written) if charged.amount_micros else None
            self._charge(call, paid_by, meter.terms, charged, identity, outcome)
            charges.append((paid_by.level, charged, identity))
        return charges

    def _moved(self, customer: int | None, paid_by: PaidBy, made: Charge) -> Entry | None:
        """One level's entry; None where it costs nothing."""
        if paid_by.level < 0:
            return guest_call(Books(paid_by.seller, customer or 0, made.currency), paid_by.account, made.amount_micros)
        return call_charge(paid_by.account, paid_by.seller, made.amount_micros, made.currency)

    def _charge(self, call: LiveCall, paid_by: PaidBy, terms: Terms, made: Charge, entry: int | None, outcome: Outcome) -> None:
        """One level's charge."""
        taken = paid_by.taken
        if taken is not None:
            terms = covering(terms, outcome.covered)
        alike, explanation = self._explained(terms, outcome.duration_ms, made)
        self._store.calls.insert_charge(
            stored.Charge(
                call.call,
                paid_by.level,
                paid_by.account,
                paid_by.customer,
                paid_by.reseller,
                terms.rules.tariff_id,
                terms.price.rate_id or None,
                made.billed_seconds,
                made.amount_micros,
                made.currency,
                entry,
                explanation,
                alike,
            )
        )
        if taken is not None:
            self._hot.allowances.settle(call.call, paid_by.customer or 0, taken, outcome.covered, made.billed_seconds)

    def _explained(self, terms: Terms, duration_ms: int, made: Charge) -> tuple[int | None, str]:
        """How the charge came about: what a price says of every call is written once, and four fields are this call's own."""
        if type(terms) is not Terms or terms.timeline is not None or terms.exchange is not None or terms.price.band:
            return None, _json(explain(terms, duration_ms, made)).decode()
        known = self._told.get(terms)
        if known is None:
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            known = self._told[terms] = self._store.calls.told_alike(_json(alike(terms)))
        own = Own(duration_ms, terms.increments.seconds(duration_ms), made.billed_seconds, format_amount(made.amount_micros))
        return known, _json(own).decode()

    def _cost(self, call: LiveCall, duration_ms: int) -> Charge:
        """What the carrier asks for an outgoing call, by the trunk that answered."""
        record = call.record
        trunk = self._hot.trunks.get(record.trunk) if record.direction in BOUGHT and record.trunk is not None else None
        if trunk is None or trunk.cost_tariff_id is None:
            return NOTHING
        terms = self._hot.prices.book.terms(trunk.cost_tariff_id, record.normalised, record.started_at)
        if not isinstance(terms, Terms):
            return NOTHING
        return charge(terms.begin(record.answered_at or record.started_at), duration_ms)

    def _bought(self, call: LiveCall, cost: Charge) -> Entry | None:
        """The entry of what the carrier asks; None where it is nothing."""
        if not cost.amount_micros:
            return None
        identity = call.record.trunk or 0
        trunk = self._hot.trunks[identity]
        account = self._ledger.carrier(identity, trunk.reseller_id, trunk.name, cost.currency)
        return call_cost(trunk.reseller_id, account, trunk.name, cost.amount_micros, cost.currency)


def _person(call: LiveCall) -> CdrPerson:
    record = call.record
    return CdrPerson(
        call.call, record.call_id, record.caller, record.dialled, record.normalised, record.trunk_call_id,
        record.source, record.user_agent, record.callee,
    )  # fmt: skip
