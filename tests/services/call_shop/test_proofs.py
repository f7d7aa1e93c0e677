"""`verify` proves the shop: whatever is bent is found."""

from __future__ import annotations

import pytest

from appliance.services.keeping.verify import check
from tests.services.call_shop.counter import LEIDEN, Counter

DAMAGES = {
    "verify.till_chain": "UPDATE till_document SET content = replace(content, '\"total\":', '\"total\": ') WHERE number = 1",
    "verify.till_numbers": "UPDATE till_document SET number = 9 WHERE number = 2",
    "verify.drawer": "UPDATE cash_movement SET amount_micros = amount_micros + 1 WHERE kind = 'bill'",
    "verify.bill_line_entry": "UPDATE bill_line SET amount_micros = amount_micros + 1 WHERE id = 1",
    "verify.call_not_billed": "DELETE FROM bill_line WHERE id = 1",
    "verify.bill_balance": "UPDATE bill_payment SET value_micros = 1 WHERE kind = 'deposit' AND bill_id = 3",
    "verify.bill_open_session": "UPDATE bill SET state = 'paid' WHERE id = 3",
}


@pytest.mark.parametrize("code", DAMAGES)
def test_damage_is_found(counter: Counter, code: str) -> None:
    counter.begin_shift()
    for _ in range(2):
        card = counter.sit(counter.one)
        counter.talk(counter.one, LEIDEN, 10)
        counter.pay(counter.bill_of(card), ("cash", "1.00"))
    counter.sit(counter.one, mode="deposit", deposit="2.00")
    counter.talk(counter.one, LEIDEN, 10)
    counter.sound()
    database = counter.base.store.database
    with counter.base.services.changes.unit():
        for (name,) in database.fetch("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name NOT LIKE 'posting_balance'"):
            database.execute(f"DROP TRIGGER {name}")
        database.change(DAMAGES[code], ())
    assert code in {fault.code for fault in check(counter.base.store).faults}
