"""CPU of the pump alone: datagrams in and out with an engine that only echoes, without and with a commit for each batch.

Run: python tests/bench/commit_hop.py [datagrams]. The difference of the two is what the hop to the commit thread and back
costs; a commit itself is not in it. One datagram at a time is the worst case: each wakes the server and is a batch.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from appliance.server_reactor import server_reactor
from appliance.sip.policy import ListenerAddress
from appliance.sip.transport import Pump
from tests.sip.pump_doubles import EchoEngine, MemoryRecorder

CLIENT = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.settimeout(2)
count, together, data = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].encode() + b" sip:x SIP/2.0" + b"x" * 600
waits = []
for _ in range(count // together):
    began = time.perf_counter()
    for _ in range(together):
        s.send(data)
    for _ in range(together):
        s.recv(2000)
    waits.append(time.perf_counter() - began)
    time.sleep(0.0005)
waits.sort()
print(f"{1000 * waits[len(waits) // 2]:.3f} {1000 * waits[len(waits) * 99 // 100]:.3f}")
"""


class QuietEngine(EchoEngine):
    """Remembers nothing of what it heard."""

    def recorded(self) -> None:
        super().recorded()
        self.heard.clear()
        self.flows.clear()


class QuietRecorder(MemoryRecorder):
    """Commits to nowhere."""

    def begin(self, quick: bool) -> None:
        self.unit_quick = quick and self.quickly

    def commit(self) -> None:
        pass

    def sync(self) -> None:
        pass


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    installed = reactor = server_reactor()
    reactor.seconds = time.monotonic
    listeners = [ListenerAddress("udp", "127.0.0.1", 0)]
    pump = Pump(reactor, QuietEngine(), QuietRecorder(quickly=True), listeners)
    runs = [("PING", 1), ("REGISTER", 1), ("PING", 10), ("REGISTER", 10)]

    def run() -> None:
        if not runs:
            pump.stop().addCallback(lambda _: installed.stop())
            return
        word, together = runs.pop(0)
        commits, spent = pump.counters.commits, time.process_time()
        client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(listeners[0].port), str(count), str(together), word], stdout=subprocess.PIPE, text=True
        )

        def look() -> None:
            if client.poll() is None:
                installed.callLater(0.05, look)
                return
            used = time.process_time() - spent
            assert client.stdout is not None
            middle, late = client.stdout.read().split()
            kind = "no commit" if word == "PING" else f"{pump.counters.commits - commits} commits"
            print(f"{together:3} at once, {kind:14}: {1e6 * used / count:6.1f} us a datagram; round trip {middle} ms, p99 {late} ms", flush=True)
            run()

        look()

    pump.start()
    installed.callWhenRunning(run)
    installed.run()


if __name__ == "__main__":
    main()
