"""A call shop's server is killed with a guest in a call: the call is on his bill, and whatever was clicked counts once."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

NUMBERS = ["1000001", "1000002"]


def opened(appliance: Appliance, trunk_port: int) -> tuple[dict[str, int], int, int]:
    """The shop with a till, a shift and two booths; (booths by number, till, shift)."""
    described = customer("Pier", NUMBERS[0], balance="50.00", call_shop=True)
    described["endpoints"] += [{**described["endpoints"][0], "number": NUMBERS[1], "password": f"secret-{NUMBERS[1]}"}]
    appliance.apply(shop(trunk_port, rates=[rate("44", "United Kingdom", "0.4800")], customers=[described]))
    appliance.serve()
    pier = appliance.do("shops.list", {})["shops"][0]["id"]
    appliance.do("shops.update", {"id": pier, "booth_markup_percent": "100", "rounding": "0.05"})
    till = appliance.do("tills.create", {"shop": pier, "name": "front", "printer": "file"})["id"]
    shift = appliance.do("shifts.open", {"till": till, "counted": {"EUR": {"10.00": 10}}})["id"]
    booths = {card["number"]: card["id"] for card in appliance.do("booths.list", {"shop": pier})["booths"]}
    return booths, till, shift


def caller(appliance: Appliance, peers: Peers, number: str) -> Any:
    remote = f"127.0.0.1:{appliance.sip_port}"
    phone = peers.start(f"booth-{number}", sipp.caller_cut(60000), remote=remote, users=[(number, f"secret-{number}", "442079460001")])
    wait_for(lambda: any(row["state"] == "answered" for row in appliance.rows("calls")), 15, "the guest's call")
    return phone


def test_a_guests_call_survives_the_power_cut_and_is_paid_once(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    booths, till, shift = opened(appliance, trunk_port)
    peers.start("carrier", sipp.callee(), port=trunk_port, calls=10)
    taken = {"booth": booths[NUMBERS[0]], "mode": "deposit", "deposit": "20.00", "till": till, "request_id": "sit"}
    session = appliance.do("booth_sessions.open", taken)["session"]
    caller(appliance, peers, NUMBERS[0])
    appliance.do("booth_sessions.top_up", {"id": session["id"], "amount": "1.00", "till": till, "request_id": "more"})
    time.sleep(1.5)  # a heartbeat rides along with the next unit of work
    appliance.do("booth_sessions.update", {"id": session["id"], "note": "Ama"})
    appliance.kill()
    appliance.serve()
    assert appliance.do("booth_sessions.open", taken)["session"]["id"] == session["id"]  # the same click
    appliance.do("booth_sessions.top_up", {"id": session["id"], "amount": "1.00", "till": till, "request_id": "more"})
    bill = appliance.do("bills.get", {"id": session["bill"]})
    (line,) = bill["lines"]
    (row,) = appliance.cdrs()
    charges = {one["level"]: Decimal(one["amount"]) for one in row["charges"]}
    assert row["cause"] == "crash" and row["billed_seconds"] >= 1
    assert Decimal(line["amount"]) == charges[-1] == 2 * charges[0] and (bill["paid"], bill["running"]) == ("21.00", False)
    pay = {"id": bill["id"], "till": till, "expected": bill["total"], "request_id": "pay"}
    done = appliance.do("bills.pay", pay)
    appliance.kill()
    appliance.serve()
    assert appliance.do("bills.pay", pay) == done
    kept = Decimal(done["bill"]["total"])
    cents = int((100 + kept) * 100)
    appliance.do("shifts.count", {"id": shift, "counted": {"EUR": {"0.01": cents}}})
    z = appliance.do("shifts.close", {"id": shift})
    assert z["shift"]["cash"][0]["difference"] == "0.00" and z["bills"] == 1
    appliance.verify()


def test_a_booth_is_closed_and_its_call_is_on_the_bill(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    booths, till, _ = opened(appliance, trunk_port)
    peers.start("carrier", sipp.callee(), port=trunk_port, calls=10)
    session = appliance.do("booth_sessions.open", {"booth": booths[NUMBERS[1]]})["session"]
    phone = caller(appliance, peers, NUMBERS[1])
    time.sleep(3)  # 0.02 a second: enough to owe a coin
    card = appliance.do("booths.get", {"id": booths[NUMBERS[1]]})
    assert (card["state"], card["call"]["number"]) == ("in_call", "442079460001")
    assert appliance.do("booth_sessions.set_state", {"id": session["id"], "state": "locked", "hang_up": True})["state"] == "to_pay"
    phone.succeed()
    bill = appliance.do("bills.get", {"id": session["bill"]})
    assert len(bill["lines"]) == 1 and not bill["running"]
    done = appliance.do("bills.pay", {"id": bill["id"], "till": till, "tenders": [{"method": "cash", "amount": "50.00"}]})
    assert done["bill"]["state"] == "paid"
    job = appliance.do("print_jobs.bytes", {"id": done["print_job"]})
    assert job["content_type"] == "application/octet-stream" and len(job["content"]) > 500
    appliance.verify()
