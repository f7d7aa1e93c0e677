"""A reseller's day put together from the records: calls, tills, trunks, the guard; and how money and backups stand now.

Law: of sub-resellers only what they bought is counted, as everywhere in statistics; nothing here names a person: names are filled in for
whoever reads it, so that a day that is kept forgets whom the business forgot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import msgspec

from appliance.clock import rfc3339
from appliance.money import format_amount, parse_amount
from appliance.services.ground.room import Room
from appliance.services.keeping.backups import FOLDER
from appliance.services.keeping.check_rules import newest_backup
from appliance.services.statistics import low_below, owner_of, period, zone_of
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.carriers import CarrierAccount
from appliance.wire.statistics import Figures, LowAccount
from appliance.wire.summaries import SummaryBackup, SummaryCarrier, SummaryOutage, SummaryShop, SummaryStop, SummaryView

MOST_LISTED = 50


class Day(NamedTuple):
    """`on` is an ISO date; it began at `since` and ended at `until` (UTC milliseconds) in the zone."""

    on: str
    since: int
    until: int


class Standing(NamedTuple):
    """How things stand at the moment; what a day long past cannot tell any more."""

    low: list[LowAccount] | None = None
    more_low: int = 0
    carriers: list[SummaryCarrier] | None = None
    backup: SummaryBackup | None = None


def day_of(on: date, zone: str) -> Day:
    """A calendar day there; an unknown zone counts as UTC."""
    ends = [round(datetime.combine(each, time(), zone_of(zone)).timestamp()) * 1000 for each in (on, on + timedelta(days=1))]
    return Day(on.isoformat(), ends[0], ends[1])


def standing(
    room: Room, reseller: Reseller, carriers: Callable[[frozenset[int] | None], Iterator[CarrierAccount]], copy_fault: Callable[[], str | None]
) -> Standing:
    """On the store's thread: it asks what keeps memory."""
    low = room.store.accounts.low(low_below(room), {reseller.id})
    listed = [LowAccount(row.id, "", None, format_amount(row.balance_micros + row.credit_limit_micros), row.currency) for row in low[:MOST_LISTED]]
    own = frozenset({reseller.id})
    money = [SummaryCarrier(row.trunk_id, "", row.currency, row.balance, row.hours_left, row.low) for row in carriers(own)]
    backup = None
    if reseller.parent_id is None:
        newest, fault = newest_backup(room.store.folder / FOLDER), copy_fault()
        backup = SummaryBackup(None if newest is None else rfc3339(newest), fault is not None, fault or "")
    return Standing(listed, len(low) - len(listed), money, backup)


def put_together(tables: Nouns, reseller: Reseller, day: Day, now: Standing) -> SummaryView:
    """Everything of a day, without names. Reads alone, on any connection."""
    return SummaryView(
        reseller=reseller.name,
        timezone=reseller.timezone,
        currency=reseller.currency,
        on=day.on,
        since=rfc3339(day.since),
        until=rfc3339(day.until),
        made_at=None,
        figures=period(tables, reseller, day.since, day.until, costs=True),
        shops=_shops(tables, reseller, day),
        outages=_outages(tables, reseller, day),
        stops=_stops(tables, reseller, day),
        low=now.low,
        carriers=now.carriers,
        backup=now.backup,
        more_low=now.more_low,
    )


def named(tables: Nouns, view: SummaryView) -> SummaryView:
    """With the names that things and persons have now; whoever was forgotten has none."""
    put = msgspec.structs.replace
    logins: dict[int | None, str] = {None: ""}
    for shop in view.shops or ():
        if shop.clerk_id not in logins and shop.clerk_id is not None:
            row = tables.operators.get(shop.clerk_id)
            logins[shop.clerk_id] = "" if row is None else row.login
    return put(
        view,
        shops=view.shops and [put(each, shop=_customer(tables, each.shop_id), clerk=logins[each.clerk_id]) for each in view.shops],
        outages=view.outages and [put(each, trunk=_trunk(tables, each.trunk_id)) for each in view.outages],
        stops=view.stops and [put(each, customer=_customer(tables, each.customer_id)) for each in view.stops],
        low=view.low and [_owned(tables, each) for each in view.low],
        carriers=view.carriers and [put(each, trunk=_trunk(tables, each.trunk_id)) for each in view.carriers],
    )


def without_costs(figures: Figures) -> Figures:
    """For whoever may not know what was paid."""
    money = [msgspec.structs.replace(each, cost=None, margin=None) for each in figures.money]
    return msgspec.structs.replace(figures, money=money)


# parts ---------------------------------------------------------------------------------------------------------------
def _shops(tables: Nouns, reseller: Reseller, day: Day) -> list[SummaryShop]:
    shops = [row.id for row in tables.customers.call_shops(reseller.id)]
    if not shops:
        return []
    keys: dict[tuple[int, int | None, str], list[int]] = {}
    """(shop, clerk, currency): [bills, sales, cash, difference, shifts closed]."""
    for lost in tables.shop_figures.lost("clerk", shops, day.since, day.until):
        keys.setdefault((lost.shop_id, _id(lost.key), lost.currency), [0] * 5)[0] += lost.bills
    for each in tables.shop_figures.sums("clerk", shops, day.since, day.until):
        line = keys.setdefault((each.shop_id, _id(each.key), each.currency), [0] * 5)
        line[1] += each.sales_calls + each.sales_goods + each.discounts
    for cash in tables.shop_figures.cash(shops, day.since, day.until):
        keys.setdefault((cash.shop_id, cash.clerk_id, cash.currency), [0] * 5)[2] += cash.moved
    for document in (each for shop in shops for each in tables.till_documents.closed_between(shop, day.since, day.until)):
        report = json.loads(document.content)
        for currency, *_figures, difference in report["cash"]:
            line = keys.setdefault((document.shop_id, report["operator"], currency), [0] * 5)
            line[3] += parse_amount(difference or "0", "difference")
            line[4] += 1
    return [
        SummaryShop(shop, "", clerk, "", currency, bills, format_amount(sales), format_amount(cash), format_amount(difference) if counted else None)
        for (shop, clerk, currency), (bills, sales, cash, difference, counted) in sorted(
            keys.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0][2])
        )
    ]


def _outages(tables: Nouns, reseller: Reseller, day: Day) -> list[SummaryOutage]:
    found: list[SummaryOutage] = []
    for row in tables.trunk_outages.between(day.since, day.until):
        trunk = tables.trunks.get(row.trunk_id)
        if trunk is not None and trunk.reseller_id == reseller.id and len(found) < MOST_LISTED:
            ended = None if row.ended_at is None else rfc3339(row.ended_at)
            found.append(SummaryOutage(row.trunk_id, "", row.reason, row.detail, rfc3339(row.began_at), ended))
    return found


def _stops(tables: Nouns, reseller: Reseller, day: Day) -> list[SummaryStop]:
    found: list[SummaryStop] = []
    for row in tables.guard.tripped_between(day.since, day.until):
        customer = tables.customers.get(row.customer_id)
        if customer is not None and customer.reseller_id == reseller.id and len(found) < MOST_LISTED:
            said = {"limit": format_amount(row.limit_micros), "currency": row.currency, "detail": row.detail}
            found.append(SummaryStop(row.customer_id, "", row.reason, said, rfc3339(row.tripped_at)))
    return found


def _id(key: int | str | None) -> int | None:
    return None if key is None else int(key)


def _customer(tables: Nouns, row_id: int) -> str:
    row = tables.customers.get(row_id)
    return "" if row is None else row.name


def _owned(tables: Nouns, low: LowAccount) -> LowAccount:
    name, customer = owner_of(tables, low.account_id)
    return msgspec.structs.replace(low, owner=name, customer_id=customer)


def _trunk(tables: Nouns, row_id: int) -> str:
    row = tables.trunks.get(row_id)
    return "" if row is None else row.name
