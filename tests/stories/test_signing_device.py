"""A till's signing device beside a running server: asked at once, in a thread, and missed aloud; what waited over a power cut is asked after it."""

from __future__ import annotations

from typing import Any

from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.helpers.signing_device import SigningDevice


def sale(appliance: Appliance, till: int) -> dict[str, Any]:
    """A water over the counter; its receipt's print job waits for the device."""
    bill = appliance.do("bills.open", {"shop": "Corner"})["id"]
    appliance.do("bills.add_item", {"id": bill, "text": "Water", "amount": "1.00"})
    return dict(appliance.do("bills.pay", {"id": bill, "till": till, "tenders": [{"method": "cash", "amount": "1.00"}]}))


def newest(appliance: Appliance) -> dict[str, Any]:
    return dict(appliance.do("till_receipts.list", {"shop": "Corner", "series": "receipt"})["receipts"][0])


def became(appliance: Appliance, state: str) -> dict[str, Any]:
    return dict(wait_for(lambda: (found := newest(appliance))["signing"] == state and found, 30, f"the newest receipt {state}"))


def test_receipts_are_signed_while_the_server_runs(appliance: Appliance) -> None:
    with SigningDevice() as device:
        till = {"name": "Front", "printer": "file", "signing_address": device.address, "signing_seconds": 10}
        corner = {**customer("Corner", "0", balance="50", account="corner"), "endpoints": [{"number": "1000001", "password": "secret-1"}]}
        corner |= {"call_shop": True, "shop": {"tills": [till]}}
        appliance.apply(shop(9, rates=[rate("31", "Netherlands", "0.02")], customers=[corner]))
        appliance.serve()
        front = appliance.do("tills.list", {"shop": "Corner"})["tills"][0]["id"]
        assert appliance.do("tills.test_signing", {"id": front})["state"] == "signed"
        appliance.do("shifts.open", {"till": front, "counted": {"EUR": {"1.00": 10}}})
        job = sale(appliance, front)["print_job"]
        assert became(appliance, "signed")["signing_device"] == "TSE 7"
        assert [each["id"] for each in appliance.do("print_jobs.list", {"till": front})["jobs"]] == [job]
        appliance.kill()
        sale(appliance, front)  # by a command, with no server to ask the device
        assert newest(appliance)["signing"] == "waiting"
        appliance.serve()
        became(appliance, "signed")
    sale(appliance, front)  # the device is gone
    became(appliance, "silent")
    assert "alert.signing_device" in {each["code"] for each in appliance.do("alerts.list", {})["alerts"]}
    assert len(appliance.do("print_jobs.list", {"till": front})["jobs"]) == 3
    appliance.verify()
