"""X and Z reports: what a shift came to, numbered, stored in the shop's chain, printed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby

from appliance.clock import rfc3339
from appliance.money import format_amount, format_percent
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import Place
from appliance.services.call_shop.printing import Queue
from appliance.services.call_shop.receipts import TillReceipts
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.store.shifts import Shift
from appliance.wire.shifts import ReportLine, ShiftReport, ShiftView

Figure = tuple[str, int, int]
"""A key, how often, how much in micros."""


class Reports:
    """Made inside the unit of work of whoever asks."""

    def __init__(self, room: Room, cards: Cards, receipts: TillReceipts, queue: Queue) -> None:
        self._room = room
        self._store = room.store
        self._cards = cards
        self._receipts = receipts
        self._queue = queue

    def make(self, actor: Actor, place: Place, shift: Shift, kind: str, view: ShiftView, print_it: bool | None) -> ShiftReport:
        """The report of a shift now: X while it is open, Z as it is closed."""
        bills = self._store.bills.of_shift(shift.id)
        settled = [each for each in bills if each.state == "paid"]
        lines = [line for bill in bills for line in self._store.bills.lines(bill.id)]
        sales = _summed((line.kind, line.amount_micros) for line in lines)
        paid = _summed((f"{each.method} {each.kind} {each.currency}", each.amount_micros) for each in self._store.bills.paid_in(shift.id))
        losses = _summed((bill.state, bill.lost_micros) for bill in bills if bill.state != "paid")
        events = _summed(
            (f"{each.kind} {self._cards.login(each.operator_id)}".strip(), each.amount_micros)
            for each in self._store.till_documents.of_shift_events(shift.id)
        )
        receipts = self._store.till_documents.of_shift(shift.id, "receipt")
        taxes = _summed((format_percent(ppm), tax) for each in receipts for ppm, _, tax in json.loads(each.content).get("taxes", ()))
        total = sum(bill.total_micros for bill in settled)
        rounding = sum(bill.rounding_micros for bill in settled)
        content = {
            "opened": shift.opened_at,
            "closed": shift.closed_at or 0,
            "operator": shift.operator_id,
            "bills": len(settled),
            "sales": sales,
            "payments": paid,
            "losses": losses,
            "events": events,
            "taxes": taxes,
            "total": total,
            "rounding": rounding,
            "receipts": [receipts[0].number, receipts[-1].number] if receipts else [],
            "cash": [
                [each.currency, each.opened_with, each.received, each.paid_out, each.expected, each.counted or "", each.difference or ""]
                for each in view.cash
            ],
        }
        document = self._receipts.issue(actor, place, kind, kind, content, till_id=shift.till_id, shift_id=shift.id, language=place.language)
        till = self._store.tills.get(shift.till_id)
        assert till is not None  # foreign key
        job = self._queue.document(till, document, print_it)
        return ShiftReport(
            document=document.id,
            number=document.number,
            kind=kind,
            at=rfc3339(document.at),
            shift=view,
            currency=place.currency,
            bills=len(settled),
            sales=_lines(sales),
            taxes=_lines(taxes),
            payments=_lines(paid),
            losses=_lines(losses),
            events=_lines(events),
            rounding=format_amount(rounding),
            total=format_amount(total),
            print_job=job,
        )


def _summed(rows: Iterable[tuple[str, int]]) -> list[Figure]:
    ordered = sorted(rows)
    return [
        (key, len(amounts), sum(amounts))
        for key, amounts in ((key, [amount for _, amount in group]) for key, group in groupby(ordered, key=lambda row: row[0]))
    ]


def _lines(figures: list[Figure]) -> list[ReportLine]:
    return [ReportLine(key, count, format_amount(amount)) for key, count, amount in figures]
