"""A process that calls, pays and invoices without end: run by test_killed, and killed by it.

    python -m tests.services.money.invoices_until_killed FOLDER

Writes the number of each invoice to standard output once its unit of work is committed. The clock of a shop is stepped, so each run
begins where the newest fact is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from appliance.services.ground.access import folder_owner
from appliance.wire.credit_accounts import CreditAccountAdjust
from appliance.wire.invoices import InvoiceMake
from appliance.wire.payments import PaymentRecord
from tests.services.shop import Shop


def main(folder: Path) -> None:
    """Forever."""
    shop = Shop(folder)
    shop.clock.advance(max(0, shop.store.documents.newest_fact() - shop.clock.utcnow()) / 1000 + 1)
    shop.start()
    nouns, owner = shop.services.nouns, folder_owner()
    account = next(row.id for row in shop.store.accounts.list("credit") if row.name == "alice")
    while True:
        shop.clock.advance(1)
        nouns.credit_accounts.adjust(owner, CreditAccountAdjust(account, "-1.2345", "used"))
        nouns.payments.record(owner, PaymentRecord("1.00", account=account))
        made = nouns.money.invoices.make(owner, InvoiceMake(account=account))
        os.write(1, f"{made.number}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
