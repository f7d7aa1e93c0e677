"""What the next invoice of an account says, worked out and not written yet.

Law: an account's postings are told of once, in stretches without gaps: each document begins at the posting where the one before it
ended. Where money is taxed when it comes, the lines are payments; else they are calls, fees and corrections, and the invoice adds
the tax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.billing.invoice import Line, Rate, Totals, paid, totals
from appliance.billing.tax import Decision
from appliance.errors import UserError
from appliance.money import currency_decimals
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.services.money.layouts import layout_of
from appliance.services.money.taxes import Taxes
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.document_sources import SOLD, Bounds, Moved, Paid
from appliance.store.documents import Movement

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
CALLS, FEE, ADJUSTMENT, CORRECTION, CREDIT = "calls", "fee", "adjustment", "correction", "credit"
_LINE_OF = {"fee": FEE, "adjustment": ADJUSTMENT, "rerate": CORRECTION, "call_refund": CORRECTION, "goods": ADJUSTMENT}


class Draft(NamedTuple):
    """One document before it has a number. `taxed_by`: usage or payment; `included`: lines of usage contain their tax."""

    account: Account
    customer: Customer | None
    timezone: str
    bounds: Bounds
    from_at: int | None
    until_at: int
    taxed_by: str
    included: bool
    lines: tuple[Line, ...]
    totals: Totals
    movements: tuple[Movement, ...]
    before_micros: int
    after_micros: int


def zone_of(room: Room, account: Account, customer: Customer | None) -> str:
    """The zone that the account's days are in: its customer's, else its reseller's."""
    seller = room.store.resellers.get(account.reseller_id)
    return (customer.timezone if customer is not None else "") or (seller.timezone if seller is not None else "") or "UTC"


def boundary(text: str, field: str, timezone: str) -> int:
    """A moment, or the beginning of an ISO date in a zone, in ms since 1970 UTC; UserError time.invalid."""
    if not _DATE.match(text):
        found = moment(text, field)
        assert found is not None  # a text gives a moment
        return found
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp()) * 1000
    except (ValueError, OverflowError, KeyError, OSError):
        raise UserError("time.invalid", field=field, text=text) from None


class Drafts:
    """Reads alone."""

    def __init__(self, room: Room, taxes: Taxes) -> None:
        self._room = room
        self._store = room.store
        self._taxes = taxes

    def of(self, account: Account, customer: Customer | None, until_at: int) -> Draft:
        """Everything since the account's last document and before `until_at`."""
        last = self._store.documents.last_of(account.id)
        after = 0 if last is None else last.last_posting
        bounds = self._store.document_sources.bounds(account.id, after, until_at)
        decision = self._taxes.decision(account, customer)
        payments = self._store.document_sources.payments(account.id, bounds)
        by_payment = account.tax_point == "payment" and (bool(decision.ppm) or any(each.tax_micros for each in payments))
        included = not by_payment and layout_of(self._store, account.reseller_id).tax_included
        others = list(self._store.document_sources.others(account.id, bounds))
        if by_payment:
            lines, sums = _of_payments(payments, currency_decimals(account.currency))
            calls, used = self._store.document_sources.used(account.id, bounds)
            movements = [(until_at - 1, CALLS, str(calls), -used)] if calls else []
            movements += [(each.at, each.kind, each.method or each.note, each.amount_micros) for each in others]
        else:
            lines = self._lines(account, bounds, others)
            sums = totals(lines, [_rate(decision)], currency_decimals(account.currency), included=included)
            movements = [(each.at, _moved(each), each.method, each.amount_micros) for each in others if each.claimed or each.kind not in SOLD]
        before = 0 if last is None else last.balance_after_micros
        moved = sum(amount for *_rest, amount in movements) - (0 if by_payment else sum(line.exact_micros for line in lines))
        return Draft(
            account=account,
            customer=customer,
            timezone=zone_of(self._room, account, customer),
            bounds=bounds,
            from_at=last.until_at if last is not None else self._store.document_sources.first_at(account.id, bounds),
            until_at=until_at,
            taxed_by="payment" if by_payment else "usage",
            included=included,
            lines=tuple(lines),
            totals=sums,
            movements=tuple(Movement(place, *each) for place, each in enumerate(movements)),
            before_micros=before,
            after_micros=before + moved - (0 if by_payment or included else sums.tax_micros),
        )

    def _lines(self, account: Account, bounds: Bounds, others: list[Moved]) -> list[Line]:
        found = [
            Line(CALLS, each.destination, each.calls, each.seconds, each.amount_micros)
            for each in self._store.document_sources.calls(account.id, bounds)
        ]
        rest = sorted(self._others(others), key=lambda line: list(_LINE_OF.values()).index(line.kind))
        corrections = [line for line in rest if line.kind == CORRECTION]
        found += [line for line in rest if line.kind != CORRECTION]
        if corrections:
            found.append(Line(CORRECTION, "", len(corrections), 0, sum(line.exact_micros for line in corrections)))
        return found

    def _others(self, others: list[Moved]) -> Iterator[Line]:
        for each in others:
            if each.claimed or each.kind not in SOLD:
                continue
            kind = _LINE_OF.get(each.kind, CORRECTION)
            yield Line(kind, self._fee_text(each) if kind == FEE else each.note if kind == ADJUSTMENT else "", 1, 0, -each.amount_micros)

    def _fee_text(self, moved: Moved) -> str:
        """`Name 2026-01-15 – 2026-02-01`, the days it is for; the last is not included."""
        described = self._store.fees.describing(moved.reverses or moved.entry)
        if described is None:
            return moved.note or moved.reference
        name, month = described
        once = month.since_on == month.until_on
        return name if once else f"{name} {month.since_on} – {month.until_on}"


def _rate(decision: Decision) -> Rate:
    return Rate(decision.category, decision.name, decision.ppm, decision.country)


def _moved(each: Moved) -> str:
    return "credited" if each.claimed else each.kind


def _of_payments(payments: list[Paid], decimals: int) -> tuple[list[Line], Totals]:
    """Lines of money that came in, and the tax that was taken out of it then."""
    rates: list[Rate] = []
    taxes: list[int] = []
    lines = []
    for each in payments:
        rate = Rate(each.category, "", each.tax_ppm, each.country)
        if rate not in rates:
            rates.append(rate)
            taxes.append(0)
        place = rates.index(rate)
        taxes[place] += each.tax_micros
        lines.append(Line(CREDIT, each.method, 1, 0, each.credit_micros, place))
    return lines, paid(lines, rates, taxes, decimals)
