"""112 goes through whatever else is wrong, and is never charged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

ALICE, CARL = "1000001", "1000003"
RATES = [rate("44", "United Kingdom", "0.0100"), rate("112", "Not a country", "9.0000")]


def described(appliance: Appliance, trunk_port: int) -> None:
    appliance.apply(
        shop(
            trunk_port,
            rates=RATES,
            trunk={"emergency": True, "max_calls": 1, "emergency_location": True},
            customers=[
                customer("Alice", ALICE, balance="1.00", endpoint={"max_calls": 1, "emergency_address": "Dock 7, Rotterdam"}),
                customer("Broke", "1000002", balance="0.00"),
                customer("Carl", CARL, balance="1.00", disabled=True),
            ],
        )
    )


@pytest.mark.parametrize("number", ["1000002", CARL], ids=["without credit", "disabled customer"])
def test_emergency_without_credit_or_from_a_disabled_customer(appliance: Appliance, peers: Peers, number: str) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    code = 402 if number != CARL else 403
    peers.start("refused", sipp.caller_refused(code), remote=remote, users=[(number, f"secret-{number}", "442079460001")]).succeed()
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port)
    peers.start("phone", sipp.caller(), remote=remote, users=[(number, f"secret-{number}", "112")], pause_ms=300).succeed()
    carrier.succeed()
    row = next(one for one in appliance.cdrs() if one["dialled"] == "112")
    assert (row["result"], sum(Decimal(one["amount"]) for one in row["charges"])) == (200, 0)
    appliance.verify()


def test_emergency_passes_a_full_table_of_calls_and_all_limits(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve("--set", "sip.max_calls=1")
    remote = f"127.0.0.1:{appliance.sip_port}"
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port, calls=2)
    user = (ALICE, f"secret-{ALICE}")
    running = peers.start("running", sipp.caller_cut(60_000), remote=remote, users=[(*user, "442079460001")])
    wait_for(lambda: running.moments("SIP/2.0 200"), 20, "the call that fills the table")
    peers.start("refused", sipp.caller_refused(503), remote=remote, users=[(*user, "442079460002")]).succeed()
    peers.start("emergency", sipp.caller(), remote=remote, users=[(*user, "112")], pause_ms=300).succeed()
    (still,) = appliance.rows("calls")
    appliance.do("calls.hang_up", {"id": still["id"]})
    running.succeed()
    carrier.succeed()
    row = next(one for one in appliance.cdrs() if one["dialled"] == "112")
    assert row["result"] == 200
    said = appliance.run("trace", str(row["id"]), "--data", str(appliance.data)).stdout
    assert "multipart/mixed" in said and "<ca:LOC>Dock 7, Rotterdam</ca:LOC>" in said and "Geolocation: <cid:" in said
    appliance.verify()
