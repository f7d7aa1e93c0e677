"""Whole calls through a served Tollhouse with scripted phones: the tone of one is heard at the other, also when the relay
is killed in the middle; silence ends a call."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import Answer, ScriptedTrunk

ALICE, BOB = "1000001", "1000002"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def trunk(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, credentials=("shop", "carrier-secret"), frequency=620.0, rules={"4499": Answer(rings=183, after=2.0)})
    yield one
    one.close()


@pytest.fixture
def appliance(tmp_path: Path, trunk: ScriptedTrunk) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(
        shop(
            trunk.port,
            rates=[rate("44", "United Kingdom", "0.0100")],
            trunk={"username": "shop", "password": "carrier-secret", "media": "always"},
            customers=[
                customer("Alice", ALICE, balance="10.00", endpoint={"media": "always"}),
                customer("Bob", BOB, balance="1.00", endpoint={"media": "always"}),
            ],
        )
    )
    yield one
    one.kill()
    one.assert_clean_log()


def phone(loop: AgentLoop, appliance: Appliance, number: str, transport: str = "udp", frequency: float = 440.0) -> Phone:
    one = Phone(
        loop,
        ("127.0.0.1", appliance.sip_port),
        number,
        f"secret-{number}",
        domain="sip.example.test",
        transport=transport,
        frequency=frequency,
    )
    assert one.register(), one.register_status
    return one


def relay_of(appliance: Appliance) -> int:
    """The relay's process id: the server's only child."""
    assert appliance.process is not None
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(appliance.process.pid)], capture_output=True, text=True, check=True)
    return int(listed.stdout.split()[0])


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_two_phones_hear_each_other(appliance: Appliance, loop: AgentLoop, transport: str) -> None:
    appliance.serve("--media", "127.0.0.1:36000-36199")
    alice = phone(loop, appliance, ALICE, transport, 440.0)
    bob = phone(loop, appliance, BOB, transport, 900.0)
    call = alice.call_answered(BOB)
    other = bob.wait_call()
    assert call.hears(900.0) and other.hears(440.0)
    assert call.voice is not None and all(36000 <= port <= 36199 for _, port in call.voice.sources)
    call.hold()
    assert loop.wait(lambda: other.direction == "recvonly", 20)
    call.hold(False)
    assert loop.wait(lambda: other.direction == "sendrecv", 20)
    call.hang_up()
    assert other.wait("ended") and other.ended_by == "them"
    (row,) = wait_for(appliance.cdrs, 20, "the call record")
    assert row["media"]["relayed"] is True and row["cause"] == "normal"


def test_a_phone_of_ipv4_and_one_of_ipv6_hear_each_other(appliance: Appliance, loop: AgentLoop) -> None:
    port = appliance.sip_port
    appliance.serve("--media", "36800-36999", sip=[f"udp:127.0.0.1:{port}", f"udp:[::1]:{port}"])
    alice = phone(loop, appliance, ALICE, frequency=440.0)
    bob = Phone(loop, ("::1", port), BOB, f"secret-{BOB}", domain="sip.example.test", host="::1", frequency=900.0)
    assert bob.register(), bob.register_status
    call = alice.call_answered(BOB)
    other = bob.wait_call()
    assert call.hears(900.0) and other.hears(440.0)
    assert call.voice is not None and other.voice is not None
    assert {source[0] for source in call.voice.sources} == {"127.0.0.1"} and {source[0] for source in other.voice.sources} == {"::1"}
    call.hang_up()
    assert other.wait("ended")
    for each in appliance.do("endpoints.list", {})["endpoints"]:
        appliance.do("endpoints.update", {"id": each["id"], "media": "never"})
    # Whatever policy says: neither could send to the other.
    back = bob.call_answered(ALICE)
    assert back.hears(440.0) and alice.wait_call().hears(900.0)
    back.hang_up()


def test_a_carriers_sound_before_and_after_the_answer(appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk) -> None:
    appliance.serve("--media", "127.0.0.1:36200-36399")
    alice = phone(loop, appliance, ALICE)
    call = alice.call("449912345678")
    assert call.wait("ringing") and call.hears(620.0) and call.state == "ringing" and call.early_media
    assert call.wait("answered")
    assert trunk.wait_call().hears(440.0)
    call.hang_up()
    (row,) = wait_for(appliance.cdrs, 20, "the call record")
    assert row["media"]["packets"] > 50 and row["media"]["loss"] == 0


def test_a_call_survives_its_relay(appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk) -> None:
    appliance.serve("--media", "127.0.0.1:36400-36599")
    alice = phone(loop, appliance, ALICE)
    call = alice.call_answered("442079460001")
    other = trunk.wait_call()
    assert call.hears(620.0) and other.hears(440.0)
    os.kill(relay_of(appliance), signal.SIGKILL)
    assert call.voice is not None and other.voice is not None
    call.voice.forget()
    other.voice.forget()
    assert call.hears(620.0) and other.hears(440.0)
    call.hang_up()
    assert other.wait("ended")


def test_silence_ends_a_call(appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk) -> None:
    appliance.serve("--media", "127.0.0.1:36600-36799", "--set", "media.silence_after_answer=2")
    alice = phone(loop, appliance, ALICE)
    call = alice.call_answered("442079460001")
    other = trunk.wait_call()
    assert call.hears(620.0)
    for one in (call, other):
        assert one.voice is not None
        one.voice.muted = True
    assert call.wait("ended") and call.ended_by == "them" and other.wait("ended")
    (row,) = wait_for(appliance.cdrs, 20, "the call record")
    assert (row["cause"], row["ended_by"]) == ("silence", "server")
