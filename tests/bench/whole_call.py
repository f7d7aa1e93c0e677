"""What one authenticated, billed call costs in process: engine, switch, services and a real store; no sockets, no fsync.

`python -m tests.bench.whole_call [--calls N] [--cold MB] [--operations] [--of N]` prints microseconds of CPU a call, by step: with `--cold`
so much memory is copied before each message, as the work of others empties the caches of a server that is not busy. With
`--operations` it prints what the interpreter did for each message, which no load of the machine changes, and with `--of` the
functions that did it for the Nth message (0: for all).
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from appliance.chance import SystemChance
from appliance.sip.digest import ha1
from appliance.sip.engine import Engine
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.settings import EngineSettings
from appliance.store.endpoints import Secret
from appliance.switch import Switch
from tests.bench import engine_call
from tests.services.shop import Shop, Simple

TURNS = 5
MOST_FUNCTIONS = 150  # listed
TALK_SECONDS = 1.3


class Whole(engine_call.Bench):
    """The peers of `engine_call` before everything that a call passes."""

    domain = "sip.root.test"

    def __init__(self, folder: Path, cold: int) -> None:
        self.shop = shop = Shop(folder, {"guard.hour_floor": "1000000", "guard.day_floor": "1000000"})
        shop.start()
        shop.store.database.execute("PRAGMA synchronous = OFF")
        simple = Simple(shop, balance="1000000.00")
        with shop.services.changes.unit():
            md5, sha256 = (ha1("1000001", self.domain, "secret", algorithm) for algorithm in ("MD5", "SHA-256"))
            shop.store.endpoints.put_secret(Secret(simple.alice, self.domain, md5, sha256, None))
            shop.services.changes.note("endpoint", simple.alice)
        listeners = [ListenerAddress("udp", "10.0.0.1", 5060)]
        self.rng = SystemChance()
        self.switch = Switch(shop.services, listeners)
        self.engine = Engine(self.switch, None, EngineSettings(digest_algorithms=("MD5",)), listeners, self.rng)
        self.number = self.call = 0
        self.steps: Counter[str] = Counter()
        self.watched: Operations | None = None
        self.cold, self.spare = bytearray(cold), bytes(cold)

    def give(self, data: bytes, flow: Flow) -> list[bytes]:
        """One datagram, as the pump hands it on; what is sent."""
        self.cold[:] = self.spare
        now = self.shop.clock.monotonic()
        if self.watched is not None:
            self.watched.begin(data)
        began = time.thread_time_ns()
        self.engine.receive(data, flow, now)
        received = time.thread_time_ns()
        self.switch.record(self.engine.facts(), now)
        recorded = time.thread_time_ns()
        packets = self.engine.packets()
        if self.switch.needs_commit():
            self.switch.commit()
            self.switch.committed()
        self.engine.recorded()
        self.engine.next_timeout()
        ended = time.thread_time_ns()
        if self.watched is not None:
            self.watched.end()
        self.steps.update({"engine and admission": received - began, "record": recorded - received, "commit": ended - recorded})
        return [packet for _, packet in packets]

    def one(self) -> None:
        """A whole call."""
        self.call += 1
        to = self.set_up(self.call)
        self.shop.clock.advance(TALK_SECONDS)
        self.hang_up(self.call, to)

    def rest(self) -> None:
        """Timers that came due."""
        self.engine.handle_timeout(self.shop.clock.monotonic())
        self.engine.packets()
        self.engine.recorded()


class Operations:
    """Counts the interpreter's operations and the functions it enters."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int, int]] = []
        self.by_function: list[Counter[str]] = []

    def begin(self, data: bytes) -> None:
        self.name, self.operations, self.functions = " ".join(data.split(b"\r\n")[0].decode().split()[:2]), 0, 0
        self.of = Counter[str]()
        self.by_function.append(self.of)
        sys.settrace(self._entered)

    def end(self) -> None:
        sys.settrace(None)
        self.done.append((self.name, self.operations, self.functions))

    def _entered(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.functions += 1
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            self.operations += 1
            code = frame.f_code
            self.of[f"{Path(code.co_filename).name}:{code.co_firstlineno} {code.co_qualname}"] += 1
        return self._step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--cold", type=float, default=0.0, help="megabytes copied before each message")
    parser.add_argument("--operations", action="store_true")
    parser.add_argument("--of", type=int, default=None, help="with --operations: the functions of the Nth message; 0: of all")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Whole(Path(folder) / "data", int(asked.cold * 1_000_000))
        for _ in range(200):
            bench.one()
        bench.rest()
        gc.collect()
        gc.disable()
        if asked.operations:
            bench.watched = Operations()
            bench.one()
            for name, operations, functions in bench.watched.done:
                print(f"{operations:6} operations, {functions:4} functions: {name}")
            print(f"{sum(each[1] for each in bench.watched.done):6} operations, {sum(each[2] for each in bench.watched.done):4} functions: a call")
            if asked.of is not None:
                each = bench.watched.by_function
                of = sum(each, Counter[str]()) if asked.of == 0 else each[asked.of - 1]
                for name, operations in of.most_common(MOST_FUNCTIONS):
                    print(f"{operations:6} {name}")
            return
        best: dict[str, int] = {}
        for _ in range(TURNS):
            bench.steps.clear()
            for _ in range(asked.calls):
                bench.one()
            bench.rest()
            best = {name: min(best.get(name, spent), spent) for name, spent in bench.steps.items()}
        told = ", ".join(f"{name} {spent / asked.calls / 1000:.0f}" for name, spent in best.items())
        print(f"whole call: {sum(best.values()) / asked.calls / 1000:.0f} us ({told})")


if __name__ == "__main__":
    main()
