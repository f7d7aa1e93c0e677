"""What the API costs: simple reads a second from a real server over loopback, and running calls told each second.

    python -m tests.bench.api_reads [seconds]

Reads are counted on one connection that is kept open, by a client that is a process of its own; they are set against
the processor time of the server. Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.api.served import Served
from tests.helpers.appliance import Appliance
from tests.services.nouns.described import EXAMPLE

READS_BUDGET = 1000.0
LIVE_BUDGET = 5.0  # percent of a core for 100 calls
CALLS = 100
TICKS = 100


class Client:
    """One connection, one request after the other."""

    def __init__(self, port: int) -> None:
        self._peer = socket.create_connection(("127.0.0.1", port))
        self._buffer = b""
        self.token = ""

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The content of the reply; RuntimeError where it is not 200."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        self._peer.sendall((head + (f"Authorization: Bearer {self.token}\r\n" if self.token else "") + "\r\n").encode() + body)
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._peer.recv(65536)
        first, _, rest = self._buffer.partition(b"\r\n\r\n")
        if not first.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(first.decode())
        length = int(first.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._peer.recv(65536)
        self._buffer = rest[length:]
        return rest[:length]


def processor_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def reads(server: Appliance, client: Client, path: str, seconds: float) -> tuple[float, float]:
    """(reads a second as they came, reads a second of the server's processor)."""
    assert server.process is not None
    count = 0
    used, began = processor_seconds(server.process.pid), time.monotonic()
    while time.monotonic() - began < seconds:
        client.ask("GET", path)
        count += 1
    return count / (time.monotonic() - began), count / (processor_seconds(server.process.pid) - used)


def live_share(folder: Path) -> float:
    """Percent of a core that telling 100 calls to three readers takes, each call another customer's and dearer each second."""
    served = Served(folder)
    try:
        for number in range(CALLS):
            account = served.shop.account(served.root.root, f"account {number}", "100")
            customer = served.shop.customer(served.root.root, f"customer {number}", served.root.retail, account)
            endpoint = served.shop.endpoint(customer, f"30{number:05d}")
            served.shop.answer(served.shop.begin(endpoint, "4930123456"), served.root.trunk)
        listeners = [served.listen(token) for token in ("owner", "owner", "clerk")]
        served.pass_time(2)
        told = 0
        began = time.process_time()
        for _ in range(TICKS):
            served.shop.clock.advance(1)
            served.reactor.advance(1)
        spent = time.process_time() - began
        for listener in listeners:
            told += sum(len(data["calls"]) for _, _, data in listener.events("live")[-TICKS:])
        assert told == len(listeners) * CALLS * TICKS, told
        return spent / TICKS * 100
    finally:
        served.close()


def main() -> None:
    """All figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    server = Appliance(folder)
    try:
        share = live_share(folder / "live")
        print(json.dumps({"figure": f"{CALLS} calls told to three readers", "value": round(share, 2), "unit": "% of a core", "budget": LIVE_BUDGET}))
        server.apply(EXAMPLE)
        server.serve()
        client = Client(int(server.ready["web"].rpartition(":")[2]))
        operator = EXAMPLE["resellers"][0]["operators"][0]
        signed = client.ask("POST", "/api/v1/sign-in", json.dumps({"login": operator["login"], "password": operator["password"]}).encode())
        client.token = json.loads(signed)["token"]
        for name, path in (
            ("a customer", "/api/v1/customers/1"),
            ("a page of customers", "/api/v1/customers?limit=20"),
            ("a credit account", "/api/v1/credit-accounts/1"),
            ("running calls", "/api/v1/calls"),
            ("a page of call records", "/api/v1/cdrs"),
            ("healthz", "/healthz"),
        ):
            came, of_core = reads(server, client, path, seconds)
            budget = READS_BUDGET if name == "a customer" else None
            print(
                json.dumps(
                    {"figure": f"reads of {name}", "value": round(of_core), "came": round(came), "unit": "a second of one core", "budget": budget}
                )
            )
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
