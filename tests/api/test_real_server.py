"""The stream and the records of a real server, over a real socket, past its violent end."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.helpers.appliance import Appliance
from tests.services.nouns.described import EXAMPLE


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(EXAMPLE)
    one.serve()
    yield one
    one.stop()


def sign_in(server: Appliance) -> str:
    said = ask(server, "/sign-in", "", {"login": "owner", "password": "correct horse"})
    return str(said["token"])


def ask(server: Appliance, path: str, token: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{server.ready['web']}/api/v1{path}", data, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urlopen(request, timeout=30) as reply:
        return json.loads(reply.read())


class Stream:
    """The events of one connection."""

    def __init__(self, server: Appliance, token: str, last: str = "") -> None:
        host, _, port = server.ready["web"].removeprefix("http://").rpartition(":")
        self.peer = socket.create_connection((host, int(port)), timeout=30)
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        self.peer.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{resume}\r\n".encode())
        self.text = ""
        self.last = last

    def wait_for(self, what: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while what not in self.text:
            assert time.monotonic() < end, self.text
            data = self.peer.recv(65536)
            assert data, self.text
            self.text += data.decode()
        self.last = [line.removeprefix("id: ") for line in self.text.splitlines() if line.startswith("id: ")][-1]


def test_a_reader_misses_nothing_while_the_server_is_killed_and_started_again(server: Appliance) -> None:
    token = sign_in(server)
    stream = Stream(server, token)
    stream.wait_for("event: ready")
    server.do("payments.record", {"customer": "Alice Shop", "amount": "5.00"})
    stream.wait_for('"kind":"payment"')
    server.kill()
    stream.peer.close()
    server.do("customers.update", {"id": 1, "company": "made while it was down"})
    server.serve()
    again = Stream(server, token, stream.last)
    again.wait_for('data: {"kind":"customer","ids":[1]}')
    assert "reset" not in again.text
    again.peer.close()


def test_lists_figures_and_alerts_are_answered(server: Appliance) -> None:
    token = sign_in(server)
    assert ask(server, "/cdrs", token) == {"cdrs": [], "next": 0}
    assert ask(server, "/cdrs/totals", token)["calls"] == 0
    assert ask(server, "/statistics/today", token)["reseller"] == "root"
    assert [row["reseller"] for row in ask(server, "/resellers/statistics", token)["resellers"]] == ["Sub One"]
    assert ask(server, "/alerts", token)["alerts"][0]["code"] == "alert.no_emergency_trunk"
    assert ask(server, "/ledger?account=alice", token)["postings"][0]["kind"] == "opening"
    assert server.do("cdrs.totals", {})["calls"] == 0
    assert server.do("cdrs.export", {})["text"].startswith("id,started_at,")
    made = ask(server, "/api-tokens", token, {"name": "a program", "scopes": ["customers.read"]})
    assert [each["name"] for each in ask(server, "/customers", made["token"])["customers"]] == ["Alice Shop"]


def test_the_server_stops_while_somebody_listens(server: Appliance) -> None:
    stream = Stream(server, sign_in(server))
    stream.wait_for("event: ready")
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 5
    while stream.peer.recv(65536):
        pass
    stream.peer.close()
