"""VAT numbers looked up at a service that stands on loopback and answers as VIES does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from appliance.errors import EnvironmentFault, UserError
from appliance.server_rates import answered
from appliance.services.ground.stepwise import finish
from appliance.wire.taxes import TaxOf, VatCheckOnline
from tests.services.money.billed import Billed


class Vies(BaseHTTPRequestHandler):
    """GET /rest-api/ms/CC/vat/NUMBER."""

    asked: ClassVar[list[str]] = []
    reply: ClassVar[bytes] = b""
    status: ClassVar[int] = 200

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.reply)))
        self.end_headers()
        self.wfile.write(self.reply)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def vies() -> Iterator[str]:
    """Its address."""
    server = HTTPServer(("127.0.0.1", 0), Vies)
    Vies.asked.clear()
    Vies.status = 200
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/rest-api"
    server.shutdown()
    server.server_close()
    thread.join()


def numbered(billed: Billed, number: str) -> None:
    customer = billed.shop.store.customers.get(billed.simple.customer)
    assert customer is not None
    billed.put("people", customer.person_id, vat_number=number)


def set_to(billed: Billed, address: str) -> None:
    with billed.shop.services.changes.unit():
        billed.shop.services.nouns.configuration.put(billed.owner, "taxes.vat_service", address)
    billed.money.vat_service.fetch = answered


def ask(billed: Billed, **reply: object) -> tuple[bool, str]:
    Vies.reply = json.dumps(reply).encode()
    seen = finish(billed.money.vat_service.check(billed.owner, VatCheckOnline("Alice")))
    return seen.valid, seen.how


def test_what_the_service_says_is_kept_with_its_proof(billed: Billed, vies: str) -> None:
    numbered(billed, "EL 123.456-789")
    set_to(billed, vies + "/")
    assert ask(billed, isValid=True, userError="VALID", requestIdentifier="WAPIAAAA1", name="---") == (True, "VIES WAPIAAAA1")
    assert billed.money.taxes.of(billed.owner, TaxOf("Alice")).vat_checked_at
    numbered(billed, "GR123456789")
    assert ask(billed, valid=False, userError="INVALID") == (False, "VIES")
    assert Vies.asked == ["/rest-api/ms/EL/vat/123456789"] * 2


def test_what_is_no_answer_is_no_check(billed: Billed, vies: str) -> None:
    numbered(billed, "ESB12345678")
    set_to(billed, vies)
    with pytest.raises(EnvironmentFault, match=r"vat\.unavailable"):
        ask(billed, isValid=False, userError="MS_UNAVAILABLE")
    Vies.status = 500
    with pytest.raises(EnvironmentFault, match=r"vat\.unreachable"):
        ask(billed, isValid=True)
    Vies.status = 200
    Vies.reply = b"<html>"
    with pytest.raises(EnvironmentFault, match=r"vat\.unreachable"):
        finish(billed.money.vat_service.check(billed.owner, VatCheckOnline("Alice")))
    set_to(billed, "http://192.0.2.1/rest-api")
    with pytest.raises(EnvironmentFault, match="only https"):
        ask(billed)
    assert billed.money.taxes.of(billed.owner, TaxOf("Alice")).vat_checked_at is None


def test_it_is_off_until_somebody_sets_it(billed: Billed) -> None:
    numbered(billed, "ESB12345678")
    with pytest.raises(UserError, match=r"vat\.off"):
        ask(billed)
    set_to(billed, "https://vat.example")
    for number, code in (("12345678", r"vat\.form"), ("", r"tax\.no_vat_number")):
        numbered(billed, number)
        with pytest.raises(UserError, match=code):
            ask(billed)
