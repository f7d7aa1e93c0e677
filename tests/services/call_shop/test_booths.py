"""Booths as a shop finds them when the option is turned on: numbered, and with coins to count."""

from __future__ import annotations

from pathlib import Path

from appliance.wire.booths import BoothList, BoothUpdate
from appliance.wire.shapes import ById
from appliance.wire.shops import ShopUpdate
from tests.services.call_shop.counter import Counter


def test_each_booth_has_a_number_key(tmp_path: Path) -> None:
    """Those that were given one keep it; the others fill the gaps, and the shop's own phone has none."""
    counter = Counter(tmp_path)
    third = counter.base.endpoint(counter.shop, "1000013")
    desk = counter.base.endpoint(counter.shop, "1000010")
    booths = counter.nouns.booths
    booths.update(counter.boss, BoothUpdate(counter.two, position=1))
    booths.update(counter.boss, BoothUpdate(desk, desk=True))
    told = {card.id: card.position for card in booths.list(counter.clerk, BoothList(counter.shop, desks=True)).booths}
    assert told == {counter.two: 1, counter.one: 2, third: 3, desk: 0}
    assert booths.get(counter.clerk, ById(third)).position == 3


def test_coins_are_known_before_anybody_says_which(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    view = counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, denominations=[]))
    assert view.denominations[0] == "500.00" and view.denominations[-2:] == ["0.10", "0.05"]
    finer = counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, rounding="0"))
    assert finer.denominations[-3:] == ["0.05", "0.02", "0.01"]
