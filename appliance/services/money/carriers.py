"""The account with a carrier: payments to it, what calls cost, how long the money lasts, and its list of calls against ours."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.billing import ledger as events
from appliance.billing.carrier_list import Difference, TheirCall, compare, read
from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import check_currency, format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.once import Once
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.store.accounts import Account
from appliance.store.nouns import Nouns
from appliance.store.trunks import Trunk
from appliance.wire.carriers import (
    CarrierAccount,
    CarrierAccounts,
    CarrierCompare,
    CarrierComparison,
    CarrierDifference,
    CarrierList,
    CarrierPay,
)

HOUR_MS = 3_600_000
USUAL_HOURS = 168
MOST_LISTED = 1000
MOST_FAULTS = 50


class Carriers:
    """Carrier accounts are of the ledger's kind "carrier", one a trunk and currency."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once

    def list(self, actor: Actor, request: CarrierList) -> CarrierAccounts:
        """The trunks' accounts, by name."""
        reach = self._access.reach(actor, "costs.read")
        if request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "costs.read").id})
        return CarrierAccounts(list(self.accounts(reach)))

    def accounts(self, reach: frozenset[int] | None) -> Iterator[CarrierAccount]:
        """Of the trunks of these resellers, or of all."""
        for trunk in self._store.trunks.list():
            if reach is None or trunk.reseller_id in reach:
                for account_id in self._store.carriers.accounts_of(trunk.id):
                    account = self._store.accounts.get(account_id)
                    assert account is not None  # foreign key
                    yield self._view(trunk, account)

    def pay(self, actor: Actor, request: CarrierPay) -> CarrierAccount:
        """Money sent to a carrier, or back from it."""

        def work() -> CarrierAccount:
            trunk = self._lookups.trunk(actor, request.trunk, "accounts.adjust")
            amount = parse_amount(request.amount, "amount")
            if amount == 0:
                raise UserError("amount.zero", field="amount")
            owner = self._store.resellers.get(trunk.reseller_id)
            assert owner is not None  # foreign key
            tariff = None if trunk.cost_tariff_id is None else self._store.tariffs.get(trunk.cost_tariff_id)
            usual = owner.currency if tariff is None else tariff.currency
            currency = check_currency(request.currency or usual, "currency")
            account_id = self._room.ledger.carrier(trunk.id, owner.id, trunk.name, currency)
            money = ("cash", "") if request.method == "cash" else ("bank", request.method.strip() or "bank")
            entry = events.carrier_payment(account_id, owner.id, amount, currency, money)
            assert entry is not None  # the amount is not zero
            now = self._room.clock.utcnow()
            reference, note = request.reference[:500], request.note[:500]
            entry_id = books.post(self._room.ledger, now, entry, reference=reference, operator_id=actor.operator_id, note=note)
            self._store.carriers.insert(
                trunk_id=trunk.id, account_id=account_id, entry_id=entry_id, at=now, method=money[1] or money[0], amount_micros=amount,
                currency=currency, reference=reference, note=note, operator_id=actor.operator_id,
            )  # fmt: skip
            self._audit.noted(actor, "carriers.pay", "trunk", trunk.id, amount=request.amount, currency=currency, entry=entry_id)
            self._room.changes.note("carrier", trunk.id)
            account = self._store.accounts.get(account_id)
            assert account is not None  # just posted to
            return self._view(trunk, account)

        return self._once.do(actor, "carriers.pay", request.request_id, request, CarrierAccount, work)

    def compare(self, actor: Actor, request: CarrierCompare) -> Reading:
        """The carrier's list of calls against ours, call by call."""
        trunk = self._lookups.trunk(actor, request.trunk, "costs.read")
        theirs, faults = read(request.content, request.columns, request.zone)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        times = [call.started_at for call in theirs]
        if not times and (since is None or until is None):
            raise UserError("carrier.nothing_read", field="content", faults="; ".join(faults[:3]) or "-")
        slack = max(0, min(request.seconds_apart, 3600)) * 1000
        first = since if since is not None else min(times) - slack
        last = until if until is not None else max(times) + slack + 1
        inside = [call for call in theirs if (since is None or call.started_at >= since) and (until is None or call.started_at < until)]

        def run(tables: Nouns) -> CarrierComparison:
            ours = tables.carriers.calls(trunk.id, first, last)
            mine = [TheirCall(call.number, call.started_at, call.seconds, call.cost_micros, call.id) for call in ours]
            return _told(mine, inside, compare(mine, inside, slack), next((call.currency for call in ours if call.currency), ""), faults)

        return Reading(run)

    def _view(self, trunk: Trunk, account: Account) -> CarrierAccount:
        week = USUAL_HOURS * HOUR_MS
        used = self._store.carriers.cost(account.id, self._room.clock.utcnow() - week)
        paid = self._store.carriers.paid(account.id)
        left = -account.balance_micros
        per_hour = used // USUAL_HOURS
        hours = max(left, 0) * USUAL_HOURS // used if used and paid else None
        wanted = int(self._room.settings.get("carriers.alarm_hours", 24))
        return CarrierAccount(
            trunk=trunk.name,
            trunk_id=trunk.id,
            account=account.name,
            currency=account.currency,
            balance=format_amount(left),
            paid=format_amount(paid),
            cost=format_amount(self._store.carriers.cost(account.id)),
            per_hour=format_amount(per_hour),
            hours_left=hours,
            low=hours is not None and hours < wanted,
        )


def _told(ours: list[TheirCall], theirs: list[TheirCall], found: list[Difference], currency: str, faults: list[str]) -> CarrierComparison:
    counts = dict.fromkeys(("missing_here", "missing_there", "seconds", "price"), 0)
    for each in found:
        counts[each.kind] += 1
    here, there = sum(call.cost_micros for call in ours), sum(call.cost_micros for call in theirs)
    return CarrierComparison(
        currency=currency,
        ours=len(ours),
        theirs=len(theirs),
        same=len(ours) - counts["missing_there"] - counts["seconds"] - counts["price"],
        counts=counts,
        our_cost=format_amount(here),
        their_cost=format_amount(there),
        difference=format_amount(there - here),
        differences=[_difference(each) for each in sorted(found, key=lambda each: -abs(each.micros))[:MOST_LISTED]],
        faults=faults[:MOST_FAULTS],
    )


def _difference(each: Difference) -> CarrierDifference:
    ours, theirs = each.ours, each.theirs
    known = ours or theirs
    assert known is not None  # one of both is there
    return CarrierDifference(
        kind=each.kind,
        number=known.number,
        started_at=rfc3339(known.started_at),
        our_seconds=None if ours is None else ours.seconds,
        their_seconds=None if theirs is None else theirs.seconds,
        our_cost=None if ours is None else format_amount(ours.cost_micros),
        their_cost=None if theirs is None else format_amount(theirs.cost_micros),
        difference=format_amount(each.micros),
        call=None if ours is None else ours.id,
    )
