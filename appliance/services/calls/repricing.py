"""A price changed while calls run: their meters follow at once (money.md, Credit control).

A rate that counts at a call's start is the call's rate, also when it was typed after that start. A call whose account
cannot pay the new price up to now ends now, at what it was granted. A number that no longer has a rate keeps its old one:
the call was admitted by it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from appliance.billing.credit import Meter
from appliance.billing.rate import Price
from appliance.billing.rating import Terms
from appliance.billing.volume import discount_of
from appliance.services.calls.call_record import LiveCall, terms_text, to_text
from appliance.services.calls.calls import Calls, axis
from appliance.services.ground.room import Room
from appliance.wire.changes import Change

KINDS = ("tariff", "rate")


class Repricing:
    """Listens for changed prices; `calls` owns the meters."""

    def __init__(self, room: Room, calls: Calls) -> None:
        self._room = room
        self._calls = calls
        room.changes.listen(self.changed, *KINDS)

    def changed(self, changes: Sequence[Change]) -> None:
        """After the commit of the new prices, when the look-ups hold them."""
        running = [live for live in self._calls.running.values() if live.meters]
        if not running:
            return
        now = axis(self._room.clock.monotonic())
        repriced = [live for live in running if self._reprice(live, now)]
        if repriced:
            with self._room.changes.unit():
                for live in repriced:
                    self._room.store.calls.update_record(live.call, to_text(live.record))
                    self._room.changes.note("call", live.call)

    def _reprice(self, live: LiveCall, now: int) -> bool:
        """Whether a level of this call is rated anew."""
        changed = False
        for meter in live.meters:
            terms = self._terms(live, meter)
            if terms is not None and self._calls.book.change_terms(live.call, meter.level, terms, now):
                live.meters = tuple(msgspec.structs.replace(each, terms=terms) if each is meter else each for each in live.meters)
                changed = True
                if meter.level == 0 and live.record.direction != "on_net":
                    live.record.prefix, live.record.destination = terms.price.prefix, terms.price.destination
        if changed:
            told = {meter.level: terms_text(meter.terms) for meter in live.meters}
            for payer in live.record.paid_by:
                payer.terms = told[payer.level]
        return changed

    def _terms(self, live: LiveCall, meter: Meter) -> Terms | None:
        """What the tariff says of the call now, in the exchange rate of its start; None where nothing changed."""
        old, record, prices = meter.terms, live.record, self._room.hot.prices
        if record.direction == "in":
            return None  # an incoming number's price is its own
        tariff = old.rules.tariff_id
        found: object = (
            prices.on_net_terms(tariff, old.currency, record.started_at)
            if record.direction == "on_net"
            else prices.terms(tariff, record.normalised, old.currency, record.started_at)
        )
        if not isinstance(found, Terms):
            return None
        found = self._room.hot.allowances.lowered(found, discount_of(old.price))
        if found.timeline is None and old.timeline is None and _fields(found.price) == _fields(old.price) and found.rules == old.rules:
            return None
        return Terms(found.price, found.rules, old.exchange, found.timeline)


def _fields(price: Price) -> tuple[object, ...]:
    return tuple(getattr(price, name) for name in Price.__slots__)
