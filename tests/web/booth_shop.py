"""A call shop with booths, a guest in one of them, and its clerk's way to put a tablet there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.helpers.appliance import Appliance, sip_port
from tests.helpers.shop import customer, rate, shop
from tests.web.browser import Browser

BOOTHS = ("1000101", "1000102")
RATES = [rate("49", "Germany", "24.00", connection_fee="0.10"), rate("31", "Netherlands", "0.02", first_increment=60, next_increment=60)]


def description(trunk_port: int) -> dict[str, Any]:
    """Berlin Calls buys at cost plus a quarter, its guests pay twice that; booth 1 is for a guest with a deposit."""
    cafe = customer("Berlin Calls", BOOTHS[0], balance="50.00", call_shop=True)
    cafe["endpoints"] = [{"number": each, "password": f"secret-{each}"} for each in BOOTHS]
    return shop(trunk_port, rates=RATES, customers=[cafe])


@contextmanager
def shop_at_work(folder: Path, trunk_port: int = 0) -> Iterator[Appliance]:
    """The server, a till with an open shift, and a guest who paid 12 beforehand."""
    made = Appliance(folder)
    made.apply(description(trunk_port or sip_port()))
    made.serve()
    try:
        made.do("shops.update", {"id": 1, "booth_markup_percent": "100", "currencies": {}})
        till = made.do("tills.create", {"shop": "Berlin Calls", "name": "front", "printer": "none"})
        made.do("shifts.open", {"till": till["id"], "counted": {"EUR": {"10.00": 1}}})
        made.do("booths.update", {"id": 1, "name": "Booth 1"})
        opened = {"booth": 1, "mode": "deposit", "deposit": "12.00", "till": till["id"], "note": "blue coat", "language": "es"}
        made.do("booth_sessions.open", opened)
        yield made
    finally:
        made.stop()


class TabletBrowser(Browser):
    """What stands in a booth."""

    def pair(self, made: Appliance, booth: int = 1) -> TabletBrowser:
        """As the clerk does it: a code from the desk, typed here."""
        code = made.do("booths.tablet_code", {"id": booth})["code"]
        self.get("/booth")
        self.post("/booth", {"code": code})
        return self
