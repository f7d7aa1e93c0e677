"""What happened between two commits, so that it can be taken back when the second one fails (house, Rules of flow)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.sip.call import Call
from appliance.sip.facts import BindingsChanged, Fact
from appliance.sip.message import response_to
from appliance.sip.policy import Flow
from appliance.sip.transaction import ServerTransaction, TransactionLayer


class Batch:
    """`begun`: new requests with the call each began, None for none. `led_on`: calls that the record knows otherwise than they now
    are (sent on elsewhere), or not at all (placed by us)."""

    __slots__ = ("begun", "facts", "led_on", "packets")

    def __init__(self) -> None:
        self.led_on: list[Call] = []
        self.begun: list[tuple[ServerTransaction, Call | None]] = []
        self.facts: Sequence[Fact] = ()
        self.packets: Sequence[tuple[Flow, bytes]] = ()

    def undo(self, now: float, emergencies: set[str], layer: TransactionLayer) -> list[Fact]:
        """Answer the batch's new requests with 500, forget their calls, and give the facts that still hold."""
        forgotten: set[int] = set()
        for tx, call in self.begun:
            if tx.request.call_id in emergencies:
                continue
            if call is not None and not call.over:
                forgotten.add(call.id)
                call.abandon()
            elif call is not None:
                forgotten.add(call.id)
            if tx.over or tx.status in (401, 407):
                # A challenge records nothing and may be asked for again.
                continue
            tx.replace(response_to(tx.request, 500, None, tx.to_tag), now)
        for call in self.led_on:
            if call.id not in forgotten and not call.over:
                call.unasked(now)
        return [fact for fact in self.facts if not isinstance(fact, BindingsChanged) and getattr(fact, "call", None) not in forgotten]

    def urgent(self, emergencies: set[str]) -> list[tuple[Flow, bytes]]:
        """The packets of emergency calls."""
        if not emergencies:
            return []
        marks = [f"\r\nCall-ID: {call_id}\r\n".encode() for call_id in emergencies]
        return [packet for packet in self.packets if any(mark in packet[1] for mark in marks)]
