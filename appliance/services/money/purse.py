"""What a customer sets of his own spending: an e-mail at a low balance, once a crossing, and a cap of the month (web.md, Pages)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from appliance.errors import UserError
from appliance.money import format_amount, parse_amount
from appliance.services.calls.spending import KIND, Spending
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.mail.messages import Messages
from appliance.services.mail.notices import Notices
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.wire import overview as wire
from appliance.wire.changes import Change
from appliance.wire.shapes import ById
from appliance.words import Words

MOST_WAITING = 10_000
"""Accounts whose balance moved since the last look; past it every alert is looked at."""


class Purse:
    """`step` is the job that tells of low balances."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._notices = Notices(room, messages)
        self._moved: set[int] = set()
        self.spending: Spending = Spending(room.store, room.clock, room.changes)
        """A running server hands in the one that its calls follow."""
        room.changes.listen(self._heard, "balance", "account")

    def get(self, actor: Actor, request: ById) -> wire.Spending:
        """How it is set, and what this month came to."""
        return self.view(self._lookups.customer(actor, request.id, None, "customers.read", "id"))

    def set(self, actor: Actor, request: wire.SpendingSet) -> wire.Spending:
        """What was sent is changed; a running call feels a lower cap at once."""
        with self._room.changes.unit():
            row = self._lookups.customer(actor, request.id, None, "customers.write", "id")
            account = self._account(row)
            if request.alert_below is not UNSET:
                self._store.web_money.set_alert(row.id, _amount(request.alert_below, "alert_below", least=None))
                self._moved.add(account.id)
            if request.month_cap is not UNSET:
                reseller = self._store.resellers.get(row.reseller_id)
                zone = row.timezone or (reseller.timezone if reseller is not None else "")
                self._store.web_money.set_cap(account.id, _amount(request.month_cap, "month_cap", least=0), zone)
                self._room.changes.note(KIND, account.id)
            said = {name: str(value) for name in ("alert_below", "month_cap") if (value := getattr(request, name)) is not UNSET}
            self._audit.noted(actor, "customers.set_spending", "customer", row.id, **said)
            self._room.changes.note("customer", row.id)
            return self.view(row)

    def view(self, row: Customer) -> wire.Spending:
        """Of one customer."""
        account, alert = self._account(row), self._store.web_money.alert(row.id)
        cap = self._store.web_money.cap(account.id)
        since = self.spending.month(cap.timezone if cap is not None else row.timezone)
        spent = self.spending.spent(account.id, since) if cap is not None else self._store.web_money.spent(account.id, since)
        return wire.Spending(
            id=row.id,
            currency=account.currency,
            alert_below=None if alert is None else format_amount(alert.below_micros),
            month_cap=None if cap is None else format_amount(cap.cap_micros),
            spent=format_amount(spent),
            left=None if cap is None else format_amount(max(cap.cap_micros - spent, 0)),
            since=stamp(since) or "",
        )

    # the e-mail ----------------------------------------------------------------------------------------------------
    def _heard(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind in ("balance", "account") and len(self._moved) < MOST_WAITING:
                self._moved.update(change.ids)

    def step(self) -> None:
        """The job: whose balance fell below his threshold is told once, and again only after it was above."""
        if not self._moved:
            return
        if not self._store.web_money.any_alert():
            self._moved.clear()
        for account_id in sorted(self._moved):
            self._moved.discard(account_id)  # one that cannot be told leaves the others for the next look
            account = self._store.accounts.get(account_id)
            for alert in self._store.web_money.alerts_of(account_id) if account is not None else ():
                assert account is not None
                below = account.balance_micros < alert.below_micros
                if below == bool(alert.told):
                    continue
                self._room.changes.begin()
                with self._room.changes.unit():  # told and its e-mail, or neither
                    self._store.web_money.told(alert.customer_id, below)
                    if below:
                        self._tell(alert.customer_id, account, alert.below_micros)

    def _tell(self, customer_id: int, account: Account, below: int) -> None:
        row = self._store.customers.get(customer_id)
        reseller = None if row is None else self._store.resellers.get(row.reseller_id)
        if row is None or reseller is None:
            return
        words = Words(self._notices.language_of(row, reseller))
        values = {"balance": words.money(account.balance_micros, account.currency), "threshold": words.money(below, account.currency)}
        self._notices.tell("balance_low", reseller, row.person_id, values, row)

    def _account(self, row: Customer) -> Account:
        account = self._store.accounts.get(row.credit_account_id)
        assert account is not None  # foreign key
        return account


def _amount(text: object, field: str, *, least: int | None) -> int | None:
    if text is None or text == "":
        return None
    micros = parse_amount(str(text), field)
    if least is not None and micros < least:
        raise UserError("amount.negative", field=field)
    return micros
