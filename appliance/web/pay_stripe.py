"""Stripe Checkout: a session is made, the customer pays at Stripe's page, an event with an HMAC tells of it.

Source: Stripe's API reference (checkout sessions, payment intents, refunds, events) and its guide on verifying webhook signatures.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.money import currency_decimals
from appliance.services.money.online_payments import Intent, News
from appliance.web.paying import Begun, Client, inner, number, text

TOLERANCE_MS = 300_000
"""How far the moment of a signature may lie from now: an old one is played back."""


class Stripe:
    """`setting(key)` gives a setting, opened where it is a secret."""

    name = "stripe"
    title = "Stripe"

    def __init__(self, client: Client, setting: Callable[[str], str], clock: Clock) -> None:
        self._client = client
        self._setting = setting
        self._clock = clock

    def ready(self) -> bool:
        """Its key, and the secret that its events are signed with."""
        return bool(self._setting("online.stripe_key") and self._setting("online.stripe_webhook_secret"))

    async def begin(self, intent: Intent, back: str, cancel: str) -> Begun:
        """A session of Checkout."""
        fields = {
            "mode": "payment",
            "client_reference_id": str(intent.id),
            "metadata[intent]": str(intent.id),
            "payment_intent_data[metadata][intent]": str(intent.id),
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": intent.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(intent.minor),
            "line_items[0][price_data][product_data][name]": intent.about,
            "success_url": back,
            "cancel_url": cancel,
        }
        made = await self._ask("POST", "/v1/checkout/sessions", fields, once=f"tollhouse-{intent.id}")
        if not text(inner(made, "id")) or not text(inner(made, "url")).startswith(("https://", "http://127.0.0.1:")):
            raise EnvironmentFault("online.unreachable", reason="no session")
        return Begun(made["id"], made["url"])

    async def returned(self, provider_id: str) -> News | None:
        """Told by the event alone."""
        return None

    async def news(self, headers: Callable[[str], str], body: bytes) -> News | None:
        """An event; the card is asked for, since a session does not name it."""
        if not signed(headers("stripe-signature"), body, self._setting("online.stripe_webhook_secret"), self._clock.utcnow()):
            return None
        event = json.loads(body)
        kind, data, event_id = text(inner(event, "type")), inner(event, "data", "object"), text(inner(event, "id"))
        charge = text(inner(data, "payment_intent"))
        if kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
            if text(inner(data, "payment_status")) != "paid":
                return News(event_id, "")
            currency = text(inner(data, "currency")).upper()
            micros = number(inner(data, "amount_total")) * 10 ** (6 - currency_decimals(currency))
            intent = text(inner(data, "client_reference_id"))
            card = await self._card(charge)
            own = int(intent) if intent.isascii() and intent.isdecimal() else 0
            return News(event_id, "paid", own, text(inner(data, "id")), charge, micros, currency, card)
        if kind in ("checkout.session.expired", "checkout.session.async_payment_failed"):
            return News(event_id, "failed", provider_id=text(inner(data, "id")))
        if kind == "charge.dispute.created":
            return News(event_id, "disputed", charge_id=charge)
        return News(event_id, "")

    async def send_back(self, charge_id: str) -> None:
        """A refund of the whole."""
        await self._ask("POST", "/v1/refunds", {"payment_intent": charge_id}, once=f"tollhouse-back-{charge_id}")

    async def _card(self, charge: str) -> str:
        found = await self._ask("GET", f"/v1/payment_intents/{quote(charge, safe='')}?expand[]=latest_charge", {})
        return text(inner(found, "latest_charge", "payment_method_details", "card", "fingerprint"))

    async def _ask(self, method: str, path: str, fields: dict[str, str], once: str = "") -> Any:
        headers = {"authorization": f"Bearer {self._setting('online.stripe_key')}"}
        if once:
            headers["idempotency-key"] = once
        body = None
        if fields:
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields).encode()
        reply = await self._client.ask(method, (self._setting("online.stripe_address") or "https://api.stripe.com") + path, headers, body)
        if reply.status >= 300:
            raise EnvironmentFault("online.unreachable", reason=text(inner(reply.data, "error", "message")) or f"status {reply.status}")
        return reply.data


def signed(header: str, body: bytes, secret: str, now: int) -> bool:
    """Whether the event was signed with the secret (HMAC-SHA256 of its moment and body), not long ago."""
    parts = [part.partition("=") for part in header.split(",")[:20]]
    moment = next((value for name, _sign, value in parts if name.strip() == "t"), "")
    if not secret or not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
        return False
    if abs(now - int(moment) * 1000) > TOLERANCE_MS:
        return False
    right = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(value.encode(), right.encode()) for name, _sign, value in parts if name.strip() == "v1")
