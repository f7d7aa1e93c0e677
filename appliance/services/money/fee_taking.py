"""Monthly fees taken when they are due, after a downtime too: each month of a fee once, whatever happened (money.md, Fees).

Law: a month that was taken has its row; the row and its entry are one unit of work, and no month has two. A fee that waits for money
is tried again after each payment and each day; after some days its service is stopped, and starts again by itself when it is paid.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.billing import fees as months_of
from appliance.billing import ledger as events
from appliance.money import currency_decimals, round_ratio
from appliance.services.ground.room import Room
from appliance.services.mail.notices import Notices
from appliance.services.money import books
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.money.invoice_draft import zone_of
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.fees import MonthlyFee, Taken
from appliance.wire.fees import FeesTaken
from appliance.words import words

A_STEP = 25
DAY_MS = 86_400_000
HOUR_MS = 3_600_000


class _Round(NamedTuple):
    taken: int = 0
    waiting: int = 0
    suspended: int = 0


class FeeTaking:
    """`step` is the job's work: a few fees at a time, all of them once an hour and after each payment."""

    def __init__(self, room: Room, notices: Notices, accounts: CreditAccounts) -> None:
        self._room = room
        self._store = room.store
        self._notices = notices
        self._accounts = accounts
        self._after: int | None = None
        self._hour = -1
        room.changes.listen(lambda changes: self._again(), "payment", "fee", "account")

    def _again(self) -> None:
        self._hour = -1

    def step(self) -> None:
        """Look at the next fees, where a round is due or under way."""
        hour = self._room.clock.utcnow() // HOUR_MS
        if self._after is None:
            if hour == self._hour:
                return
            self._hour, self._after = hour, 0
        rows = self._store.fees.after(self._after, A_STEP)
        if rows:
            self._room.changes.begin()
        for row in rows:
            self._after = row.id  # one that cannot be taken keeps no other back
            self.take(row)
        if len(rows) < A_STEP:
            self._after = None

    def run(self) -> FeesTaken:
        """All fees at once."""
        done = [self.take(row) for row in list(self._store.fees.list())]
        return FeesTaken(sum(each.taken for each in done), sum(each.waiting for each in done), sum(each.suspended for each in done))

    def today(self, account: Account, customer: Customer) -> date:
        """The date in the customer's zone."""
        return self.day_of(account, customer, self._room.clock.utcnow())

    def day_of(self, account: Account, customer: Customer, at: int) -> date:
        """The date of a moment in the customer's zone."""
        zone = ZoneInfo(zone_of(self._room, account, customer))
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()

    def take(self, fee: MonthlyFee) -> _Round:
        """What is due of one fee, in a unit of work of its own."""
        customer = self._store.customers.get(fee.customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        assert customer is not None and account is not None  # foreign keys
        today = self.today(account, customer)
        ends = self.end_of(fee, account, customer)
        known = set(self._store.fees.taken(fee.id))
        returned = {each.month: each.since_on for each in self._store.fees.returned(fee.id)}
        due = [
            (month, amount)
            for each in months_of.months(fee.day, date.fromisoformat(fee.starts_on), ends, today)
            if (month := _untaken(each, known, returned)) is not None
            and (amount := months_of.price(fee.amount_micros, month, currency_decimals(account.currency)))
        ]
        if not due and ends is None and self._store.fees.waiting(fee.id) is None:
            return _Round()
        with self._room.changes.unit():
            self._give_back(fee, account, ends)
            taken = 0
            for month, amount in due:
                if fee.policy == "wait" and not self._affordable(account, amount):
                    break
                self._take(fee, account, month, amount)
                taken += 1
            if taken < len(due):
                return _Round(taken, 1, int(self._wait(fee, account, customer, due[taken][1])))
            self._wait_no_more(fee, customer)
            return _Round(taken)

    def end_of(self, fee: MonthlyFee, account: Account, customer: Customer) -> date | None:
        """The first day without the fee: its own end, or the day on which its customer or endpoint went out of use."""
        ends = [date.fromisoformat(fee.ends_on)] if fee.ends_on else []
        endpoint = None if fee.endpoint_id is None else self._store.endpoints.get(fee.endpoint_id)
        for archived_at in (customer.archived_at, None if endpoint is None else endpoint.archived_at):
            if archived_at is not None:
                ends.append(self.day_of(account, customer, archived_at))
        return min(ends, default=None)

    def _affordable(self, account: Account, amount: int) -> bool:
        balance, limit = self._room.ledger.funds(account.id)
        return balance + limit - self._accounts.reserved(account.id) >= amount

    def _take(self, fee: MonthlyFee, account: Account, month: months_of.Month, amount: int) -> None:
        entry = events.monthly_fee(account.id, account.reseller_id, amount, account.currency)
        assert entry is not None  # nothing is taken of nothing
        entry_id = books.post(self._room.ledger, self._room.clock.utcnow(), entry, reference=f"fee:{fee.id}:{month.key}")
        self._store.fees.take(fee.id, month.key, entry_id, amount, month.since.isoformat(), month.until.isoformat())
        self._room.changes.note("fee", fee.id)

    def _give_back(self, fee: MonthlyFee, account: Account, ends: date | None) -> None:
        """Days that were paid and are not used, once a month."""
        if ends is None:
            return
        returned = {each.month for each in self._store.fees.returned(fee.id)}
        for each in self._store.fees.months(fee.id):
            if each.month in returned or not each.until_on or each.until_on <= ends.isoformat():
                continue
            since, until = date.fromisoformat(each.since_on), date.fromisoformat(each.until_on)
            kept_until = max(ends, since)
            amount = round_ratio(each.amount_micros * (until - kept_until).days, (until - since).days, currency_decimals(account.currency))
            entry = events.fee_returned(account.id, account.reseller_id, amount, account.currency)
            if entry is None:
                continue
            entry_id = books.post(self._room.ledger, self._room.clock.utcnow(), entry, reference=f"fee:{fee.id}:{each.month}")
            self._store.fees.give_back(fee.id, Taken(each.month, entry_id, amount, kept_until.isoformat(), each.until_on))
            self._room.changes.note("fee", fee.id)

    # waiting -------------------------------------------------------------------------------------------------------
    def _wait(self, fee: MonthlyFee, account: Account, customer: Customer, amount: int) -> bool:
        """The customer is told, and after some days his service is stopped; whether it was just now."""
        now = self._room.clock.utcnow()
        waiting = self._store.fees.waiting(fee.id)
        if waiting is None:
            self._store.fees.wait(fee.id, now)
            self._tell("fee_waiting", fee, account, customer, amount)
            self._room.changes.note("fee", fee.id)
            return False
        days = int(self._room.settings.get("fees.suspend_after_days", 7))
        if waiting.suspended_at is not None or now - waiting.since_at < days * DAY_MS or not self._switch(fee, customer, off=True):
            return False
        self._store.fees.suspend(fee.id, now)
        self._tell("fee_suspended", fee, account, customer, amount)
        self._room.changes.note("fee", fee.id)
        return True

    def _wait_no_more(self, fee: MonthlyFee, customer: Customer) -> None:
        waiting = self._store.fees.waiting(fee.id)
        if waiting is None:
            return
        self._store.fees.wait_no_more(fee.id)
        if waiting.suspended_at is not None and not self._store.fees.suspending(customer.id, fee.endpoint_id):
            account = self._store.accounts.get(customer.credit_account_id)
            assert account is not None  # foreign key
            self._switch(fee, customer, off=False)
            self._tell("fee_resumed", fee, account, customer, fee.amount_micros)
        self._room.changes.note("fee", fee.id)

    def _switch(self, fee: MonthlyFee, customer: Customer, *, off: bool) -> bool:
        """Stops or starts the service; False where somebody else has stopped it already."""
        if fee.endpoint_id is not None:
            endpoint = self._store.endpoints.get(fee.endpoint_id)
            assert endpoint is not None  # foreign key
            if bool(endpoint.disabled) is off:
                return False
            self._store.endpoints.update(endpoint.id, {"disabled": int(off)})
            self._room.changes.note("endpoint", endpoint.id)
        else:
            if bool(customer.disabled) is off:
                return False
            self._store.customers.update(customer.id, {"disabled": int(off)})
            self._room.changes.note("customer", customer.id)
        return True

    def _tell(self, template: str, fee: MonthlyFee, account: Account, customer: Customer, amount: int) -> None:
        reseller = self._store.resellers.get(account.reseller_id)
        assert reseller is not None  # foreign key
        spoken = words(self._notices.language_of(customer, reseller))
        days = str(self._room.settings.get("fees.suspend_after_days", 7))
        values = {"fee": fee.name, "amount": spoken.money(amount, account.currency), "days": days}
        self._notices.tell(template, reseller, customer.person_id, values, customer)


def _untaken(month: months_of.Month, known: Container[str], returned: Mapping[str, str]) -> months_of.Month | None:
    """The month, where it is not among the `known`. `returned`: from which day days of a month were given back.

    Days that were given back and are used after all are a month beside it: "2026-01.2".
    """
    key, again = month.key, 1
    while key in known:
        if key not in returned or month.since.isoformat() < returned[key]:
            return None
        again += 1
        key = f"{month.key}.{again}"
    return month._replace(key=key)
