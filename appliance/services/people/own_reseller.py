"""A reseller's account with its parent, as the reseller itself may see it: the parent keeps it, both read it (product.md S14)."""

from __future__ import annotations

from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.money.ledger_list import LONGEST_PAGE, row_view
from appliance.store.ledger import LedgerLine
from appliance.store.nouns import Nouns
from appliance.wire.resellers import OwnAccountRequest, OwnAccountView


class OwnReseller:
    """Reads alone."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def account(self, actor: Actor, request: OwnAccountRequest) -> Reading:
        """Balance, limit and postings, the newest first. Forbidden where accounts are not the actor's business."""
        reseller = self._lookups.reseller(actor, request.id, "resellers.read", "id")
        self._access.need(actor, "accounts.read", reseller.id)
        parent = None if reseller.parent_id is None else self._store.resellers.get(reseller.parent_id)
        tariff = None if reseller.tariff_id is None else self._store.tariffs.get(reseller.tariff_id)
        limit = max(1, min(request.limit, LONGEST_PAGE))

        def run(tables: Nouns) -> OwnAccountView:
            account = None if reseller.credit_account_id is None else tables.accounts.get(reseller.credit_account_id)
            rows: list[LedgerLine] = []
            if account is not None:
                rows = tables.ledger.page(account_id=account.id, before_posting=request.after, limit=limit + 1)
            return OwnAccountView(
                id=reseller.id,
                reseller=reseller.name,
                parent=None if parent is None else parent.name,
                currency=reseller.currency if account is None else account.currency,
                balance=None if account is None else format_amount(account.balance_micros),
                credit_limit=None if account is None else format_amount(account.credit_limit_micros),
                available=None if account is None else format_amount(account.balance_micros + account.credit_limit_micros),
                tariff=None if tariff is None else tariff.name,
                postings=[row_view(row._replace(note="")) for row in rows[:limit]],
                next=rows[limit - 1].posting if len(rows) > limit else 0,
            )

        return Reading(run)
