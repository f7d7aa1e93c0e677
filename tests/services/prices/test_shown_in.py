"""Amounts in the viewer's currency beside their own: by the recorded rate, else by that of the day; never posted, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import UserError
from appliance.services.ground.access import folder_owner
from appliance.wire.cdrs import CdrList, CdrPage
from appliance.wire.customers import CustomerList
from appliance.wire.exchange_rates import ExchangeRateSet
from appliance.wire.invoices import InvoiceList
from appliance.wire.payments import PaymentList
from appliance.wire.shapes import Listing
from tests.services.money.billed import DAY, Billed
from tests.services.prices.test_allowances import talk
from tests.services.shop import Shop, Simple

OWNER = folder_owner()


def rated(shop: Shop, quote: str, rate: str, on: str) -> None:
    shop.services.nouns.exchange_rates.set(OWNER, ExchangeRateSet("EUR", quote, rate, on))


def calls(shop: Shop, currency: str) -> list[dict[str, str] | None]:
    page = shop.services.nouns.cdrs.list(OWNER, CdrList(in_currency=currency)).run(shop.store)
    assert isinstance(page, CdrPage)
    return [row.converted for row in page.cdrs]


def test_calls_are_shown_by_the_rate_of_their_day(shop: Shop) -> None:
    it = Simple(shop)
    rated(shop, "USD", "2", "2025-12-31")
    talk(shop, it, "4930123456", 60)
    shop.clock.advance(2 * DAY)
    rated(shop, "USD", "3", "2026-01-02")
    talk(shop, it, "4930123456", 60)
    assert calls(shop, "USD") == [{"amount": "1.80", "cost": "1.44"}, {"amount": "1.20", "cost": "0.96"}]
    assert calls(shop, "EUR") == [{"amount": "0.60", "cost": "0.48"}] * 2
    assert calls(shop, "GBP") == [None, None]  # no rate leads there
    assert calls(shop, "") == [None, None]
    with pytest.raises(UserError, match=r"currency\.invalid"):
        calls(shop, "euro")


def test_the_rate_that_a_charge_recorded_comes_first(shop: Shop) -> None:
    it = Simple(shop)
    rated(shop, "USD", "2", "2025-12-31")
    with shop.services.changes.unit():
        account = shop.store.accounts.insert(reseller_id=it.root, kind="credit", name="d", currency="USD", credit_limit_micros=10**8, created_at=0)
        shop.services.changes.note("account", account)
    dollar = shop.customer(it.root, "Dollar", it.retail, account)
    call = shop.answer(shop.begin(shop.endpoint(dollar, "1000009"), "4930123456"), it.trunk)
    shop.run(60)
    shop.end(call)
    rated(shop, "USD", "4", "2025-12-31")  # typed anew for the same day, after the call
    assert calls(shop, "EUR") == [{"amount": "0.60", "cost": "0.48"}]


def test_payments_invoices_and_customers(tmp_path: Path) -> None:
    billed = Billed(tmp_path / "data")
    rated(billed.shop, "USD", "2", "2025-12-31")
    nouns, owner = billed.shop.services.nouns, billed.owner
    billed.call()
    billed.pay("5.00")
    billed.invoice()
    (payment,) = nouns.payments.list(owner, PaymentList(in_currency="USD")).payments
    assert payment.converted is not None and payment.converted["gross"] == "10.00"
    (invoice,) = billed.money.invoices.list(owner, InvoiceList(in_currency="USD")).invoices
    assert invoice.converted is not None and invoice.converted["total"] == "1.46"
    (customer,) = nouns.customers.list(owner, CustomerList(in_currency="USD")).customers
    assert customer.converted is not None and customer.converted["credit_limit"] == "2000.00"
    assert nouns.customers.list(owner, Listing()).customers[0].converted is None
    billed.shop.store.close()
