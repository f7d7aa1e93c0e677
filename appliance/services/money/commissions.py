"""Commissions of sub-resellers: a percentage of what a month's calls cost them, credited to their account with the parent (product.md P11).

Law: a month is over before it is credited, in the parent's time zone, and is credited once; it keeps the rate and the sum that it was worked out by.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from appliance.billing import ledger as events
from appliance.errors import Conflict, UserError
from appliance.money import MICROS, currency_decimals, format_amount, format_percent, parse_percent, round_ratio
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.store.accounts import Account
from appliance.store.commissions import Commission
from appliance.store.resellers import Reseller
from appliance.wire.commissions import CommissionList, CommissionPage, CommissionPay, CommissionSet, CommissionView

Earning = list[tuple[Reseller, int]]
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Commissions:
    """`list`, `set`, `pay`."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._once = once

    def set(self, actor: Actor, request: CommissionSet) -> CommissionView:
        """The rate from the next crediting on. UserError commission.of_root, commission.percent."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "resellers.write")
            if reseller.parent_id is None:
                raise UserError("commission.of_root", field="reseller")
            self._lookups.reseller(actor, reseller.parent_id, "accounts.adjust")
            ppm = parse_percent(request.percent, "percent")
            if not 0 <= ppm <= MICROS:
                raise UserError("commission.percent", field="percent")
            before = self._store.commissions.rates().get(reseller.id, 0)
            self._store.commissions.set_rate(reseller.id, ppm)
            texts = ({"commission_percent": format_percent(before)}, {"commission_percent": format_percent(ppm)})
            self._audit.changed(actor, "commissions.set", "reseller", reseller.id, *texts)
            self._room.changes.note("reseller", reseller.id)
            return CommissionView(reseller.name, format_percent(ppm), "0.00", "0.00", self._account(reseller).currency, None)

    def list(self, actor: Actor, request: CommissionList) -> CommissionPage:
        """What the month brings or brought."""
        parent = self._lookups.reseller(actor, request.parent, "ledger.read")
        return self._page(parent, request.month)

    def pay(self, actor: Actor, request: CommissionPay) -> CommissionPage:
        """Credit it. Conflict commission.month_runs."""
        return self._once.do(actor, "commissions.pay", request.request_id, request, CommissionPage, lambda: self._pay(actor, request))

    def _pay(self, actor: Actor, request: CommissionPay) -> CommissionPage:
        parent = self._lookups.reseller(actor, request.parent, "accounts.adjust")
        since, until = _bounds(request.month, parent)
        now = self._room.clock.utcnow()
        if until > now:
            raise Conflict("commission.month_runs", field="month", month=request.month)
        paid = 0
        for reseller, ppm in self._earning(parent):
            if self._store.commissions.of_month(reseller.id, request.month) is None:
                self._credit(actor, parent, reseller, self._worked_out(reseller, ppm, request.month, since, until))
                paid += 1
        self._audit.noted(actor, "commissions.pay", "reseller", parent.id, month=request.month, credited=paid)
        page = self._page(parent, request.month)
        return CommissionPage(page.month, page.commissions, paid)

    def _credit(self, actor: Actor, parent: Reseller, reseller: Reseller, row: Commission) -> None:
        now, entry_id = self._room.clock.utcnow(), None
        if row.amount_micros > 0:
            entry = events.adjustment(self._account(reseller).id, parent.id, row.amount_micros, row.currency)
            assert entry is not None  # the amount is not zero
            reference, note = f"commission:{row.month}", f"{row.month} {format_percent(row.ppm)} %"
            entry_id = books.post(self._room.ledger, now, entry, reference=reference, operator_id=actor.operator_id, note=note)
        self._store.commissions.add(row._replace(entry_id=entry_id, at=now))
        self._room.changes.note("reseller", reseller.id)

    def _page(self, parent: Reseller, month: str) -> CommissionPage:
        since, until = _bounds(month, parent)
        views = []
        for reseller, ppm in self._earning(parent):
            row = self._store.commissions.of_month(reseller.id, month)
            at = None if row is None else row.at
            told = row or self._worked_out(reseller, ppm, month, since, until)
            base, amount = format_amount(told.base_micros), format_amount(told.amount_micros)
            views.append(CommissionView(reseller.name, format_percent(told.ppm), base, amount, told.currency, stamp(at)))
        return CommissionPage(month, views)

    def _worked_out(self, reseller: Reseller, ppm: int, month: str, since: int, until: int) -> Commission:
        account = self._account(reseller)
        base = max(0, self._store.commissions.base(account.id, since, until))
        amount = round_ratio(base * ppm, MICROS, currency_decimals(account.currency))
        return Commission(reseller.id, month, ppm, base, amount, account.currency, None, 0)

    def _earning(self, parent: Reseller) -> Earning:
        rates = self._store.commissions.rates()
        children = sorted(self._store.resellers.children(parent.id), key=lambda row: row.name)
        return [(row, rates[row.id]) for row in children if row.id in rates]

    def _account(self, reseller: Reseller) -> Account:
        account = self._store.accounts.get(reseller.credit_account_id or 0)
        assert account is not None  # whoever has a parent has an account with it
        return account


def _bounds(month: str, parent: Reseller) -> tuple[int, int]:
    """The month's first moment and the first after it, in ms since 1970 UTC."""
    if not _MONTH.fullmatch(month):
        raise UserError("commission.month", field="month")
    year, number = int(month[:4]), int(month[5:])
    zone = ZoneInfo(parent.timezone or "UTC")
    first = datetime(year, number, 1, tzinfo=zone)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return int(first.timestamp()) * 1000, int(after.timestamp()) * 1000
