"""An hour of abuse in virtual time: what strangers, guessers, broken and half-dead phones do leaves memory as it was, and a good phone served."""

from __future__ import annotations

import gc
import random
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from appliance.sip import addresses, guard, headers, message, nat, uri
from appliance.sip.grammar import RemoteProtocolError
from tests.fuzz.damage import damaged
from tests.sip.simulation import OFFER, Home, Phone, World

DATAGRAMS = [file.read_bytes() for file in sorted((Path(__file__).parent / "datagrams").glob("*.dat"))]
ROUND_SECONDS = 600.0
STEP_SECONDS = 0.5
METHODS = ("REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "BYE", "CANCEL", "ACK", "PRACK", "UPDATE", "NOTIFY", "REFER", "X-ODD")
GUESS = 'Digest username="{user}", realm="sip.example.test", nonce="{nonce}", uri="sip:x", response="{answer:032x}", '
GUESS += 'qop=auth, nc=00000001, cnonce="c"'


class Abuse:
    """Messages of nobody: each from another address, under another name, Call-ID, tag and program."""

    def __init__(self, home: Home, chance: random.Random) -> None:
        self.home, self.chance, self.numbers = home, chance, count()
        self.nonces = [""]

    def stranger(self) -> bytes:
        """A request of any kind, with or without a To tag, half of them with credentials that are a guess."""
        chance, number = self.chance, next(self.numbers)
        method = chance.choice(METHODS)
        user = chance.choice(["1000001", "1000002", f"x{number}"])
        lines = [
            f"{method} sip:{chance.choice(['1000002', f'{number}'])}@{chance.choice(['sip.example.test', f'h{number}.invalid'])} SIP/2.0",
            f"Via: SIP/2.0/UDP h{number}.invalid:5060;branch=z9hG4bK{number};rport",
            f"From: <sip:{user}@sip.example.test>;tag=f{number}",
            f"To: <sip:1000002@sip.example.test>{chance.choice(['', f';tag=t{number}'])}",
            f"Call-ID: c{number if chance.random() < 0.8 else number // 2}",
            f"CSeq: {chance.randrange(1, 5)} {method}",
            f"Contact: <sip:{user}@h{number}.invalid>",
            f"Route: <sip:r{number}.invalid;lr>",
            f"User-Agent: program {number}",
        ]
        if chance.random() < 0.5:
            lines.append("Authorization: " + GUESS.format(user=user, nonce=chance.choice(self.nonces), answer=chance.getrandbits(128)))
        body = OFFER.decode() if method == "INVITE" else ""
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()

    def answer(self) -> bytes:
        """An answer to nothing that was asked."""
        number = next(self.numbers)
        return (
            f"SIP/2.0 {self.chance.choice([100, 180, 200, 401, 486, 600])} Odd\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn{number}\r\n"
            f"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag={number}\r\nCall-ID: r{number}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def strike(self, now: float) -> None:
        """A handful of messages; now and then a nonce of ours is picked up, to be guessed under."""
        chance = self.chance
        for _ in range(3):
            source = (f"198.51.{chance.randrange(100)}.{chance.randrange(1, 255)}", chance.randrange(1024, 65_000))
            kind = chance.random()
            if kind < 0.6:
                data = self.stranger()
            elif kind < 0.7:
                data = self.answer()
            elif kind < 0.85:
                data = chance.choice(DATAGRAMS)
            else:
                data = damaged(chance.choice([*DATAGRAMS, self.stranger()]), chance)
            for _ in range(chance.choice([1, 1, 1, 3])):
                self.home.receive(data, source, now)
        for _, sent in self.home.sent:
            if b'nonce="' in sent:
                self.nonces = [*self.nonces[-9:], sent.partition(b'nonce="')[2].partition(b'"')[0].decode()]


def half_dead(world: World, phones: list[Phone], chance: random.Random) -> None:
    """A phone calls, and one side does not do what it should: no ACK, no answer, gone in the middle, or gone at once."""
    caller, callee = chance.sample(phones, 2)
    for each in phones:
        each.acks_2xx, each.silent = chance.random() < 0.7, False
        each.calls, each.requests, each.responses = [], [], []
    callee.register(chance.choice([60, 3600]))
    call = caller.call(callee.user)
    world.run(chance.random())
    chance.choice([call.bye, call.cancel, lambda: None])() if call.state != "calling" else call.cancel()
    callee.silent = chance.random() < 0.3


def forget_what_the_test_keeps(world: World, home: Home, phones: list[Phone]) -> None:
    home.facts, home.sent, home.questions, home.policy.admitted, home.policy.asked_on = [], [], [], [], []
    for each in phones:
        each.requests, each.responses, each.timeouts = [], [], []


def blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.parametrize("exempt", [(), ("0.0.0.0/0",)], ids=["silenced", "counted alone"])
def test_an_hour_of_abuse_leaves_memory_as_it_was(exempt: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """With small tables, so that those that are bounded are full after ten minutes and all that then grows is a leak."""
    for number in range(nat.MAX_REMEMBERED_ADDRESSES):
        assert nat.address(f"203.0.{number // 256}.{number % 256}") is not None
    for name in ("MAX_COUNTED", "MAX_BANS", "MAX_AGENTS"):
        monkeypatch.setattr(guard, name, 200)
    monkeypatch.setattr(addresses, "MAX_REMEMBERED", 200)
    monkeypatch.setattr(nat, "MAX_REMEMBERED_ADDRESSES", 200)
    for number in range(uri.MAX_REMEMBERED_URIS):
        uri.SipUri.parse(f"sip:{number}@filled.invalid")
    for number in range(headers.MAX_REMEMBERED_VIEWS):
        assert headers.NameAddr.parse(f"<sip:{number}@filled.invalid>;tag={number}").tag
        headers.CSeq.parse(f"{number} FILLED")
        headers.Via.parse(f"SIP/2.0/UDP {number}.filled.invalid:{5000 + number}")
    for number in range(message.MAX_REMEMBERED_LINES):
        with suppress(RemoteProtocolError):
            message.parse(f"FILLED sip:{number}@filled.invalid SIP/2.0\r\nX:\r\n\r\n".encode())
    chance = random.Random(11)
    world = World(seed=5)
    home = Home(world, guard_exempt=exempt, trace_calls=10)
    phones = [Phone(world, "10.0.0.50", 5060, "1000001"), Phone(world, "10.0.0.60", 5060, "1000002")]
    good = Phone(world, "10.0.0.70", 5060, "1000001")
    for phone in phones:
        phone.register()
    abuse = Abuse(home, chance)
    seen = []
    for _ in range(6):
        ends = world.now + ROUND_SECONDS
        while world.now < ends:
            abuse.strike(world.now)
            if chance.random() < 0.02:
                half_dead(world, phones, chance)
            world.run(STEP_SECONDS)
            forget_what_the_test_keeps(world, home, phones)
        for each in phones:
            each.silent = False
        call = good.call("1000002")
        world.run(2.0)
        assert call.state == "answered", call.statuses
        call.bye()
        world.run(1.0)
        good.calls, good.requests, good.responses = [], [], []
        forget_what_the_test_keeps(world, home, phones)
        seen.append(blocks())
    assert max(seen[1:]) - seen[1] < seen[1] * 0.012, seen
    for left in home.engine.live_calls():
        home.engine.hang_up(left, "operator", "server", world.now)
    home.pump()
    world.run(9000.0)
    assert home.leaks() == {}
