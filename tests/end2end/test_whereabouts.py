"""A served Tollhouse that looks where phones are: one in the wrong place is shut out, told of and allowed; a gateway is known by its place alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import ScriptedTrunk

ALICE, GATE = "1000001", "1000002"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def appliance(tmp_path: Path, loop: AgentLoop) -> Iterator[Appliance]:
    carrier = ScriptedTrunk(loop)
    one = Appliance(tmp_path)
    people = [customer("Alice", ALICE, balance="9.00"), customer("Office", GATE, balance="9.00")]
    one.apply(shop(carrier.port, rates=[rate("44", "United Kingdom", "0.0100")], customers=people))
    one.serve("--media", "127.0.0.1:37800-37899")
    yield one
    carrier.close()
    one.kill()
    one.assert_clean_log()


def test_a_phone_in_the_wrong_place_and_a_gateway_in_its_own(appliance: Appliance, loop: AgentLoop) -> None:
    server = ("127.0.0.1", appliance.sip_port)
    appliance.do("limits.set", {"kind": "customer", "owner": "Alice", "countries": ["NL"], "networks": ["192.0.2.0/24"]})
    alice = Phone(loop, server, ALICE, f"secret-{ALICE}", domain="sip.example.test")
    assert not alice.register() and alice.register_status == 401
    (row,) = wait_for(lambda: appliance.do("bans.list", {})["bans"], 20, "the row of who was refused")
    assert (row["kind"], row["name"], row["host"], row["reason"], row["country"]) == ("place", ALICE, "127.0.0.1", "country", "")
    (alert,) = [each for each in appliance.do("alerts.list", {})["alerts"] if each["code"] == "alert.place"]
    assert alert["parameters"] == {"number": ALICE, "where": "127.0.0.1"}
    assert [each["code"] for each in appliance.do("refusals.list", {"search": ALICE})["refusals"]] == ["trace.place"]
    assert appliance.do("refusals.list", {"search": "nobody"})["refusals"] == []
    appliance.do("bans.allow", {"kind": "place", "host": "127.0.0.1", "name": ALICE})
    assert alice.register(), alice.register_status
    limits = appliance.do("limits.get", {"kind": "endpoint", "owner": ALICE})
    assert (limits["countries"], limits["networks"]) == (["NL"], ["192.0.2.0/24", "127.0.0.1"])
    wait_for(lambda: not appliance.do("bans.list", {})["bans"], 20, "the row gone")

    port = sip_port()
    (gate,) = [each for each in appliance.do("endpoints.list", {})["endpoints"] if each["number"] == GATE]
    appliance.do("endpoints.update", {"id": gate["id"], "addresses": [f"127.0.0.1:{port}"]})
    gateway = Phone(loop, server, "extension12", "no password", domain="sip.example.test", port=port)
    out = gateway.call_answered("442079460001")
    out.hang_up()
    call = alice.call_answered(GATE)  # it never registered
    assert gateway.wait_call().number == GATE
    call.hang_up()
    owners = wait_for(lambda: (rows := [each["endpoint"] for each in appliance.cdrs()]) and len(rows) == 2 and rows, 20, "two records")
    assert sorted(owners) == [ALICE, GATE]
    appliance.verify()
