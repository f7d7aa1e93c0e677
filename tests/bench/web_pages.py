"""What the customers' pages cost: the overview's size, its share of a processor, how many a second beside calls, sessions' memory,
and the first page of calls of a customer with a million records.

    python -m tests.bench.web_pages [pages a second] [seconds] [records]

Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from appliance.clock import SystemClock
from appliance.store.store import Store
from tests.bench.api_beside_calls import P99_BUDGET_MS, register, told
from tests.bench.api_reads import processor_seconds
from tests.bench.cdr_page import _CDR, _PERSON
from tests.bench.served_calls import described, loaded
from tests.helpers.appliance import Appliance, sip_port

SESSIONS = 10_000
LINES = 4
HOST = "my.example.test"


def figure(name: str, value: float, unit: str, budget: float | None) -> None:
    """One line."""
    print(json.dumps({"figure": name, "value": round(value, 2), "unit": unit, "budget": budget}), flush=True)


class Reader:
    """A browser's connection: one page after the other, as whoever the session is."""

    def __init__(self, port: int) -> None:
        self._peer = socket.create_connection(("127.0.0.1", port))
        self._buffer = b""

    def get(self, path: str, token: str = "") -> bytes:
        """The body; RuntimeError where it is not 200."""
        cookie = f"Cookie: tollhouse={token}; tollhouse_form=x\r\n" if token else ""
        self._peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}\r\n".encode())
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._peer.recv(262144)
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._peer.recv(262144)
        self._buffer = rest[length:]
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.split(b"\r\n")[0].decode())
        return rest[:length]


def token_of(number: int) -> str:
    """The session's token."""
    return f"bench-session-{number:06d}-{'x' * 22}"


def prepare(server: Appliance, records: int) -> int:
    """Sessions of every web login, and records of a customer of their own; that customer's session number."""
    store = Store(server.data, SystemClock())
    now = SystemClock().utcnow()
    with store.write():
        logins = [row[0] for row in store.database.fetch("SELECT id FROM web_login ORDER BY id")]
        for number in range(SESSIONS):
            store.sessions.insert(
                token_hash=hashlib.sha256(token_of(number).encode()).hexdigest(),
                kind="web_login",
                subject_id=logins[number % len(logins)],
                created_at=now,
                seen_at=now,
                expires_at=now + 86_400_000,
                source="192.0.2.1",
                client="bench",
            )
        busy = store.web_logins.get(logins[-1])
        assert busy is not None
        customer = store.customers.get(busy.customer_id)
        assert customer is not None
        endpoint = next(iter(store.endpoints.list(customer.id))).id
        run = store.runs.begin(now - 1000) if hasattr(store.runs, "begin") else 1
        step = 300 * 86_400_000 // max(records, 1)
        for number in range(1, records + 1):
            at = now - (records - number) * step
            row = (number, at, at, at + 30_000, 30_000, 30, customer.reseller_id, customer.id, endpoint, None, "44", "Bench", 200, "normal")
            store.database.execute(_CDR, row)
            store.database.execute(_PERSON, (number, f"c{number}", "1", f"4470{number:08d}", f"4470{number:08d}"))
        assert run
    store.close()
    return len(logins) - 1


def paced(port: int, tokens: list[str], per_second: float, seconds: float, found: list[float], late: list[int]) -> None:
    """Ask for overviews at an even pace; how long each took, counted from when it was due."""
    reader, began = Reader(port), time.monotonic()
    due, number = began, 0
    while due < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        reader.get("/overview", tokens[number % len(tokens)])
        found.append((time.monotonic() - due) * 1000)
        number, due = number + 1, due + 1 / per_second
    late[0] += sum(1 for each in found if each > 1000)


def resident(pid: int) -> float:
    """Megabytes of a process in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def sizes(server: Appliance, port: int) -> None:
    """The overview with all that it loads."""
    import re

    reader = Reader(port)
    page = reader.get("/overview", token_of(0)).decode()
    parts = [len(page.encode()), *(len(reader.get(path)) for path in re.findall(r'(?:href|src)="(/(?:static|brand)/[^"]+)"', page))]
    figure("overview with style and script", sum(parts) / 1000, "kB", 100)


def main() -> None:
    """All figures."""
    per_second = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    records = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        server, trunk = Appliance(Path(scratch)), sip_port()
        shop = described(trunk)
        for number, each in enumerate(shop["customers"]):  # type: ignore[arg-type, var-annotated]
            each["web_logins"] = [{"login": f"bench{number}", "password": "bench-password"}]
        server.apply(shop)
        busy = prepare(server, records)
        server.serve("--set", "guard.enabled=false")
        assert server.process is not None
        pid, port = server.process.pid, int(server.ready["web"].rpartition(":")[2])
        try:
            reader = Reader(port)
            for path in ("/calls", "/overview"):
                reader.get(path, token_of(0))  # what the first page of all loads
            took = []
            for path in ("/calls", "/calls?number=447000", "/overview"):
                began = time.perf_counter()
                reader.get(path, token_of(busy))
                took.append((time.perf_counter() - began) * 1000)
            figure(f"first page of {records} calls", took[0], "ms", 50)
            figure("the same filtered by number", took[1], "ms", None)
            figure("the same customer's first overview", took[2], "ms", None)
            sizes(server, port)
            tokens = [token_of(number) for number in range(busy)]
            for token in tokens:
                reader.get("/overview", token)
            used = processor_seconds(pid)
            for number in range(1000):
                reader.get("/overview", tokens[number % len(tokens)])
            figure("processor of an overview", (processor_seconds(pid) - used), "ms", 2.5)
            before = resident(pid)
            for number in range(SESSIONS):
                reader.get("/running", token_of(number))
            figure(f"{SESSIONS} sessions", resident(pid) - before, "MB", 50)
            beside(server, Path(scratch), trunk, tokens, per_second, seconds)
        finally:
            server.stop()


def beside(server: Appliance, scratch: Path, trunk: int, tokens: list[str], per_second: float, seconds: float) -> None:
    """Pages while 100 calls run, and how long SIP answers take meanwhile."""
    assert server.process is not None
    port = int(server.ready["web"].rpartition(":")[2])
    carrier, caller = loaded(scratch / "calls", f"127.0.0.1:{server.sip_port}", trunk, int(10 * (seconds + 12)), 10, 10_000, 5000)
    time.sleep(11)  # until 100 run
    used, began = processor_seconds(server.process.pid), time.monotonic()
    found: list[list[float]] = [[] for _each in range(LINES)]
    late = [0]
    readers = [threading.Thread(target=paced, args=(port, tokens, per_second / LINES, seconds, each, late)) for each in found]
    for each in readers:
        each.start()
    answers = register(server.sip_port, seconds)
    for each in readers:
        each.join()
    took = time.monotonic() - began
    share = (processor_seconds(server.process.pid) - used) / took
    count = sum(len(each) for each in found)
    clean = caller.wait(90) == 0
    carrier.stop()
    told(f"{count / took:.0f} overviews a second beside 100 calls, {share:.0%} of a core", [value for each in found for value in each], 50.0)
    told(f"SIP answers meanwhile{'' if clean else ', CALLS NOT CLEAN'}", answers, P99_BUDGET_MS)


if __name__ == "__main__":
    main()
