"""Payments at a provider: what may be asked, what came of it, and what a dispute takes back (web.md, Pages).

Law: money counts once, however often and in whatever order its news come; an amount or currency other than was asked is never posted; a
card's or customer's limit that is passed sends the money back. Only the business's own customers pay so: the provider's account is the root's.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import NamedTuple

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import currency_decimals, format_amount, parse_amount
from appliance.services.ground.access import Actor, folder_owner
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.money.payments import Money, Payments
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.online_payments import OnlinePayment
from appliance.wire.online import OnlineList, OnlinePage, OnlineView
from appliance.wire.payments import PaymentReverse

log = logging.getLogger("tollhouse.web")

OPEN, PAID, FAILED, REVERSED = "open", "paid", "failed", "reversed"
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
DONE, KNOWN, BACK = "done", "known", "back"
"""What became of news: it counted, it counted before, the money is to be sent back."""


class Intent(NamedTuple):
    """What a customer is going to pay: `minor` is the amount in the currency's smallest coin."""

    id: int
    customer_id: int
    amount: str
    minor: int
    currency: str
    about: str


class News(NamedTuple):
    """What a provider tells, checked and signed. `kind`: paid, failed, disputed or "" for what is none of ours; `intent` is ours."""

    event_id: str
    kind: str
    intent: int = 0
    provider_id: str = ""
    charge_id: str = ""
    micros: int = 0
    currency: str = ""
    card: str = ""


class OnlinePayments:
    """`begin`, then `asked`; `heard` for each of a provider's news."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, payments: Payments) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._payments = payments
        self.wait_for_risk: Callable[[int, int], None] = lambda customer_id, until_at: None
        """Keeps a customer from high-risk destinations until a moment."""
        self.stop_calls: Callable[[int, str], None] = self._disable
        """Stops a customer's priced calls, with why."""

    def list(self, actor: Actor, request: OnlineList) -> OnlinePage:
        """Of one customer."""
        row = self._lookups.customer(actor, request.customer, request.reseller, "payments.read", archived=True)
        return OnlinePage([_view(each) for each in self._store.online_payments.of_customer(row.id)])

    # what may be asked ---------------------------------------------------------------------------------------------
    def offered(self, customer_id: int) -> bool:
        """Whether this customer may pay at a provider."""
        row = self._store.customers.get(customer_id)
        root = self._store.resellers.root()
        return row is not None and root is not None and row.reseller_id == root.id and row.archived_at is None

    def bounds(self) -> tuple[str, str]:
        """The least and the most of one payment."""
        settings = self._room.settings
        return settings.get("online.least", "5.00"), settings.get("online.most", "200.00")

    def begin(self, customer_id: int, provider: str, amount: str, about: str) -> Intent:
        """A payment to be made; UserError online.out_of_bounds, online.day_limit name the amount."""
        if not self.offered(customer_id):
            raise NotFound("online.not_offered")
        row, account = self._payer(customer_id)
        micros = parse_amount(amount, "amount")
        coin = 10 ** (6 - currency_decimals(account.currency))
        least, most = self.bounds()
        if micros % coin or not parse_amount(least) <= micros <= parse_amount(most):
            raise UserError("online.out_of_bounds", field="amount", least=least, most=most, currency=account.currency)
        now = self._room.clock.utcnow()
        with self._room.changes.unit():
            day = parse_amount(self._room.settings.get("online.most_a_day", "500.00"))
            if self._store.online_payments.asked_since(row.id, now - DAY_MS) + micros > day:
                raise UserError("online.day_limit", field="amount", most=format_amount(day), currency=account.currency)
            row_id = self._store.online_payments.insert(
                reseller_id=row.reseller_id,
                customer_id=row.id,
                provider=provider,
                currency=account.currency,
                amount_micros=micros,
                made_at=now,
            )
        return Intent(row_id, row.id, format_amount(micros, currency_decimals(account.currency)), micros // coin, account.currency, about)

    def asked(self, intent: int, provider_id: str) -> None:
        """The provider knows of it, by its own name."""
        with self._room.changes.unit():
            self._store.online_payments.update(intent, {"provider_id": provider_id[:200]})

    def not_asked(self, intent: int) -> None:
        """The provider could not be asked."""
        with self._room.changes.unit():
            self._store.online_payments.update(intent, {"state": FAILED, "ended_at": self._room.clock.utcnow()})

    def known(self, provider: str, provider_id: str, customer_id: int) -> OnlinePayment | None:
        """A customer's own payment by the provider's name of it."""
        row = self._store.online_payments.by_provider(provider, provider_id)
        return row if row is not None and row.customer_id == customer_id else None

    # what came of it -----------------------------------------------------------------------------------------------
    def heard(self, provider: str, news: News) -> str:
        """One of a provider's news: DONE, KNOWN, or BACK where the money is to be sent back."""
        with self._room.changes.unit():
            now = self._room.clock.utcnow()
            if not self._store.online_payments.news(provider, news.event_id[:200], now, news.kind):
                return KNOWN
            if news.kind == "paid":
                return self._paid(provider, news, now)
            if news.kind == "disputed":
                return self._disputed(provider, news, now)
            row = self._store.online_payments.by_provider(provider, news.provider_id) if news.kind == "failed" else None
            if row is not None and row.state == OPEN:
                self._store.online_payments.update(row.id, {"state": FAILED, "ended_at": now})
            return DONE

    def _paid(self, provider: str, news: News, now: int) -> str:
        row = self._store.online_payments.by_provider(provider, news.provider_id)
        if row is None or (news.intent and news.intent != row.id):
            log.warning("%s told of a payment that nobody asked for: %s", provider, news.event_id)
            return DONE
        if row.state != OPEN:
            return KNOWN
        if (news.micros, news.currency) != (row.amount_micros, row.currency):
            log.error("%s told of another amount than was asked for payment %d", provider, row.id)
            self._store.online_payments.update(row.id, {"state": FAILED, "charge_id": news.charge_id[:200], "ended_at": now})
            self._audit.noted(_actor(provider), "online.other_amount", "customer", row.customer_id, online_payment=row.id)
            return BACK
        card = _hidden(news.card)
        if card and self._store.online_payments.paid_by_card(card, now - DAY_MS) + news.micros > self._card_limit():
            self._store.online_payments.update(row.id, {"state": FAILED, "charge_id": news.charge_id[:200], "card": card, "ended_at": now})
            self._audit.noted(_actor(provider), "online.card_limit", "customer", row.customer_id, online_payment=row.id)
            return BACK
        first = not self._store.online_payments.paid_ever(row.customer_id)
        customer, account = self._payer(row.customer_id)
        split, tax = self._payments.taken(account, customer, row.amount_micros)
        reference = f"{provider} {news.charge_id}"[:100]
        payment = self._payments.book(_actor(provider), account, customer, Money("payment", provider, split, tax, reference, ""))
        changes: dict[str, Sql] = {"state": PAID, "charge_id": news.charge_id[:200], "card": card, "payment_id": payment.id, "ended_at": now}
        self._store.online_payments.update(row.id, changes)
        hours = int(self._room.settings.get("online.risk_wait_hours", 72))
        if first and hours:
            self.wait_for_risk(customer.id, now + hours * HOUR_MS)
        return DONE

    def _disputed(self, provider: str, news: News, now: int) -> str:
        """The customer asked his bank for the money back: the payment is taken back, and no more is spent of it."""
        row = self._store.online_payments.by_charge(provider, news.charge_id)
        if row is None or row.state != PAID or row.payment_id is None:
            return KNOWN if row is not None else DONE
        request = PaymentReverse(payment=row.payment_id, note=f"dispute {news.event_id}"[:100], request_id=f"dispute-{provider}-{row.id}")
        try:
            self._payments.reverse(_actor(provider), request)
        except Conflict:
            log.warning("the disputed payment %d was taken back already", row.payment_id)
        self._store.online_payments.update(row.id, {"state": REVERSED, "ended_at": now})
        self._audit.noted(_actor(provider), "online.dispute", "customer", row.customer_id, payment=row.payment_id)
        self.stop_calls(row.customer_id, f"{provider}: dispute of payment {row.payment_id}")
        return DONE

    def _disable(self, customer_id: int, why: str) -> None:
        """Where nothing finer is wired in: no calls at all."""
        self._store.customers.update(customer_id, {"disabled": 1})
        self._audit.noted(folder_owner("online payments"), "customers.disable", "customer", customer_id, why=why)
        self._room.changes.note("customer", customer_id)

    def _card_limit(self) -> int:
        return parse_amount(self._room.settings.get("online.most_a_card", "500.00"))

    def _payer(self, customer_id: int) -> tuple[Customer, Account]:
        row = self._store.customers.get(customer_id)
        account = None if row is None else self._store.accounts.get(row.credit_account_id)
        if row is None or account is None:
            raise NotFound("customer.unknown", customer=customer_id)
        return row, account


def _actor(provider: str) -> Actor:
    return folder_owner(f"online:{provider}")


def _hidden(card: str) -> str:
    """A card is known again and never named."""
    return hashlib.sha256(f"card {card}".encode()).hexdigest()[:32] if card else ""


def _view(row: OnlinePayment) -> OnlineView:
    amount = format_amount(row.amount_micros, currency_decimals(row.currency))
    return OnlineView(row.id, stamp(row.made_at) or "", row.provider, amount, row.currency, row.state, row.payment_id)
