"""The whole engine among phones and carriers whose messages arrive damaged: it raises nothing, and forgets everything once calls end."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.policy import Admitted
from tests.fuzz.damage import damaged
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import HOME, OFFER, Home, Phone, World

DATAGRAMS = Path(__file__).parent.parent / "sip" / "datagrams"
SEEDS = 3000 if os.environ.get("TOLLHOUSE_HYPOTHESIS") == "fuzz" else 40
METHODS = ("INFO", "UPDATE", "INVITE", "REFER", "OPTIONS", "MESSAGE", "NOTIFY", "PRACK", "X-ODD")


class RoughWorld(World):
    """A world that damages a share of what goes to the engine."""

    damage = 0.0

    def carry(self, source: tuple[str, int], host: str, port: int, data: bytes) -> None:
        if (host, port) == HOME and self.chance.random() < self.damage:
            data = damaged(data, self.chance)
        super().carry(source, host, port, data)


class DeafPhone(Phone):
    """A phone that passes over what it cannot read: the echo of its own damaged headers."""

    def receive(self, data: bytes, source: tuple[str, int], now: float) -> None:
        try:
            super().receive(data, source, now)
        except RemoteProtocolError:
            return


def elsewhere(phones: list[DeafPhone], chance: random.Random) -> str:
    """Where a transfer is to lead: a number, or the dialog of some call, with its tags this way round or the other."""
    calls = [call for phone in phones for call in phone.calls]
    number = chance.choice(["1000002", "15551234", "112"])
    if not calls or chance.random() < 0.5:
        return f"<sip:{number}@sip.example.test>"
    other = chance.choice(calls)
    tags = [other.remote.partition("tag=")[2], other.local.partition("tag=")[2]]
    chance.shuffle(tags)
    return f"<sip:{number}@sip.example.test?Replaces={other.call_id}%3Bto-tag%3D{tags[0]}%3Bfrom-tag%3D{tags[1]}>"


def live(world: RoughWorld, phones: list[DeafPhone]) -> None:
    """Calls that begin, change and end at random moments."""
    chance = world.chance
    for _ in range(6):
        call = chance.choice(phones).call(chance.choice(["1000001", "1000002", "15551234", "112", "*98%23"]))
        world.run(chance.random() * 3)
        if call.state != "ended":
            method = chance.choice(METHODS)
            call.send(method, chance.choice([b"", OFFER]), *([("Refer-To", elsewhere(phones, chance))] if method == "REFER" else []))
        world.run(1.0)
        if call.invite is not None and not call.invite.over and chance.random() < 0.5:
            call.cancel()
        elif call.state != "ended":
            call.bye()
        world.run(1.0)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_messages(seed: int) -> None:
    world = RoughWorld(seed=seed, loss=0.05, double=0.05, spread=0.05)
    home = Home(world, media=FakeMedia())
    phones = [
        DeafPhone(world, "10.0.0.50", 5060, "1000001"),
        DeafPhone(world, "10.0.0.60", 5060, "1000002"),
        DeafPhone(world, "10.0.0.9", 5090, "trunk"),
    ]
    phones[2].challenge = seed % 3 == 0
    home.policy.forwards = seed % 4 == 0
    home.policy.onward = [Admitted(number, (trunk_route(1, "15551234"),), forwards=True) for number in range(1, 3)] if seed % 8 == 0 else []
    home.policy.service = "echo" if seed % 7 == 0 else ""
    home.policy.media = "always" if seed % 2 else "auto"
    world.damage = random.Random(seed).choice([0.0, 0.1, 0.3, 0.6])
    for phone in phones[:2]:
        phone.register()
    world.run(2.0)
    live(world, phones)
    for datagram in sorted(DATAGRAMS.glob("*.dat")):
        home.receive(datagram.read_bytes(), ("10.0.0.77", 5060), world.now)
    world.damage = world.loss = 0.0
    world.run(300.0)
    for call in home.engine.live_calls():
        home.engine.hang_up(call, "operator", "server", world.now)
    home.pump()
    world.run(9000.0)
    assert home.leaks() == {}
