"""Phones whose outbound proxy is a Kamailio before us: they register with a Path and call by Record-Route, and hear each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.end2end.test_relay_calls import ALICE, BOB
from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.kamailio import KamailioEdge
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop

pytestmark = pytest.mark.needs("kamailio")
DOMAIN = "sip.example.test"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    people = [customer(name, number, balance="9.00", endpoint={"media": "always"}) for name, number in (("Alice", ALICE), ("Bob", BOB))]
    one.apply(shop(free_port(), rates=[rate("44", "United Kingdom", "0.0100")], customers=people))
    one.serve()
    yield one
    one.kill()
    one.assert_clean_log()


@pytest.fixture
def edge(appliance: Appliance, tmp_path: Path) -> Iterator[KamailioEdge]:
    one = KamailioEdge(tmp_path / "kamailio")
    one.start(appliance.sip_port)
    yield one
    one.stop()


@pytest.mark.meets("Kamailio", "the phones' outbound proxy in front of us: Path and Record-Route; each hears the other's tone, hold", "UDP")
def test_phones_behind_a_proxy_hear_each_other(appliance: Appliance, edge: KamailioEdge, loop: AgentLoop) -> None:
    alice, bob = (
        Phone(loop, ("127.0.0.1", edge.port), number, f"secret-{number}", domain=DOMAIN, frequency=hertz)
        for number, hertz in ((ALICE, 440.0), (BOB, 900.0))
    )
    assert alice.register() and bob.register(), (alice.register_status, bob.register_status, edge.log())
    assert {row["source"] for row in appliance.rows("bindings")} == {f"127.0.0.1:{edge.port}"}
    call = alice.call_answered(BOB)
    other = bob.wait_call()
    assert call.hears(900.0) and other.hears(440.0), edge.log()
    call.hold()
    assert loop.wait(lambda: other.direction == "recvonly", 20), edge.log()
    other.hold(False)  # from the other side as well: the way back goes by the Path of her registration
    call.hold(False)
    assert loop.wait(lambda: other.direction == "sendrecv", 20), edge.log()
    other.hang_up()
    assert call.wait("ended") and call.ended_by == "them"
    gives_up = bob.call(ALICE)
    alice.wait_call()
    gives_up.hang_up()
    rows = wait_for(lambda: len(found := appliance.cdrs()) == 2 and found, 20, "the records")
    assert (rows[0]["result"], rows[0]["cause"], rows[0]["ended_by"], rows[0]["media"]["relayed"]) == (200, "normal", "callee", True)
