"""What a shop of sixty talking booths costs a real server, and how long a checkout takes over its API.

    python -m tests.bench.shop_served [BOOTHS] [SECONDS] [CHECKOUTS]

sipp holds a call from each booth (without sound: relaying it is another bench's), one reader hears the change stream as a
console does. Printed: the processor of the server with the reader less that without it, the whole of it, and the
milliseconds from the request to pay to the reply, which comes once the receipt is committed. Budgets: 5 % of a core, 150 ms.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.api_reads import Client, processor_seconds
from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.helpers.sipp import Sipp

LIVE_BUDGET = 5.0
PAY_BUDGET_MS = 150.0
PASSWORD = "correct horse battery"


class Reader(threading.Thread):
    """A console's ear: counts `live` events until it is closed."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self.rows = 0
        self._peer = socket.create_connection(("127.0.0.1", port))
        self._peer.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n".encode())

    def run(self) -> None:
        while data := self._peer.recv(1 << 18):
            self.rows += data.count(b'"booth":')

    def close(self) -> None:
        """End it."""
        self._peer.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._peer.close()


def described(trunk_port: int, booths: int) -> dict[str, Any]:
    """One customer with so many phones, prices that move each second."""
    phones = [{"number": str(1_000_001 + at), "password": f"secret-{1_000_001 + at}"} for at in range(booths)]
    corner = {**customer("Corner", "0", balance="100000", account="corner"), "endpoints": phones, "call_shop": True}
    return shop(trunk_port, rates=[rate("44", "United Kingdom", "0.60")], customers=[corner], trunk={"max_calls": 1000})


def asked(client: Client, method: str, path: str, **content: Any) -> Any:
    """The reply of an operation."""
    return json.loads(client.ask(method, f"/api/v1{path}", json.dumps(content).encode() if content else b""))


def share(server: Appliance, seconds: float) -> float:
    """Percent of a core that the server uses in that time."""
    assert server.process is not None
    used, began = processor_seconds(server.process.pid), time.monotonic()
    time.sleep(seconds)
    return (processor_seconds(server.process.pid) - used) / (time.monotonic() - began) * 100


def checkouts(client: Client, booth: int, till: int, many: int) -> list[float]:
    """Milliseconds of each payment of a guest's bill with goods on it."""
    goods = asked(client, "POST", "/goods", shop="Corner", name="Cola", price="1.50")
    taken = []
    for _guest in range(many):
        card = asked(client, "POST", "/booth-sessions", booth=booth)
        bill = card["session"]["bill"]
        for _piece in range(6):
            asked(client, "POST", f"/bills/{bill}/goods", goods=goods["id"])
        began = time.perf_counter()
        asked(client, "POST", f"/bills/{bill}/pay", till=till, tenders=[{"method": "cash", "amount": "10.00"}], expected="9.00")
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def told(figure: str, value: float, unit: str, budget: float | None) -> bool:
    """One line; whether it is within its budget."""
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "budget": budget}), flush=True)
    return budget is None or value <= budget


def measure(folder: Path, booths: int, seconds: float, many: int) -> bool:
    """All figures; whether the budgets were kept."""
    server, trunk = Appliance(folder), sip_port()
    server.apply(described(trunk, booths + 1))
    server.do("operators.create", {"login": "mira", "password": PASSWORD, "grants": [{"role": "owner"}]})
    server.serve("--set", "guard.enabled=false", "--set", "sip.digest_algorithms=MD5")
    peers = [Sipp(folder / "peers", sipp.callee(), "carrier", calls=booths, port=trunk, trace=False, timeout_s=300).start()]
    try:
        port = int(server.ready["web"].rpartition(":")[2])
        client = Client(port)
        client.token = asked(client, "POST", "/sign-in", login="mira", password=PASSWORD)["token"]
        place = asked(client, "GET", "/shops")["shops"][0]
        asked(client, "PATCH", f"/shops/{place['id']}", booth_markup_percent="20", rounding="0.05", tax_percent="21")
        till = asked(client, "POST", "/tills", shop="Corner", name="Front", printer="file", address="-")["id"]
        asked(client, "POST", "/shifts", till=till, counted={"EUR": {"50.00": 2}})
        cards = asked(client, "GET", "/booths")["booths"]
        for card in cards[:booths]:
            asked(client, "POST", "/booth-sessions", booth=card["id"])
        users = [(str(1_000_001 + at), f"secret-{1_000_001 + at}", "447000000001") for at in range(booths)]
        how = {"remote": f"127.0.0.1:{server.sip_port}", "calls": booths, "rate": 30, "pause_ms": int(seconds * 2 + 60) * 1000, "timeout_s": 300}
        peers.append(Sipp(folder / "peers", sipp.caller(), "guests", users=users, trace=False, **how).start())  # type: ignore[arg-type]
        wait_for(lambda: sum(row["state"] == "in_call" for row in asked(client, "GET", "/booths")["booths"]) == booths, 60, "all booths talk")
        time.sleep(2)
        quiet = share(server, seconds)
        reader = Reader(port, client.token)
        reader.start()
        time.sleep(2)
        before = reader.rows
        live = share(server, seconds)
        rows = (reader.rows - before) / seconds
        kept = told(f"{booths} booths told to a console ({rows:.0f} rows a second)", live - quiet, "% of a core more", LIVE_BUDGET)
        kept &= told(f"the whole server with {booths} calls and a console", live, "% of a core", None)
        taken = checkouts(client, cards[booths]["id"], till, many)
        kept &= told(f"checkout to committed receipt beside {booths} calls", taken[int(len(taken) * 0.95)], "ms p95", PAY_BUDGET_MS)
        kept &= told("the same", taken[len(taken) // 2], "ms median", PAY_BUDGET_MS)
        reader.close()
        return kept
    finally:
        for peer in peers:
            peer.stop()
        server.kill()


def main() -> int:
    """The exit code."""
    booths = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    many = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    with tempfile.TemporaryDirectory() as scratch:
        return 0 if measure(Path(scratch), booths, seconds, many) else 1


if __name__ == "__main__":
    sys.exit(main())
