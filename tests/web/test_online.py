"""Payments at Stripe and PayPal, against what they answer as recorded: the way there, signed news, repeats, limits, disputes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.appliance import Appliance
from tests.helpers.payment_stub import STRIPE_SECRET, Stub, payment_stub, stripe_event
from tests.web.browser import Browser, Got

PAYPAL_HEADERS = {
    "paypal-auth-algo": "SHA256withRSA",
    "paypal-cert-url": "https://api.paypal.test/cert",
    "paypal-transmission-id": "t-1",
    "paypal-transmission-sig": "sig",
    "paypal-transmission-time": "2026-01-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def stub(apart: Appliance) -> Iterator[Stub]:
    with payment_stub() as made:
        values = {
            "online.stripe_key": "sk_test_1",
            "online.stripe_webhook_secret": STRIPE_SECRET,
            "online.stripe_address": made.url,
            "online.paypal_client": "client",
            "online.paypal_secret": "secret",
            "online.paypal_webhook": "WH-1",
            "online.paypal_address": made.url,
            "online.most_a_day": "10000.00",
            "online.most_a_card": "10000.00",
        }
        apart.do("settings.set", {"values": values})
        yield made


@pytest.fixture
def alice(apart: Appliance, stub: Stub) -> Browser:
    made = Browser(apart.ready["web"])
    assert "Overview" in made.sign_in("alice", "alice-password").text
    return made


def sent(server: Appliance, provider: str, body: bytes, headers: dict[str, str]) -> Got:
    browser = Browser(server.ready["web"])
    return browser.send(f"/webhooks/{provider}", body, {"content-type": "application/json", **headers})


def balance(server: Appliance) -> str:
    found: str = server.do("customers.get", {"id": 1})["balance"]
    return found


def begun(alice: Browser, stub: Stub, amount: str, provider: str = "stripe") -> str:
    """The provider's name of a payment that was begun."""
    alice.get("/payments")
    got = alice.post("/payments/online", {"amount": amount, "provider": provider}, follow=False)
    assert got.status == 303 and got.headers["location"].startswith(stub.url), got.plain
    return got.headers["location"].rpartition("/")[2]


def completed(session: str, stub: Stub, event: str, **other: Any) -> dict[str, Any]:
    fields = stub.sessions[session]
    data = {
        "id": session,
        "payment_status": "paid",
        "amount_total": int(fields["line_items[0][price_data][unit_amount]"]),
        "currency": fields["line_items[0][price_data][currency]"],
        "payment_intent": f"pi_{session}",
        "client_reference_id": fields["client_reference_id"],
        **other,
    }
    return {"id": event, "type": "checkout.session.completed", "data": {"object": data}}


def test_nothing_shows_where_no_provider_is_set_up(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    browser.sign_in("alice", "alice-password")
    assert "Pay online" not in browser.get("/payments").text
    assert browser.post("/payments/online", {"amount": "10", "provider": "stripe"}).status == 404
    assert sent(served, "stripe", b"{}", {}).status == 404


def test_stripe_pays_once(alice: Browser, apart: Appliance, stub: Stub) -> None:
    before = float(balance(apart))
    assert "Pay with Stripe" in alice.get("/payments").text
    session = begun(alice, stub, "12,50")
    fields = stub.sessions[session]
    assert fields["line_items[0][price_data][unit_amount]"] == "1250" and fields["line_items[0][price_data][currency]"] == "eur"
    asked = next(headers for method, path, headers, _body in stub.asked if path == "/v1/checkout/sessions")
    assert asked["authorization"] == "Bearer sk_test_1" and asked["idempotency-key"].startswith("tollhouse-")
    body, signature = stripe_event(completed(session, stub, "evt_1"))
    assert sent(apart, "stripe", body, {"stripe-signature": signature}).status == 200
    assert float(balance(apart)) == before + 12.5
    assert sent(apart, "stripe", body, {"stripe-signature": signature}).status == 200
    again, signed = stripe_event(completed(session, stub, "evt_1b"))
    assert sent(apart, "stripe", again, {"stripe-signature": signed}).status == 200
    assert float(balance(apart)) == before + 12.5, "the same payment told three times counts once"
    page = apart.do("online_payments.list", {"customer": "Alice"})["payments"]
    assert page[0]["state"] == "paid" and page[0]["amount"] == "12.50"
    apart.verify()


def test_news_that_are_not_signed_change_nothing(alice: Browser, apart: Appliance, stub: Stub) -> None:
    before = balance(apart)
    session = begun(alice, stub, "20")
    event = completed(session, stub, "evt_2")
    body, signature = stripe_event(event)
    old, too_old = stripe_event(event, at=int(time.time()) - 3600)
    _other, wrong = stripe_event(event, secret="whsec_other")
    for content, header in ((body, ""), (body, wrong), (old, too_old), (body + b" ", signature), (body, "t=x,v1=y"), (b"\xff", signature)):
        assert sent(apart, "stripe", content, {"stripe-signature": header}).status == 400
    stub.genuine = False
    assert sent(apart, "paypal", b'{"id": "WH-9"}', PAYPAL_HEADERS).status == 400
    stub.genuine = True
    assert sent(apart, "paypal", b"no json", PAYPAL_HEADERS).status == 400
    assert sent(apart, "paypal", b'{"id": "WH-9"}', {}).status == 400
    assert balance(apart) == before


def test_another_amount_or_card_limit_is_sent_back(alice: Browser, apart: Appliance, stub: Stub) -> None:
    before = balance(apart)
    for event, other in (("evt_3", {"amount_total": 1}), ("evt_4", {"currency": "usd"})):
        session = begun(alice, stub, "15")
        body, signature = stripe_event(completed(session, stub, event, **other))
        assert sent(apart, "stripe", body, {"stripe-signature": signature}).status == 200
        assert any(path == "/v1/refunds" and f"pi_{session}".encode() in body for _m, path, _h, body in stub.asked)
    apart.do("settings.set", {"values": {"online.most_a_card": "20.00"}})
    stub.fingerprint = "stolen"
    for event in ("evt_5", "evt_6"):
        body, signature = stripe_event(completed(begun(alice, stub, "15"), stub, event))
        assert sent(apart, "stripe", body, {"stripe-signature": signature}).status == 200
    apart.do("settings.set", {"values": {"online.most_a_card": "10000.00"}})
    assert float(balance(apart)) == float(before) + 15.0, "the second passes what a card may pay in a day"
    states = [each["state"] for each in apart.do("online_payments.list", {"customer": "Alice"})["payments"]]
    assert states[:4] == ["failed", "paid", "failed", "failed"]


def test_limits_of_an_amount_are_told_at_the_field(alice: Browser, apart: Appliance, stub: Stub) -> None:
    alice.get("/payments")
    for amount in ("1", "1000", "-5", "7.001", "x", ""):
        got = alice.post("/payments/online", {"amount": amount, "provider": "stripe"})
        assert got.status == 400 and 'aria-invalid="true"' in got.text, amount
    apart.do("settings.set", {"values": {"online.most_a_day": "10.00"}})
    assert "24 hours" in alice.post("/payments/online", {"amount": "9", "provider": "stripe"}).plain
    apart.do("settings.set", {"values": {"online.most_a_day": "10000.00"}})
    assert alice.post("/payments/online", {"amount": "9", "provider": "stripe"}, form="0").status == 400
    stub.broken = True
    got = alice.post("/payments/online", {"amount": "9", "provider": "stripe"})
    stub.broken = False
    assert got.status == 400 and "maintenance" not in got.text, "what a provider says of itself is for the log"


def test_paypal_is_captured_when_the_customer_comes_back(alice: Browser, apart: Appliance, stub: Stub) -> None:
    before = float(balance(apart))
    order = begun(alice, stub, "30", "paypal")
    got = alice.get(f"/payments/back?provider=paypal&intent=1&token={order}")
    assert "Thank you" in got.plain and float(balance(apart)) == before + 30
    unit = stub.captured(order)["purchase_units"][0]["payments"]["captures"][0]
    news = {"id": "WH-2", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {**unit, "supplementary_data": {"related_ids": {"order_id": order}}}}
    assert sent(apart, "paypal", json.dumps(news).encode(), PAYPAL_HEADERS).status == 200
    asked = json.loads(stub.asked[-1][3])
    assert asked["webhook_id"] == "WH-1" and asked["webhook_event"] == news
    assert float(balance(apart)) == before + 30, "told again by PayPal's own news"
    alice.get("/payments/back?provider=paypal&token=ORDER999")
    mallory = Browser(apart.ready["web"])
    mallory.sign_in("mallory", "mallory-pass")
    other = begun(alice, stub, "40", "paypal")
    mallory.get(f"/payments/back?provider=paypal&token={other}")
    assert float(balance(apart)) == before + 30, "another's order is none of hers"
    approved = {"id": "WH-3", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": {"id": other}}
    assert sent(apart, "paypal", json.dumps(approved).encode(), PAYPAL_HEADERS).status == 200
    assert float(balance(apart)) == before + 70, "who agreed and never came back"


def test_a_dispute_takes_the_payment_back_and_stops_calls(alice: Browser, apart: Appliance, stub: Stub) -> None:
    session = begun(alice, stub, "25")
    body, signature = stripe_event(completed(session, stub, "evt_7"))
    sent(apart, "stripe", body, {"stripe-signature": signature})
    before = float(balance(apart))
    dispute = {"id": "evt_8", "type": "charge.dispute.created", "data": {"object": {"id": "dp_1", "payment_intent": f"pi_{session}", "amount": 2500}}}
    body, signature = stripe_event(dispute)
    for _each in range(2):
        assert sent(apart, "stripe", body, {"stripe-signature": signature}).status == 200
    assert float(balance(apart)) == before - 25
    assert apart.do("online_payments.list", {"customer": "Alice"})["payments"][0]["state"] == "reversed"
    (fuse,) = apart.do("fuses.list", {"tripped": True})["fuses"]
    assert (fuse["customer"], fuse["reason"]) == ("Alice", "fuse.dispute") and "disputed" in fuse["words"]
    apart.verify()
