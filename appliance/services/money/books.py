"""From a balanced event of the trade (billing.ledger) to postings of the ledger: named parts find their account."""

from __future__ import annotations

from appliance.billing.ledger import Entry
from appliance.services.ground.ledger import Ledger


def post(
    ledger: Ledger, at: int, entry: Entry, *, reference: str = "", reverses: int | None = None, operator_id: int | None = None, note: str = ""
) -> int:
    """Post one event; the entry's id. Call it inside a unit of work."""
    postings = []
    for side in entry.sides:
        account = side.account_id
        if account is None:
            if side.reseller_id is None:
                raise ValueError(f"nobody keeps the {side.kind} account")
            account = ledger.account(side.reseller_id, side.kind, side.currency, side.name)
        postings.append((account, side.amount_micros))
    return ledger.post(at, entry.kind, postings, reference=reference, reverses=reverses, operator_id=operator_id, note=note)
