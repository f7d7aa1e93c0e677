"""Alice sends Bob on to a number abroad: the two hear each other, and both calls are on Alice's account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import ScriptedTrunk

ALICE, BOB, CAROL = "1000001", "1000002", "1000003"
ABROAD = "442079460001"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def trunk(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, frequency=620.0)
    yield one
    one.close()


@pytest.fixture
def appliance(tmp_path: Path, trunk: ScriptedTrunk) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(
        shop(
            trunk.port,
            rates=[rate("44", "United Kingdom", "0.6000", first_increment=60, next_increment=60)],
            customers=[
                customer("Alice", ALICE, balance="10.00"),
                customer("Bob", BOB, balance="0.00"),
                customer("Carol", CAROL, balance="3.00", caller_number="31209999999", endpoint={"forwarding": {"always": ABROAD}}),
            ],
        )
    )
    one.serve("--media", "127.0.0.1:37600-37799")
    yield one
    one.kill()
    one.assert_clean_log()


def phone(loop: AgentLoop, appliance: Appliance, number: str, frequency: float) -> Phone:
    one = Phone(loop, ("127.0.0.1", appliance.sip_port), number, f"secret-{number}", domain="sip.example.test", frequency=frequency)
    assert one.register(), one.register_status
    return one


def test_whoever_transfers_pays(appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk) -> None:
    alice, bob = phone(loop, appliance, ALICE, 440.0), phone(loop, appliance, BOB, 900.0)
    call = alice.call_answered(BOB)
    bobs = bob.wait_call()
    call.send("REFER", (("Refer-To", f"<sip:{ABROAD}@sip.example.test>"),))
    there = trunk.wait_call(ABROAD)
    assert call.wait("ended")  # Alice is out of it
    assert there.hears(900.0) and bobs.hears(620.0)
    there.hang_up()
    assert bobs.wait("ended")
    rows = wait_for(lambda: len(found := appliance.cdrs()) == 2 and found, 20, "two records")
    assert [(row["customer"], row["direction"], row["result"]) for row in rows] == [("Alice", "on_net", 200), ("Alice", "out", 200)]
    assert Decimal(appliance.balance("alice")) == Decimal("9.25")  # a minute at 0.60 and a quarter
    assert Decimal(appliance.balance("bob")) == 0
    appliance.verify()


def test_whoever_forwards_pays(appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk) -> None:
    bob = phone(loop, appliance, BOB, 900.0)
    call = bob.call_answered(CAROL)
    there = trunk.wait_call(ABROAD)
    assert there.hears(900.0) and call.hears(620.0)
    assert "reason=unconditional" in (trunk.invites[-1].get("Diversion") or "")
    call.hang_up()
    (row,) = wait_for(appliance.cdrs, 20, "the record")
    assert (row["customer"], row["endpoint"], row["dialled"], row["normalised"]) == ("Carol", CAROL, CAROL, ABROAD)
    assert Decimal(appliance.balance("carol")) == Decimal("2.25")
    appliance.verify()
