"""Open bills and the guests' accounts behind them: what is owed, what was paid in, and each line with its entry.

Law: a line's entry is in the same unit of work as the line; the guest's account is always what was paid in less what
the lines come to; a bill that is settled leaves its account at zero, and another bill may take it then.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.billing.shop import CALL_LINE, GUEST, Sold, guest_line, moved
from appliance.errors import Conflict
from appliance.money import format_amount
from appliance.services.call_shop.places import Place
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.store.bills import Bill, Line

UNBOUNDED_MICROS = 10**15
"""How far a postpaid guest's account may go below zero: the limit is somebody's attention, not a figure."""


class Standing(NamedTuple):
    """How a bill stands: what its lines come to, and what was paid in beforehand."""

    lines: list[Line]
    exact_micros: int
    balance_micros: int

    @property
    def paid_micros(self) -> int:
        """What was paid in."""
        return self.balance_micros + self.exact_micros

    @property
    def due_micros(self) -> int:
        """What is still owed, exactly; negative where more was paid in."""
        return -self.balance_micros


class Tabs:
    """Used inside units of work of those who call."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self._ledger = room.ledger

    def open(self, actor: Actor, place: Place, language: str, limit_micros: int = UNBOUNDED_MICROS, split_from: int | None = None) -> Bill:
        """A new bill with an account of its own."""
        bills, now = self._store.bills, self._room.clock.utcnow()
        prefix = str(place.id)
        account = bills.free_account(prefix, place.currency)
        if account is None:
            account = self._store.accounts.insert(
                kind=GUEST, reseller_id=place.reseller.id, name=f"{prefix}/{bills.accounts(prefix) + 1}", currency=place.currency, created_at=now
            )
        self._ledger.set_limit(account, limit_micros)
        bill_id = bills.insert(
            shop_id=place.id,
            account_id=account,
            currency=place.currency,
            opened_at=now,
            opened_by=actor.operator_id,
            language=language,
            split_from=split_from,
        )
        self._room.changes.note("bill", bill_id)
        return self.bill(bill_id)

    def bill(self, bill_id: int) -> Bill:
        """One that is there."""
        row = self._store.bills.get(bill_id)
        assert row is not None  # foreign keys
        return row

    def standing(self, bill: Bill) -> Standing:
        """An open bill now."""
        lines = self._store.bills.lines(bill.id)
        return Standing(lines, sum(line.amount_micros for line in lines), self._ledger.funds(bill.account_id)[0])

    def add(
        self,
        actor: Actor,
        place: Place,
        bill: Bill,
        kind: str,
        amount_micros: int,
        *,
        text: str = "",
        quantity: int = 1,
        tax_ppm: int = 0,
        goods_id: int | None = None,
        line_id: int | None = None,
        cost_micros: int = 0,
        approved_by: int | None = None,
        reason: str = "",
    ) -> int:
        """A line that is no call; its id."""
        now = self._room.clock.utcnow()
        entry = guest_line(place.books, bill.account_id, kind, amount_micros)
        entry_id = None if entry is None else books.post(self._ledger, now, entry, reference=f"bill {bill.id}", operator_id=actor.operator_id)
        sessions = self._store.booths.open_on(bill.id)
        line = self._store.bills.add_line(
            bill_id=bill.id,
            session_id=sessions[0].id if len(sessions) == 1 else None,
            at=now,
            kind=kind,
            text=text,
            quantity=quantity,
            amount_micros=amount_micros,
            tax_ppm=tax_ppm,
            goods_id=goods_id,
            line_id=line_id,
            cost_micros=cost_micros,
            entry_id=entry_id,
            operator_id=actor.operator_id,
            approved_by=approved_by,
            reason=reason,
        )
        self.told(bill.id)
        return line

    def take_off(self, actor: Actor, place: Place, bill: Bill, line: Line) -> None:
        """The line's entry the other way round; the line stays, marked."""
        now = self._room.clock.utcnow()
        entry = guest_line(place.books, bill.account_id, line.kind, -line.amount_micros)
        entry_id = None if entry is None else books.post(self._ledger, now, entry, reference=f"bill {bill.id}", operator_id=actor.operator_id)
        self._store.bills.change_line(line.id, {"removed_at": now, "removed_by": actor.operator_id, "removal_entry_id": entry_id})
        if line.goods_id is not None:
            self._store.goods.move(line.goods_id, line.quantity)
            self._room.changes.note("goods", line.goods_id)
        self.told(bill.id)

    def move_lines(self, actor: Actor, place: Place, lines: list[Line], bill: Bill, to: Bill) -> None:
        """Lines from one open bill to another, what they come to with them."""
        for line in lines:
            self._store.bills.change_line(line.id, {"bill_id": to.id})
        self._carry(actor, place, bill, to, sum(line.amount_micros for line in lines))

    def pour(self, actor: Actor, place: Place, bill: Bill, into: Bill) -> None:
        """All of a bill into another, what was paid in with it; the bill is joined then."""
        for line in self._store.bills.lines(bill.id, removed=True):
            self._store.bills.change_line(line.id, {"bill_id": into.id})
        self._carry(actor, place, bill, into, -self._ledger.funds(bill.account_id)[0])
        now = self._room.clock.utcnow()
        self._store.bills.update(bill.id, {"state": "joined", "joined_to": into.id, "settled_at": now, "settled_by": actor.operator_id})
        self.told(bill.id, into.id)

    def _carry(self, actor: Actor, place: Place, bill: Bill, to: Bill, owed_micros: int) -> None:
        if bill.currency != to.currency:
            raise Conflict("bill.currency", field="into_bill")
        entry = moved(place.books, bill.account_id, to.account_id, owed_micros)
        if entry is not None:
            books.post(
                self._ledger, self._room.clock.utcnow(), entry, reference=f"bill {bill.id}", operator_id=actor.operator_id, note=f"to bill {to.id}"
            )
        self.told(bill.id, to.id)

    def spare(self, bill: Bill, amount_micros: int) -> None:
        """Conflict "bill.deposit_too_small" where a guest who paid in beforehand would have less than nothing left."""
        sessions = [each for each in self._store.booths.open_on(bill.id) if each.mode == "deposit"]
        left = sum(self._ledger.funds(bill.account_id))
        if sessions and amount_micros > left:
            raise Conflict("bill.deposit_too_small", field="id", left=format_amount(left), currency=bill.currency)

    def told(self, *bill_ids: int) -> None:
        """Bills changed, and the cards of their booths with them."""
        for bill_id in bill_ids:
            self._room.changes.note("bill", bill_id)
            for session in self._store.booths.open_on(bill_id):
                self._room.changes.note("booth", session.endpoint_id)


def sold(lines: list[Line]) -> list[Sold]:
    """Lines as tax sees them: a discount on a call is off calls."""
    by_id = {line.id: line for line in lines}

    def of_calls(line: Line) -> bool:
        if line.kind == CALL_LINE:
            return True
        target = by_id.get(line.line_id or 0)
        return target is not None and target.kind == CALL_LINE

    return [Sold(line.amount_micros, line.tax_ppm, of_calls(line)) for line in lines]
