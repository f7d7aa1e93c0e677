"""What documents cost: an invoice of 10,000 calls with its detail, and a thousand small ones.

    python -m tests.bench.invoices [calls] [small]

Makes its own shop. Prints one JSON object a figure: {"figure", "value", "unit", "budget"}. The big invoice is issued and drawn, its
data inside it; the small ones are issued and drawn as well, each with the calls behind it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from appliance.wire.invoices import InvoiceMake, InvoicePrint
from tests.services.money.billed import Billed

BIG, SMALL = 10_000, 1_000
BUDGET_BIG_SECONDS, BUDGET_A_MINUTE = 5.0, 1000.0
CALLS_OF_SMALL = 5


def told(figure: str, value: float, unit: str, budget: float) -> None:
    """One line."""
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "budget": budget}), flush=True)


def calls(billed: Billed, phone: int, count: int) -> None:
    """So many calls in units of a hundred."""
    shop, services = billed.shop, billed.shop.services
    for at in range(count):
        answer = shop.attempt_uncommitted(phone, f"49{1_000_000 + at % 900_000}")
        call = answer.call  # type: ignore[union-attr]
        services.calls.answered(call, billed.simple.trunk, None, "192.0.2.50:5060/udp", "t", "{}", shop.clock.monotonic())
        shop.clock.advance(1)
        shop.end_uncommitted(call)
        if at % 100 == 99:
            shop.commit()
    if shop.store.in_unit:
        shop.commit()


def main(big: int, small: int) -> None:
    """Both figures."""
    with tempfile.TemporaryDirectory() as folder:
        billed = Billed(Path(folder) / "data", limit="1000000")
        with billed.shop.services.changes.unit():  # so many calls at once would trip the customer's fuse
            billed.shop.services.nouns.configuration.put(billed.owner, "guard.enabled", False)
        calls(billed, billed.simple.alice, big)
        begun = time.perf_counter()
        made = billed.invoice()
        pdf = billed.money.invoice_prints.make(billed.owner, InvoicePrint(made.id))()
        took = time.perf_counter() - begun
        assert pdf.content.startswith(b"%PDF")
        told(f"an invoice of {big} calls, issued and drawn", took, "s", BUDGET_BIG_SECONDS)
        accounts = []
        for number in range(small):
            account = billed.shop.account(billed.simple.root, f"a{number}", "0", "1000")
            billed.put("accounts", account, tax_point="usage")
            customer = billed.shop.customer(billed.simple.root, f"Customer {number}", billed.simple.retail, account)
            calls(billed, billed.shop.endpoint(customer, str(2_000_000 + number)), CALLS_OF_SMALL)
            accounts.append(account)
        begun = time.perf_counter()
        for account in accounts:
            seen = billed.money.invoices.make(billed.owner, InvoiceMake(account=account))
            billed.money.invoice_prints.make(billed.owner, InvoicePrint(seen.id))()
        took = time.perf_counter() - begun
        told(f"small invoices of {CALLS_OF_SMALL} calls, issued and drawn", small / took * 60, "a minute", BUDGET_A_MINUTE)
        billed.shop.store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BIG, int(sys.argv[2]) if len(sys.argv) > 2 else SMALL)
