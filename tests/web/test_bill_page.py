"""The page that a receipt's QR code leads to: for whoever holds the paper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser


@pytest.fixture(scope="module")
def receipt(served: Appliance) -> Any:
    served.do("customers.update", {"id": 1, "call_shop": True})
    shop = served.do("shops.list", {})["shops"][0]["id"]
    till = served.do("tills.create", {"shop": shop, "name": "front"})["id"]
    served.do("shifts.open", {"till": till, "counted": {"EUR": {}}})
    tea = served.do("goods.create", {"shop": shop, "name": "<i>Tea</i>", "price": "1.20"})["id"]
    bill = served.do("bills.open", {"shop": shop})["id"]
    served.do("bills.add_goods", {"id": bill, "goods": tea, "quantity": 2})
    done = served.do("bills.pay", {"id": bill, "till": till, "tenders": [{"method": "cash", "amount": "5.00"}]})
    return served.do("till_receipts.get", {"id": done["receipt"]["id"]})


def test_the_paper_leads_to_its_bill(receipt: Any, browser: Browser) -> None:
    path = "/bill/" + receipt["link"].rpartition("/")[2]
    got = browser.get(path)
    assert got.status == 200, got.plain
    assert "2 × &lt;i&gt;Tea&lt;/i&gt;" in got.text and "2.40" in got.text and str(receipt["number"]) in got.plain


def test_nobody_guesses_it(receipt: Any, browser: Browser) -> None:
    for path in (
        f"/bill/{receipt['id']}-{'0' * 16}",
        f"/bill/{receipt['id'] + 1}-{receipt['hash'][:16]}",
        f"/bill/{receipt['id']}-{receipt['hash'][:15]}",
    ):
        got = browser.get(path)
        assert got.status == 404 and "Tea" not in got.text
