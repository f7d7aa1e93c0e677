"""CPU and memory of one call in the engine: INVITE, challenge, INVITE, 100/180/200 of a carrier, ACK, BYE; no sockets, no record.

Run: python tests/bench/engine_call.py [calls]. Prints microseconds of CPU a call, with and without the cleaning up that
comes 32 s later, and bytes a held call.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import random

from appliance.sip.digest import answer_challenge
from appliance.sip.engine import Engine
from appliance.sip.grammar import Rng
from appliance.sip.message import parse
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.settings import EngineSettings
from tests.sip.fakes import DOMAIN, FakePolicy
from tests.sip.simulation import ANSWER, OFFER

PHONE, TRUNK = Flow("udp", 0, "10.0.0.50", 5060), Flow("udp", 0, "10.0.0.9", 5090)


class Bench:
    """The engine and the packets of its peers, made from templates so that the peers cost next to nothing."""

    domain = DOMAIN

    def __init__(self) -> None:
        self.rng: Rng = random.SystemRandom()
        self.policy = FakePolicy()
        self.engine = Engine(self.policy, None, EngineSettings(guard_enabled=False), [ListenerAddress("udp", "10.0.0.1", 5060)], self.rng)
        self.now = 1000.0
        self.spent = 0.0
        self.number = 0

    def give(self, data: bytes, flow: Flow) -> list[bytes]:
        """One datagram through the engine, with the pump's steps; what it sends."""
        engine = self.engine
        start = time.thread_time()
        engine.receive(data, flow, self.now)
        engine.facts()
        packets = engine.packets()
        engine.recorded()
        engine.next_timeout()
        self.spent += time.thread_time() - start
        return [packet for _, packet in packets]

    def request(self, method: str, uri: str, to: str, cseq: int, body: bytes = b"", extra: str = "") -> bytes:
        self.number += 1
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.50:5060;rport;branch=z9hG4bKb{self.number}\r\nMax-Forwards: 70\r\n"
            f'From: "Alice" <sip:1000001@{self.domain}>;tag=t{self.call}\r\nTo: {to}\r\n'
            f"Call-ID: bench-{self.call}@10.0.0.50\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:1000001@10.0.0.50:5060>\r\nUser-Agent: Phone/1.0\r\nAllow: INVITE, ACK, CANCEL, BYE, UPDATE\r\n{extra}{kind}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def answer(self, request: bytes, status: str, body: bytes = b"") -> bytes:
        head = request.split(b"\r\n\r\n")[0].decode().split("\r\n")
        kept = [line for line in head if line.startswith(("Via", "From", "Call-ID", "CSeq"))]
        to = next(line for line in head if line.startswith("To"))
        tagged = to if "tag=" in to else f"{to};tag=carrier{self.call}"
        kind = ["Content-Type: application/sdp"] if body else []
        lines = [f"SIP/2.0 {status}", *kept, tagged, "Contact: <sip:carrier@10.0.0.9:5090>", *kind, f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def set_up(self, number: int) -> str:
        """Up to the ACK; the To of the dialog."""
        self.call = number
        uri, to = f"sip:31201234567@{self.domain}", f"<sip:31201234567@{self.domain}>"
        (refusal,) = self.give(self.request("INVITE", uri, to, 1, OFFER), PHONE)
        response = parse(refusal)
        self.number -= 1
        self.give(self.request("ACK", uri, response.get("To") or "", 1), PHONE)
        value = answer_challenge(response.all("Proxy-Authenticate"), "INVITE", uri, "1000001", "secret", self.rng)
        packets = self.give(self.request("INVITE", uri, to, 2, OFFER, f"Proxy-Authorization: {value}\r\n"), PHONE)
        invite = packets[-1]
        self.give(self.answer(invite, "100 Trying"), TRUNK)
        self.give(self.answer(invite, "180 Ringing"), TRUNK)
        packets = self.give(self.answer(invite, "200 OK", ANSWER), TRUNK)
        answered = parse(packets[-1])
        tagged = answered.get("To") or ""
        self.give(self.request("ACK", "sip:10.0.0.1:5060", tagged, 2), PHONE)
        return tagged

    def hang_up(self, number: int, to: str) -> None:
        self.call = number
        packets = self.give(self.request("BYE", "sip:10.0.0.1:5060", to, 3), PHONE)
        self.give(self.answer(packets[-1], "200 OK"), TRUNK)

    def clean(self) -> None:
        """The timers of the next minute."""
        start = time.thread_time()
        self.now += 100.0
        self.engine.handle_timeout(self.now)
        self.engine.packets()
        self.engine.recorded()
        self.spent += time.thread_time() - start


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    bench = Bench()
    for number in range(200):
        bench.hang_up(number, bench.set_up(number))
    bench.clean()
    gc.collect()
    gc.disable()
    best = best_whole = 1e9
    for turn in range(3):
        bench.spent = 0.0
        for number in range(calls):
            name = (turn + 1) * 1_000_000 + number
            bench.hang_up(name, bench.set_up(name))
            bench.now += 0.01
        best = min(best, bench.spent / calls * 1e6)
        bench.clean()
        best_whole = min(best_whole, bench.spent / calls * 1e6)
    left = gc.collect()
    print(f"call: {best:.0f} us, with cleaning up {best_whole:.0f} us; objects in cycles: {left}; left: {len(bench.engine.layer)} transactions")
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    held = [(5_000_000 + number, bench.set_up(5_000_000 + number)) for number in range(500)]
    bench.clean()
    bench.policy.admitted.clear()  # what the fake remembers is none of the engine's
    size = sum(entry.size_diff for entry in tracemalloc.take_snapshot().compare_to(before, "filename") if "appliance" in str(entry.traceback))
    print(f"held call: {size / len(held):.0f} bytes")


if __name__ == "__main__":
    main()
