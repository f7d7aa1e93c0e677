"""A tone from one phone is heard at the other: server and LAN phone behind the shop's router, the other phone outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.baresip import Baresip
from tests.helpers.network import ShopNetwork
from tests.helpers.shop import customer, rate, shop

pytestmark = pytest.mark.needs("netns", "baresip")

LAN_PHONE, OUTSIDE_PHONE = "1000001", "1000002"
LAN_HZ, OUTSIDE_HZ = 1000, 400


@pytest.fixture
def network() -> Iterator[ShopNetwork]:
    net = ShopNetwork()
    net.forward("5060", "30000-30099")
    yield net
    net.close()


@pytest.fixture
def shop_behind_router(network: ShopNetwork, tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path, prefix=network.server.prefix)
    one.sip_port = 5060
    one.apply(
        shop(
            5999,
            rates=[rate("44", "United Kingdom", "0.0100")],
            host=network.outside.address,
            customers=[customer("Lan", LAN_PHONE, balance="1.00"), customer("Outside", OUTSIDE_PHONE, balance="1.00")],
        )
    )
    address = network.server.address
    one.serve(
        "--media",
        f"{address}:30000-30099",
        "--set",
        f"sip.public_address={network.router.address}",
        sip=[f"udp:{address}:5060", f"tcp:{address}:5060"],
    )
    yield one
    one.kill()
    one.assert_clean_log()


@pytest.mark.meets("baresip", "LAN and a phone behind NAT call each other; each hears the other's tone", "UDP, TCP")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("inside_calls", [True, False], ids=["from the LAN", "from outside"])
def test_each_phone_hears_the_other(shop_behind_router: Appliance, network: ShopNetwork, tmp_path: Path, inside_calls: bool, transport: str) -> None:
    appliance = shop_behind_router
    lan = Baresip(
        tmp_path / "lan",
        number=LAN_PHONE,
        password=f"secret-{LAN_PHONE}",
        server=f"{network.server.address}:5060",
        host=network.phone,
        tone_hz=LAN_HZ,
        answer=not inside_calls,
        transport=transport,
    )
    outside = Baresip(
        tmp_path / "outside",
        number=OUTSIDE_PHONE,
        password=f"secret-{OUTSIDE_PHONE}",
        server=f"{network.router.address}:5060",
        host=network.outside,
        tone_hz=OUTSIDE_HZ,
        answer=inside_calls,
        transport=transport,
    )
    try:
        wait_for(lambda: len(appliance.rows("bindings")) == 2, 20, "two registrations")
        calling, called, server = (lan, OUTSIDE_PHONE, network.server.address) if inside_calls else (outside, LAN_PHONE, network.router.address)
        calling.command("dial", f"sip:{called}@{server}:5060;transport={transport}")
        calling.wait("CALL_ESTABLISHED")
        time.sleep(2.5)
        calling.command("hangup")
        calling.wait("CALL_CLOSED")
        (row,) = wait_for(appliance.cdrs, 20, "the call record")
        assert row["result"] == 200 and row["media"]["relayed"] is True and row["media"]["packets"] > 80
    finally:
        lan.stop()
        outside.stop()
    assert lan.heard(OUTSIDE_HZ) > 0.9
    assert outside.heard(LAN_HZ) > 0.9
