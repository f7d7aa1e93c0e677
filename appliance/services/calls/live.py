"""Running calls as a reader sees them, and the end of one by an operator's hand."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.money import format_amount
from appliance.services.calls.call_record import LiveCall, heard_itself
from appliance.services.calls.calls import Calls, axis
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.persons import cut_number
from appliance.services.ground.room import Room
from appliance.store.owners import Owner
from appliance.wire.calls import EchoView, HangUp, RunningCall, RunningCalls

MINUTE_MS = 60_000


class LiveRow(NamedTuple):
    """A running call: whose it is, what is shown of it, and what its customer's side costs in the minute to come."""

    owner: Owner
    view: RunningCall
    currency: str
    burn_micros: int


class Live:
    """Reads memory alone: asking costs no call anything."""

    def __init__(self, room: Room, calls: Calls, access: Access) -> None:
        self._clock = room.clock
        self._hot = room.hot
        self._calls = calls
        self._access = access

    def running_calls(self, actor: Actor) -> RunningCalls:
        """The calls that the actor may see, the oldest first."""
        may, running = self._access.may, self._calls.running
        now, wall = axis(self._clock.monotonic()), self._clock.utcnow()
        alone = None if actor.owner_of_folder or any(grant.shop_id is None for grant in actor.grants) else {grant.shop_id for grant in actor.grants}
        found = []
        for call in sorted(running):
            live = running[call]
            owner = (live.record.reseller, live.record.customer)
            if alone is not None and owner[1] not in alone:
                continue
            if may(actor, "calls.read", *owner):  # before its row is made: a customer asks for his one call among hundreds
                view = self._row(live, now, wall).view
                found.append(view if may(actor, "calls.person", *owner) else cut(view))
        return RunningCalls(calls=found)

    def rows(self, most: int | None = None) -> dict[int, LiveRow]:
        """Running calls by id, the oldest first; at most so many."""
        now = axis(self._clock.monotonic())
        wall = self._clock.utcnow()
        running = self._calls.running
        return {call: self._row(running[call], now, wall) for call in sorted(running)[:most]}

    def owners(self) -> dict[int, Owner]:
        """Whose each running call is."""
        return {call: (live.record.reseller, live.record.customer) for call, live in self._calls.running.items()}

    def find(self, actor: Actor, request: HangUp) -> int:
        """The call that the request names; NotFound("call.unknown") where it does not run or is not the actor's business."""
        for live in self._calls.running.values():
            if live.call == request.id or (request.id is None and live.record.call_id == request.call_id):
                self._access.need(actor, "calls.hang_up", live.record.reseller, live.record.customer, what="call")
                return live.call
        raise NotFound("call.unknown")

    def _row(self, live: LiveCall, now: int, wall: int) -> LiveRow:
        record = live.record
        hot, book = self._hot, self._calls.book
        customer = hot.customers.get(record.customer) if record.customer is not None else None
        endpoint = hot.endpoints.get(record.endpoint) if record.endpoint is not None else None
        known = book.has(live.call)
        ends = book.runs_out_at(live.call, now) if known else None
        reseller = hot.resellers.get(record.reseller) if record.reseller is not None else None
        terms = live.meters[0].terms if live.meters else None
        currency = terms.currency if terms is not None else reseller.currency if reseller else ""
        consumed = book.consumed(live.call, 0, now) if known else 0
        burn = 0
        if terms is not None and live.answered is not None:
            elapsed = max(now - axis(live.answered), 0) + 1
            burn = terms.amount(elapsed + MINUTE_MS) - terms.amount(elapsed)
        view = RunningCall(
            id=live.call,
            call_id=record.call_id,
            customer=customer.name if customer is not None else None,
            endpoint=endpoint.number if endpoint is not None else None,
            dialled=record.dialled,
            state=live.state,
            started_at=rfc3339(record.started_at),
            answered_at=rfc3339(record.answered_at) if record.answered_at is not None else None,
            consumed=format_amount(consumed),
            currency=currency,
            runs_out_at=_whole_second(wall + ends - now) if ends is not None else None,
            reseller=reseller.name if reseller is not None else None,
            caller=record.caller,
            destination=record.destination,
            direction=record.direction,
            echo=None if live.echo is None else EchoView(*live.echo, heard_itself(live.echo)),
        )
        return LiveRow((record.reseller, record.customer), view, currency, burn)


def cut(view: RunningCall) -> RunningCall:
    """The row for somebody who may not read persons' numbers."""
    return msgspec.structs.replace(view, dialled=cut_number(view.dialled), caller=cut_number(view.caller))


def _whole_second(at: int) -> str:
    """A forecast; what it says between two looks differs by the play of the clocks alone, and should not."""
    return rfc3339((at + 500) // 1000 * 1000)
