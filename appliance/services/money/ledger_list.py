"""The ledger for operators: postings of one credit account, or of all accounts of the resellers in reach."""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.ledger import LedgerLine
from appliance.store.nouns import Nouns
from appliance.wire.ledger import LedgerList, LedgerPage, LedgerRow

LONGEST_PAGE = 1000


class LedgerBook:
    """Whole books are for those with "ledger.read"; a credit account for those with "accounts.read"."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def list(self, actor: Actor, request: LedgerList) -> Reading:
        """A page, the newest first."""
        account = self._account(actor, request)
        resellers: frozenset[int] | None = None
        if account is None:
            home = self._lookups.reseller(actor, request.reseller, "ledger.read")
            reach = self._access.reach(actor, "ledger.read")
            branch = frozenset(self._store.resellers.branch(home.id))
            resellers = branch if reach is None else branch & reach
            if home.parent_id is None and request.reseller is None and reach is None:
                resellers = None
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, LONGEST_PAGE))

        def run(tables: Nouns) -> LedgerPage:
            rows = tables.ledger.page(
                account_id=account,
                resellers=resellers,
                kind=request.kind or None,
                from_at=since,
                until_at=until,
                before_posting=request.after,
                limit=limit + 1,
            )
            return LedgerPage([row_view(row) for row in rows[:limit]], rows[limit - 1].posting if len(rows) > limit else 0)

        return Reading(run)

    def _account(self, actor: Actor, request: LedgerList) -> int | None:
        if request.account is not None:
            return self._lookups.account(actor, request.account, request.reseller, "accounts.read").id
        if request.customer is None:
            return None
        customer = self._lookups.customer(actor, request.customer, request.reseller, "accounts.read", archived=True)
        if self._store.accounts.get(customer.credit_account_id) is None:
            raise NotFound("account.unknown", field="customer", account=request.customer)
        return customer.credit_account_id


def row_view(row: LedgerLine) -> LedgerRow:
    """A posting as the wire has it."""
    return LedgerRow(
        id=row.posting,
        entry=row.entry,
        at=rfc3339(row.at),
        kind=row.kind,
        reference=row.reference,
        note=row.note,
        call=row.call,
        level=row.level,
        reverses=row.reverses,
        account_id=row.account_id,
        account=row.account,
        reseller=row.reseller,
        currency=row.currency,
        amount=format_amount(row.amount_micros),
        balance_after=format_amount(row.balance_after_micros),
    )
