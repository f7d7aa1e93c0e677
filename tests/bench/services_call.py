"""What one call costs in services and store: admit, ring, answer, end, with a charge, a cost and all SQL; no fsync.

`python -m tests.bench.services_call [--calls N] [--levels N] [--profile]` prints milliseconds of CPU a call.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path

from appliance.sip.facts import CallAnswered, CallEnded, CallRinging, DialogState
from appliance.sip.policy import Admitted, CallRequest, Flow, ListenerAddress
from appliance.switch import Switch
from tests.services.shop import Shop, rate

TARGET_MS = 0.45
BATCH = 3  # calls a unit of work at a hundred calls a second


def dressed(shop: Shop, levels: int) -> tuple[int, int]:
    """Resellers below each other, an endpoint at the lowest; (endpoint, trunk)."""
    root = shop.reseller()
    cost = shop.tariff(root, "cost", rate("44", "0.0100", "0.0010"))
    seller, tariff = root, cost
    for level in range(levels):
        tariff = shop.tariff(seller, f"to-{level}", base=tariff, markup_ppm=100_000)
        seller = shop.reseller(f"reseller{level}", seller, tariff, "100000.00")
    retail = shop.tariff(seller, "retail", base=tariff, markup_ppm=250_000)
    trunk = shop.trunk(root, "carrier", cost)
    shop.route(root, "", trunk)
    account = shop.account(seller, "alice", "100000.00")
    return shop.endpoint(shop.customer(seller, "Alice", retail, account), "1000001"), trunk


class Caller:
    """Plays the engine for one call after the other."""

    def __init__(self, shop: Shop, levels: int) -> None:
        self.shop = shop
        self.endpoint, self.trunk = dressed(shop, levels)
        self.switch = Switch(shop.services, [ListenerAddress("udp", "127.0.0.1", 5060)])
        self.flow = Flow("udp", 0, "192.0.2.1", 5062)
        self.made = 0

    def dialog(self, call_id: str) -> DialogState:
        return DialogState(
            call_id,
            "8a7b6c5d4e3f2a1b",
            "1928301774",
            "sip:442079460001@sip.root.test",
            "sip:1000001@sip.root.test",
            "sip:1000001@192.0.2.1:5062",
            1,
            (),
            self.flow,
        )

    def begin(self) -> int:
        self.made += 1
        admitted = self.switch.admit(
            CallRequest(f"{self.made}-2874@192.0.2.1", "442079460001", "1000001", "", False, self.flow, "a phone", self.endpoint),
            self.shop.clock.monotonic(),
        )
        assert isinstance(admitted, Admitted)
        return admitted.call

    def batch(self, calls: int) -> None:
        """So many calls in three units of work: begun, answered, ended."""
        shop, switch = self.shop, self.switch
        begun = [self.begin() for _ in range(calls)]
        switch.next_limit()
        self.commit()
        now = shop.clock.monotonic()
        switch.record([CallRinging(call, now) for call in begun], now)
        switch.record(
            [CallAnswered(call, self.trunk, None, "192.0.2.50:5060/udp", "b-leg", self.dialog("a"), self.dialog("b"), now) for call in begun], now
        )
        switch.next_limit()
        self.commit()
        shop.clock.advance(1.3)
        now = shop.clock.monotonic()
        switch.record([CallEnded(call, 200, "normal", "caller", self.trunk, "b-leg", "192.0.2.50:5060/udp", None, now) for call in begun], now)
        switch.next_limit()
        self.commit()

    def commit(self) -> None:
        if self.switch.needs_commit():
            self.switch.commit()
            self.switch.committed()


def measure(calls: int, levels: int, profile: bool = False) -> float:
    """Milliseconds of CPU a call."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder) / "data", {"guard.hour_floor": "1000000", "guard.day_floor": "1000000"})
        shop.start()
        shop.store.database.execute("PRAGMA synchronous = OFF")
        caller = Caller(shop, levels)
        for _ in range(50):
            caller.batch(BATCH)
        watch = cProfile.Profile()
        if profile:
            watch.enable()
        began = time.process_time()
        for _ in range(calls // BATCH):
            caller.batch(BATCH)
        spent = time.process_time() - began
        if profile:
            watch.disable()
            pstats.Stats(watch, stream=sys.stdout).sort_stats("tottime").print_stats(45)
        shop.store.close()
        return spent * 1000 / (calls // BATCH * BATCH)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--levels", type=int, default=0, help="resellers between the customer and the root")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    for levels in (asked.levels,) if asked.profile else (0, 2):
        print(f"services a call, {levels} resellers above: {measure(asked.calls, levels, asked.profile):.3f} ms (target {TARGET_MS} with none)")


if __name__ == "__main__":
    main()
