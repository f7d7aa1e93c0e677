"""A stolen password at night: premium numbers by real SIP, the fuse, the alert, the owner's release."""

from __future__ import annotations

from decimal import Decimal

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

ALICE = "1000001"
PREMIUM, DEAR = "4990012345678", "4930123456"
# Retail 90.00 a minute, by the second: 1.50 a second.
RATES = [rate("49", "Germany", "72.0000")]


def test_a_stolen_password_loses_no_more_than_the_floor(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    appliance.apply(shop(trunk_port, rates=RATES, customers=[customer("Alice", ALICE, balance="500.00")]))
    # It is always night here, and half of the floor counts.
    appliance.serve("--set", "guard.hour_floor=12.00", "--set", "guard.night=00:00-00:00")
    to = f"127.0.0.1:{appliance.sip_port}"
    secret = f"secret-{ALICE}"
    thief = peers.start("premium", sipp.caller(), remote=to, users=[(ALICE, secret, PREMIUM)])
    thief.wait(30)
    wait_for(lambda: [row["cause"] for row in appliance.cdrs()] == ["high_risk"], 20, "premium numbers are blocked for a new customer")
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port, calls=2)
    stolen = [peers.start(f"thief{at}", sipp.caller_cut(20000), remote=to, users=[(ALICE, secret, DEAR)]) for at in range(2)]
    for one in stolen:
        one.wait(30)
    carrier.wait(30)
    wait_for(lambda: len(appliance.cdrs()) == 3, 20, "both calls ended")
    lost = Decimal("500.00") - Decimal(appliance.balance("alice"))
    assert Decimal("4.00") < lost <= Decimal("6.00"), "half of the floor, and no second more"
    assert sorted(row["cause"] for row in appliance.cdrs())[:2] == ["fuse", "fuse"]
    again = peers.start("again", sipp.caller(), remote=to, users=[(ALICE, secret, DEAR)])
    again.wait(30)
    wait_for(lambda: len(appliance.cdrs()) == 4, 20, "a further call is refused")
    [alert] = [each for each in appliance.do("alerts.list", {})["alerts"] if each["code"] == "alert.fuse_hour"]
    assert alert["severity"] == "error" and "Alice" in alert["text"] and "6.00 EUR" in alert["text"]
    [fuse] = appliance.do("fuses.list", {"tripped": True})["fuses"]
    appliance.do("fuses.release", {"id": fuse["id"], "note": "new password set"})
    assert appliance.do("fuses.list", {"tripped": True})["fuses"] == []
    appliance.verify()
