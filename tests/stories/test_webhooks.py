"""A program of the owner's is told of a payment: it listens, checks the signature, and gets what it missed while it was away."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest

from tests.helpers.appliance import Appliance, free_port
from tests.services.nouns.described import EXAMPLE

PATIENCE = 40.0


class Program(ThreadingHTTPServer):
    """The program: what it hears goes into a queue."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Ear)
        self.heard: Queue[tuple[dict[str, str], bytes]] = Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Ear(BaseHTTPRequestHandler):
    """Takes everything."""

    server: Program

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.heard.put((dict(self.headers), body))

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(EXAMPLE)
    one.serve()
    yield one
    one.stop()


def test_a_payment_reaches_the_program_signed_also_what_it_missed(server: Appliance) -> None:
    server.do("settings.set", {"values": {"webhooks.allow_near": True}})
    port = free_port(socket.SOCK_STREAM)
    made = server.do("webhooks.create", {"name": "ERP", "url": f"http://127.0.0.1:{port}/hooks", "events": ["payment.recorded"]})
    server.do("payments.record", {"customer": "Alice Shop", "amount": "5.00"})
    program = Program(port)  # nobody listened when it happened
    try:
        server.do("webhooks.update", {"id": made["made"]["id"], "name": "Books"})  # tried at once after a change
        headers, body = program.heard.get(timeout=PATIENCE)
    finally:
        program.stop()
    said = json.loads(body)
    assert (said["event"], said["data"]["credit"], said["data"]["customer"]) == ("payment.recorded", "5.00", "Alice Shop")
    moment, _, digest = headers["Tollhouse-Signature"].removeprefix("t=").partition(",v1=")
    assert digest == hmac.new(made["secret"].encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
