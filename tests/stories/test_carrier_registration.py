"""A carrier of another make: Kamailio takes our registration, refuses it, is away; its calls come in for our numbers and ours go out by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.kamailio import Kamailio
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import ScriptedTrunk

ALICE = "1000001"
DID = "31201234567"
pytestmark = pytest.mark.needs("kamailio")


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def outside(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    """The telephone network beyond the carrier."""
    one = ScriptedTrunk(loop, frequency=620.0)
    yield one
    one.close()


@pytest.fixture
def carrier(tmp_path: Path, outside: ScriptedTrunk) -> Iterator[Kamailio]:
    one = Kamailio(tmp_path / "kamailio", outside=outside.port, user="shop", password="carrier-secret")
    yield one
    one.stop()


@pytest.fixture
def appliance(tmp_path: Path, carrier: Kamailio) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    description = shop(
        carrier.port,
        rates=[rate("44", "United Kingdom", "0.0100")],
        trunk={"username": "shop", "password": "carrier-secret", "register": True, "numbers": [{"did": DID, "endpoint": ALICE}]},
        customers=[customer("Alice", ALICE, balance="10.00", endpoint={"media": "always"})],
    )
    one.apply(description)
    yield one
    one.kill()
    one.assert_clean_log()


def trunk(appliance: Appliance) -> Any:
    return appliance.do("trunks.list", {})["trunks"][0]


def alarms(appliance: Appliance) -> list[str]:
    return [alert["text"] for alert in appliance.do("alerts.list", {})["alerts"] if alert["code"] == "alert.trunk_not_registered"]


@pytest.mark.meets("Kamailio", "we register there; calls out through it and in from it, each side hears the other's tone", "UDP")
def test_registered_then_calls_both_ways(appliance: Appliance, carrier: Kamailio, outside: ScriptedTrunk, loop: AgentLoop) -> None:
    carrier.start()
    appliance.serve()
    state = wait_for(lambda: (found := trunk(appliance))["registered"] and found, 20, f"registered\n{carrier.log()}")
    assert state["since"] and state["next_try"] is None and not alarms(appliance)
    alice = Phone(loop, ("127.0.0.1", appliance.sip_port), ALICE, f"secret-{ALICE}", domain="sip.example.test")
    assert alice.register(), alice.register_status
    incoming = outside.call_in(("127.0.0.1", carrier.port), DID, "442079460001", domain="carrier.test")
    ringing = alice.wait_call()
    assert incoming.wait("answered"), (incoming.status, carrier.log())
    assert ringing.hears(620.0) and incoming.hears(440.0)
    ringing.hang_up()
    assert incoming.wait("ended")
    call = alice.call_answered("442079460001")
    there = outside.wait_call("442079460001")
    assert call.hears(620.0) and there.hears(440.0)
    call.hold()  # in the dialog, through the proxy's Record-Route
    assert loop.wait(lambda: there.direction == "recvonly", 20), carrier.log()
    there.hang_up()
    assert call.wait("ended")
    rows = wait_for(lambda: len(found := appliance.cdrs()) == 2 and found, 20, "two records")
    assert [(row["direction"], row["normalised"], row["result"], row["trunk"]) for row in rows] == [
        ("in", DID, 200, "carrier"),
        ("out", "442079460001", 200, "carrier"),
    ]


def test_refused_and_away(appliance: Appliance, carrier: Kamailio) -> None:
    carrier.start(refused=True)
    appliance.serve()
    state = wait_for(lambda: (found := trunk(appliance))["registered"] is False and found, 20, "refused")
    assert state["reason"] == "403 Account closed" and state["next_try"] > state["since"]
    assert any("403 Account closed" in text for text in alarms(appliance))
    carrier.stop()
    appliance.do("trunks.update", {"id": state["id"], "max_calls": 7})  # whoever changes a trunk wants it tried at once
    appliance.do("trunks.update", {"id": state["id"], "username": "shop2"})
    state = wait_for(lambda: (found := trunk(appliance))["reason"] not in ("", "403 Account closed") and found, 20, "nobody there")
    assert state["registered"] is False and state["reason"] in ("unreachable", "timeout")
    assert alarms(appliance)
