"""PayPal: an order is made, the customer agrees at PayPal's page, the order is captured; PayPal itself says whether news are its own.

Source: PayPal's REST reference (orders v2, payments v2, verify-webhook-signature, disputes).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from appliance.errors import EnvironmentFault, UserError
from appliance.money import parse_amount
from appliance.services.money.online_payments import Intent, News
from appliance.web.paying import Begun, Client, inner, text


class PayPal:
    """`setting(key)` gives a setting, opened where it is a secret."""

    name = "paypal"
    title = "PayPal"

    def __init__(self, client: Client, setting: Callable[[str], str]) -> None:
        self._client = client
        self._setting = setting

    def ready(self) -> bool:
        """Who we are there, and the id that its news are proved with."""
        return bool(self._setting("online.paypal_client") and self._setting("online.paypal_secret") and self._setting("online.paypal_webhook"))

    async def begin(self, intent: Intent, back: str, cancel: str) -> Begun:
        """An order."""
        unit = {
            "reference_id": str(intent.id),
            "custom_id": str(intent.id),
            "description": intent.about[:120],
            "amount": {"currency_code": intent.currency, "value": intent.amount},
        }
        context = {"return_url": back, "cancel_url": cancel, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING"}
        order = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {"experience_context": context}}}
        made = await self._ask("POST", "/v2/checkout/orders", json.dumps(order).encode(), once=f"tollhouse-{intent.id}")
        links = inner(made, "links")
        found = [text(inner(each, "href")) for each in links or () if inner(each, "rel") in ("payer-action", "approve")]
        if not text(inner(made, "id")) or not found or not found[0].startswith(("https://", "http://127.0.0.1:")):
            raise EnvironmentFault("online.unreachable", reason="no order")
        return Begun(made["id"], found[0])

    async def returned(self, provider_id: str) -> News | None:
        """The customer agreed: the order is captured. Who did not agree, or was captured before, is told of by PayPal's news."""
        path = f"/v2/checkout/orders/{quote(provider_id, safe='')}/capture"
        done = await self._ask("POST", path, b"{}", once=f"tollhouse-capture-{provider_id}", refused=(422,))
        capture = inner(done, "purchase_units", 0, "payments", "captures", 0)
        if text(inner(capture, "status")) != "COMPLETED":
            return None
        return _paid(f"capture-{text(inner(capture, 'id'))}", capture, provider_id, text(inner(done, "payment_source", "paypal", "account_id")))

    async def news(self, headers: Callable[[str], str], body: bytes) -> News | None:
        """One of PayPal's news, where PayPal says that it is."""
        if not await self._genuine(headers, body):
            return None
        event = json.loads(body)
        kind, data, event_id = text(inner(event, "event_type")), inner(event, "resource"), text(inner(event, "id"))
        order = text(inner(data, "supplementary_data", "related_ids", "order_id"))
        if kind == "CHECKOUT.ORDER.APPROVED":
            # Who agreed and never came back is captured here; what is captured already is told of by its own news.
            done = await self.returned(text(inner(data, "id")))
            return News(event_id, "") if done is None else done
        if kind == "PAYMENT.CAPTURE.COMPLETED":
            return _paid(event_id, data, order, "")
        if kind == "PAYMENT.CAPTURE.DENIED":
            return News(event_id, "failed", provider_id=order)
        if kind == "CUSTOMER.DISPUTE.CREATED":
            return News(event_id, "disputed", charge_id=text(inner(data, "disputed_transactions", 0, "seller_transaction_id")))
        return News(event_id, "")

    async def send_back(self, charge_id: str) -> None:
        """A refund of the whole."""
        await self._ask("POST", f"/v2/payments/captures/{quote(charge_id, safe='')}/refund", b"{}", once=f"tollhouse-back-{charge_id}")

    async def _genuine(self, headers: Callable[[str], str], body: bytes) -> bool:
        try:
            json.loads(body)
        except ValueError:
            return False
        names = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")
        said = {name: headers(f"paypal-{name.replace('_', '-')}") for name in names}
        if not all(said.values()):
            return False
        said["webhook_id"] = self._setting("online.paypal_webhook")
        # The event goes back letter by letter: made anew it would not be what was signed.
        asked = json.dumps(said).encode()[:-1] + b', "webhook_event": ' + body + b"}"
        answer = await self._ask("POST", "/v1/notifications/verify-webhook-signature", asked)
        return text(inner(answer, "verification_status")) == "SUCCESS"

    async def _ask(self, method: str, path: str, body: bytes, once: str = "", refused: tuple[int, ...] = ()) -> Any:
        address = self._setting("online.paypal_address") or "https://api-m.paypal.com"
        who = base64.b64encode(f"{self._setting('online.paypal_client')}:{self._setting('online.paypal_secret')}".encode()).decode()
        token = await self._client.ask(
            "POST",
            f"{address}/v1/oauth2/token",
            {"authorization": f"Basic {who}", "content-type": "application/x-www-form-urlencoded"},
            b"grant_type=client_credentials",
        )
        headers = {"authorization": f"Bearer {text(inner(token.data, 'access_token'))}", "content-type": "application/json"}
        if once:
            headers["paypal-request-id"] = once
        reply = await self._client.ask(method, address + path, headers, body)
        if reply.status in refused:
            return None
        if reply.status >= 300:
            raise EnvironmentFault("online.unreachable", reason=text(inner(reply.data, "message")) or f"status {reply.status}")
        return reply.data


def _paid(event_id: str, capture: Any, order: str, payer: str) -> News:
    currency = text(inner(capture, "amount", "currency_code"))
    try:
        micros = parse_amount(text(inner(capture, "amount", "value")))
    except UserError:
        micros = 0
    own = text(inner(capture, "custom_id"))
    intent = int(own) if own.isascii() and own.isdecimal() else 0
    return News(event_id, "paid", intent, order, text(inner(capture, "id")), micros, currency, payer)
