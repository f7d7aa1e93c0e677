"""Whether the API holds calls up: how long SIP answers take while calls run and a program reads as fast as it is allowed.

    python -m tests.bench.api_beside_calls [reads a second] [calls a second] [seconds]

Calls go through sipp; a phone that is not known asks to register every 10 ms, and the time to its 401 is what is
measured, first with calls alone. Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.api_reads import Client, processor_seconds
from tests.bench.served_calls import described, loaded
from tests.helpers.appliance import Appliance, sip_port

P99_BUDGET_MS = 20.0
PASSWORD = "correct horse"


def register(port: int, seconds: float) -> list[float]:
    """Milliseconds to each 401."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.connect(("127.0.0.1", port))
        phone.settimeout(2)
        own = phone.getsockname()[1]
        ends = time.monotonic() + seconds
        number = 0
        while time.monotonic() < ends:
            number += 1
            phone.send(
                f"REGISTER sip:sip.example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:1000001@sip.example.test>;tag=a{number}\r\nTo: <sip:1000001@sip.example.test>\r\nCall-ID: probe-{number}\r\n"
                f"CSeq: 1 REGISTER\r\nContact: <sip:1000001@127.0.0.1:{own}>\r\nContent-Length: 0\r\n\r\n".encode()
            )
            began = time.perf_counter()
            while f"Call-ID: probe-{number}\r\n".encode() not in phone.recv(4096):
                pass
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(0.01)
    return found


def told(figure: str, found: list[float], budget: float | None) -> None:
    """One line of the 99th of a hundred."""
    ordered = sorted(found)
    value = ordered[int(len(ordered) * 0.99)]
    print(
        json.dumps({"figure": figure, "value": round(value, 2), "median": round(ordered[len(ordered) // 2], 2), "unit": "ms p99", "budget": budget})
    )


def paced(ask: Callable[[], object], per_second: float, stop: threading.Event, count: list[int]) -> None:
    """Ask so often, as evenly as one connection allows."""
    due = time.monotonic()
    while not stop.is_set():
        ask()
        count[0] += 1
        due = max(due + 1 / per_second, time.monotonic() - 0.1)
        time.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Both runs."""
    per_second = float(sys.argv[1]) if len(sys.argv) > 1 else 1000.0
    calls = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 6.0
    with tempfile.TemporaryDirectory() as scratch:
        server, trunk = Appliance(Path(scratch)), sip_port()
        shop = described(trunk)
        shop["resellers"][0]["operators"] = [{"login": "owner", "password": PASSWORD, "role": "owner"}]  # type: ignore[index]
        server.apply(shop)
        server.serve("--set", "guard.enabled=false")
        assert server.process is not None
        try:
            for reading in (False, True):
                carrier, caller = loaded(
                    Path(scratch) / f"calls{reading}", f"127.0.0.1:{server.sip_port}", trunk, int(calls * (seconds + 2)), calls, 500, 5000
                )
                stop, count = threading.Event(), [0]
                if reading:
                    client = Client(int(server.ready["web"].rpartition(":")[2]))
                    signed = client.ask("POST", "/api/v1/sign-in", json.dumps({"login": "owner", "password": PASSWORD}).encode())
                    client.token = json.loads(signed)["token"]
                    reader = threading.Thread(target=paced, args=(lambda: client.ask("GET", "/api/v1/customers/1"), per_second, stop, count))  # noqa: B023
                    reader.start()
                used, began = processor_seconds(server.process.pid), time.monotonic()
                found = register(server.sip_port, seconds)
                took = time.monotonic() - began
                share = (processor_seconds(server.process.pid) - used) / took
                reads = count[0] / took
                stop.set()
                clean = caller.wait(60) == 0
                carrier.stop()
                beside = f"{calls:g} calls/s and {reads:.0f} reads/s" if reading else f"{calls:g} calls/s alone"
                told(f"SIP answers beside {beside}, {share:.0%} of a core{'' if clean else ', CALLS NOT CLEAN'}", found, P99_BUDGET_MS)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
