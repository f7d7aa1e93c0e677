"""Shop statistics: what was sold, by day, clerk, destination, booth, shop or goods, of one shop or of many."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.billing.tax import split_gross
from appliance.errors import NotFound, UserError
from appliance.money import format_amount
from appliance.services.call_shop.places import FIGURES, Place, Places
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.nouns import Nouns
from appliance.store.shop_figures import KEYS
from appliance.wire.shapes import Ref
from appliance.wire.shops import ShopFigures, ShopStatistics, ShopStatisticsRequest

OF_BILLS = ("day", "clerk", "shop")
QUARTER_SECONDS = 900


class _Line:
    """One line while it is summed."""

    __slots__ = ("bills", "calls", "cost", "discounts", "goods", "gross", "lost", "sales", "seconds")

    def __init__(self) -> None:
        self.bills = self.calls = self.seconds = self.sales = self.goods = self.discounts = self.lost = self.cost = 0
        self.gross: dict[int, int] = {}  # by tax rate


class Statistics:
    """Permissions are settled first; the sums may take long and are read by themselves."""

    def __init__(self, room: Room, places: Places) -> None:
        self._store = room.store
        self._places = places

    def read(self, actor: Actor, request: ShopStatisticsRequest) -> Reading:
        """Lines by key, and their sums."""
        if request.by not in KEYS:
            raise UserError("field.not_a_choice", field="by", choices=", ".join(KEYS))
        places = {place.id: place for place in self._chosen(actor, request)}
        costs = {place.id: self._places.sees_costs(actor, place) for place in places.values()}
        since, until = moment(request.since, "since"), moment(request.until, "until")
        most = max(1, min(request.limit, 10_000))
        return Reading(lambda tables: self._summed(tables, request.by, places, costs, since, until, most))

    def _chosen(self, actor: Actor, request: ShopStatisticsRequest) -> list[Place]:
        if request.shop is not None:
            return [self._places.shop(actor, request.shop, FIGURES)]
        places = self._places.shops(actor, FIGURES)
        if request.chain is None:
            return places
        chain_id = self._chain(request.chain)
        return [place for place in places if place.shop.chain_id == chain_id]

    def _chain(self, ref: Ref) -> int:
        found = next((chain.id for chain in self._store.operators.chains() if ref in (chain.id, chain.name)), None)
        if found is None:
            raise NotFound("chain.unknown", field="chain", chain=ref)
        return found

    def _summed(
        self, tables: Nouns, by: str, places: dict[int, Place], costs: dict[int, bool], since: int | None, until: int | None, most: int
    ) -> ShopStatistics:
        lines: dict[tuple[str, int, str], _Line] = {}
        ids = sorted(places)
        for each in tables.shop_figures.sums(by, ids, since, until):
            line = lines.setdefault((_key(tables, by, each.key, places[each.shop_id]), each.shop_id, each.currency), _Line())
            line.calls += each.calls
            line.seconds += each.seconds
            line.sales += each.sales_calls
            line.goods += each.sales_goods
            line.discounts += each.discounts
            line.cost += each.cost
            line.gross[each.tax_ppm] = line.gross.get(each.tax_ppm, 0) + each.sales_calls + each.sales_goods + each.discounts
        for lost in tables.shop_figures.lost(by if by in OF_BILLS else "shop", ids, since, until):
            if by in OF_BILLS:
                line = lines.setdefault((_key(tables, by, lost.key, places[lost.shop_id]), lost.shop_id, lost.currency), _Line())
                line.bills += lost.bills
                line.lost += lost.lost
        totals: dict[tuple[str, bool], _Line] = {}
        for (_, shop_id, currency), line in lines.items():
            _add(totals.setdefault((currency, costs[shop_id]), _Line()), line)
        return ShopStatistics(
            [
                _figures(key, places[shop_id].shop.name, currency, line, costs[shop_id], places[shop_id].decimals)
                for (key, shop_id, currency), line in sorted(lines.items())[:most]
            ],
            [_figures("", "", currency, line, shown, 2) for (currency, shown), line in sorted(totals.items())],
        )


def _key(tables: Nouns, by: str, key: int | str | None, place: Place) -> str:
    if by == "day":
        try:
            zone: ZoneInfo | None = ZoneInfo(place.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            zone = None
        return datetime.fromtimestamp(int(key or 0) * QUARTER_SECONDS, zone or UTC).date().isoformat()
    if by == "shop":
        return place.shop.name
    if by == "clerk":
        row = None if key is None else tables.operators.get(int(key))
        return "" if row is None else row.login
    if by == "booth":
        booth, endpoint = tables.booths.booth(int(key or 0)), tables.endpoints.get(int(key or 0))
        return booth.name or ("" if endpoint is None else endpoint.display_name or endpoint.number)
    return str(key or "")


def _add(total: _Line, line: _Line) -> None:
    for name in ("bills", "calls", "seconds", "sales", "goods", "discounts", "lost", "cost"):
        setattr(total, name, getattr(total, name) + getattr(line, name))
    for ppm, gross in line.gross.items():
        total.gross[ppm] = total.gross.get(ppm, 0) + gross


def _figures(key: str, shop: str, currency: str, line: _Line, shown: bool, decimals: int) -> ShopFigures:
    tax = sum(split_gross(gross, ppm, decimals).tax_micros for ppm, gross in line.gross.items())
    return ShopFigures(
        key=key,
        shop=shop,
        currency=currency,
        bills=line.bills,
        calls=line.calls,
        seconds=line.seconds,
        sales_calls=format_amount(line.sales),
        sales_goods=format_amount(line.goods),
        discounts=format_amount(line.discounts),
        lost=format_amount(line.lost),
        tax=format_amount(tax),
        cost=format_amount(line.cost) if shown else None,
        margin=format_amount(line.sales + line.goods + line.discounts - tax - line.cost) if shown else None,
    )
