"""PJSIP registers, calls and is called: sound, hold, UPDATE, digits and a transfer as it does them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.end2end.test_relay_calls import ALICE, BOB, phone
from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.kamailio import KamailioEdge
from tests.helpers.phone import peers
from tests.helpers.pjsip import Pjsip
from tests.helpers.shop import customer, rate, shop

pytestmark = pytest.mark.needs("pjsua2", "kamailio")
CAROL = "1000003"
DOMAIN = "sip.example.test"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    people = (("Alice", ALICE), ("Bob", BOB), ("Carol", CAROL))
    customers = [customer(name, number, balance="9.00", endpoint={"media": "always"}) for name, number in people]
    one.apply(shop(free_port(), rates=[rate("44", "United Kingdom", "0.0100")], customers=customers))
    one.serve()
    yield one
    one.kill()
    one.assert_clean_log()


@pytest.mark.meets(
    "PJSIP", "PJSIP behind a Kamailio calls PJSIP, each hears the other's tone; hold, UPDATE, PRACK for one, digits (4733), a transfer", "UDP, TCP"
)
def test_two_of_them_and_a_third_phone(appliance: Appliance, loop: AgentLoop, tmp_path: Path) -> None:
    where = f"127.0.0.1:{appliance.sip_port}"
    edge = KamailioEdge(tmp_path / "kamailio")
    edge.start(appliance.sip_port)
    alice = Pjsip(tmp_path / "alice", where, ALICE, f"secret-{ALICE}", domain=DOMAIN, transport="tcp", hertz=440, prack="none")
    bob = Pjsip(tmp_path / "bob", f"127.0.0.1:{edge.port}", BOB, f"secret-{BOB}", domain=DOMAIN, transport="udp", hertz=900, prack="required")
    try:
        for each in (alice, bob):
            each.wait("registered", status=200)
        bob.do("call", to=f"sip:{ALICE}@{DOMAIN}")  # over the connection that she opened
        for each in (alice, bob):
            each.wait("state", state="CONFIRMED")
            each.wait("media", status="active")
        wait_for(lambda: min(alice.written(), bob.written()) > 24_000, 15, "three quarters of a second of talk")
        alice.do("digits", digits="4#")
        bob.wait("digit", digit="4")
        bob.wait("digit", digit="#")
        alice.do("hold")
        bob.wait("media", status="held by them")
        alice.do("resume")
        bob.wait("media", status="active", times=2)
        alice.do("update")
        alice.wait("media", status="active", times=3)
        carol = phone(loop, appliance, CAROL, "udp", 620.0)
        alice.do("transfer", to=f"sip:{CAROL}@{DOMAIN}")
        alice.wait("transferred", status=200)
        third = carol.wait_call()
        assert third.hears(900.0)
        wait_for(lambda: bob.written() > 60_000, 15, "what bob hears is written down")
        alice.do("hang up")
        third.hang_up()
        bob.wait("state", state="DISCONNECTED")
        rows = wait_for(lambda: len(found := appliance.cdrs()) == 2 and found, 20, "the records")
        assert {row["result"] for row in rows} == {200} and all(row["media"]["relayed"] for row in rows)
    finally:
        alice.close()
        bob.close()
        edge.stop()
    # Bob wants his ringing acknowledged, and Alice knows nothing of it (RFC 3262).
    assert bob.said("PRACK sip:") and bob.said("RSeq:") and not alice.said("RSeq:") and not alice.said("PRACK sip:")
    assert alice.heard(900) > 0.9
    assert bob.heard(440) > 0.9 and bob.heard(620) > 0.9
