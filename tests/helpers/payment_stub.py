"""Stripe and PayPal as far as a payment needs them, on loopback: replies as recorded from their references, what was asked is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

STRIPE_SECRET = "whsec_test"


class Stub:
    """`asked` holds (method, path, headers, body); `genuine` is what PayPal says of its news; `fingerprint` is the card's at Stripe."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.genuine = True
        self.fingerprint = "card-1"
        self.sessions: dict[str, dict[str, str]] = {}
        self.orders: dict[str, Any] = {}
        self.broken = False

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        self.asked.append((method, path, headers, body))
        if self.broken:
            return 500, {"error": {"message": "down for maintenance"}}
        if path == "/v1/checkout/sessions":
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            name = f"cs_test_{len(self.sessions) + 1}"
            self.sessions[name] = fields
            return 200, {"id": name, "object": "checkout.session", "url": f"{self.url}/pay/{name}"}
        if path.startswith("/v1/payment_intents/"):
            return 200, {"id": "pi", "latest_charge": {"payment_method_details": {"card": {"fingerprint": self.fingerprint}}}}
        if path == "/v1/refunds":
            return 200, {"id": "re_1", "status": "succeeded"}
        if path == "/v1/oauth2/token":
            return 200, {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 32400}
        if path == "/v2/checkout/orders":
            name = f"ORDER{len(self.orders) + 1}"
            self.orders[name] = json.loads(body)["purchase_units"][0]
            return 201, {"id": name, "status": "PAYER_ACTION_REQUIRED", "links": [{"rel": "payer-action", "href": f"{self.url}/agree/{name}"}]}
        if path.endswith("/capture"):
            return 201, self.captured(path.split("/")[4])
        if path == "/v1/notifications/verify-webhook-signature":
            return 200, {"verification_status": "SUCCESS" if self.genuine else "FAILURE"}
        return 404, {"message": "not here"}

    def captured(self, order: str) -> dict[str, Any]:
        """What PayPal tells of an order that was captured."""
        unit = self.orders[order]
        capture = {"id": f"CAP-{order}", "status": "COMPLETED", "amount": unit["amount"], "custom_id": unit["custom_id"]}
        return {"id": order, "status": "COMPLETED", "purchase_units": [{"payments": {"captures": [capture]}}]}


def stripe_event(event: dict[str, Any], secret: str = STRIPE_SECRET, at: int | None = None) -> tuple[bytes, str]:
    """An event and the header that signs it."""
    body = json.dumps(event).encode()
    moment = str(int(time.time()) if at is None else at)
    return body, f"t={moment},v1={hmac.new(secret.encode(), moment.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


@contextmanager
def payment_stub() -> Iterator[Stub]:
    """Both providers until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            status, data = stub.answer(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            content = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nothing: a test is quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
