"""Statistics, prices for guests, chains of shops, PINs, the option itself."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.passwords import hasher
from appliance.wire.bills import Approval, BillDiscount
from appliance.wire.booths import BoothList
from appliance.wire.customers import CustomerUpdate
from appliance.wire.shapes import ById
from appliance.wire.shops import ChainSet, GuestPriceRequest, PinSet, ShopFigures, ShopList, ShopStatisticsRequest, ShopUpdate
from tests.services.call_shop.counter import LEIDEN, LONDON, Counter


def figures(counter: Counter, actor: Actor, by: str) -> list[ShopFigures]:
    reading = counter.nouns.statistics.read(actor, ShopStatisticsRequest(by=by))
    return reading.run(counter.base.store).lines


def a_day(counter: Counter) -> None:
    counter.begin_shift()
    for booth, number, seconds in ((counter.one, LONDON, 90.5), (counter.two, LEIDEN, 70), (counter.one, LEIDEN, 10)):
        card = counter.sit(booth)
        counter.talk(booth, number, seconds)
        counter.pay(counter.bill_of(card), ("cash", "1.00"))


def test_what_was_sold_and_what_is_left_of_it(counter: Counter) -> None:
    a_day(counter)
    day = figures(counter, counter.owner, "day")[0]
    assert (day.key, day.bills, day.calls, day.sales_calls, day.tax) == ("2026-01-01", 3, 3, "0.9404", "0.16")
    # the shop itself paid 0.0202, 0.05 and 0.025
    assert (day.cost, day.margin) == ("0.0952", "0.6852")
    assert [(each.key, each.sales_calls) for each in figures(counter, counter.owner, "destination")] == [("to 31", "0.90"), ("to 44", "0.0404")]
    assert [(each.key, each.calls) for each in figures(counter, counter.owner, "booth")] == [("1000011", 2), ("1000012", 1)]
    assert [(each.key, each.bills) for each in figures(counter, counter.owner, "clerk")] == [("clerk", 3)]
    assert figures(counter, counter.boss, "shop")[0].margin is None  # a supervisor does not see what the shop pays
    with pytest.raises(UserError, match=r"field\.not_a_choice"):
        figures(counter, counter.owner, "weather")
    assert figures(counter, counter.clerk, "day") == []


def test_what_a_call_would_cost(counter: Counter) -> None:
    def look(search: str, **how: object) -> list[tuple[str, str, str]]:
        found = counter.nouns.prices.find(counter.clerk, GuestPriceRequest(counter.shop, search, **how))
        return [(each.destination, each.price_per_minute, each.cost) for each in found.prices] or [("", "", found.why)]

    assert look("00 44 20 7946") == [("to 44", "0.025", "0.0275")]
    assert look("+" + LEIDEN, seconds=61) == [("to 31", "0.30", "0.60")]
    assert look("999888777") == [("", "", "no_rate")]
    assert look("TO 3") == [("to 31", "0.30", "0.30")]
    assert [each[0] for each in look("nether")] == ["to 31"] and [each[0] for each in look("gb")] == ["to 44"]
    counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, blocked=["31"]))
    found = counter.nouns.prices.find(counter.clerk, GuestPriceRequest(counter.shop, LEIDEN, amount="1.00"))
    assert found.why == "blocked" and found.prices[0].blocked and found.prices[0].lasts_seconds == 180


def test_the_shop_sees_its_credit_in_minutes(counter: Counter) -> None:
    a_day(counter)
    shop = counter.nouns.shops.get(counter.clerk, ById(counter.shop))
    assert shop.available == "99.9048" and shop.available_minutes is not None and shop.available_minutes > 1000
    assert [(each.login, each.has_pin) for each in shop.approvers] == [("boss", True)]
    assert shop.booth_markup_percent is None and counter.nouns.shops.get(counter.owner, ById(counter.shop)).booth_markup_percent == "100"


def test_a_markup_makes_the_booth_tariff(counter: Counter) -> None:
    seen = counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, booth_markup_percent="50"))
    assert (seen.booth_tariff, seen.booth_markup_percent) == ("booths", "50")
    other = counter.base.customer(counter.simple.root, "Other", counter.simple.retail, counter.account, call_shop=1)
    assert counter.nouns.shops.update(counter.owner, ShopUpdate(other, booth_markup_percent="80")).booth_tariff == "Other: booths"
    with pytest.raises(Forbidden):
        counter.nouns.shops.update(counter.boss, ShopUpdate(counter.shop, booth_markup_percent="1"))


def test_a_chain_gives_its_people_all_of_its_shops(counter: Counter) -> None:
    other = counter.base.customer(counter.simple.root, "Other", counter.simple.retail, counter.account, call_shop=1)
    chain = counter.nouns.chains.set(counter.owner, ChainSet("piers", [counter.shop, other]))
    store = counter.base.store
    with counter.base.services.changes.unit():
        row = store.operators.insert(person_id=store.people.insert(kind="operator", name="rover"), login="rover", created_at=1)
        store.operators.grant(row, "clerk", chain_id=chain.id)
    operators = counter.base.services.nouns.operators
    rover = operators.actor(store.operators.get(row))
    assert {each.name for each in counter.nouns.shops.list(rover, ShopList()).shops} == {"Shop", "Other"}
    counter.nouns.chains.set(counter.owner, ChainSet("piers", [other]))
    rover = operators.actor(store.operators.get(row))
    with pytest.raises(NotFound):
        counter.nouns.booths.list(rover, BoothList(counter.shop))
    counter.nouns.chains.remove(counter.owner, ById(chain.id))
    assert counter.nouns.shops.list(operators.actor(store.operators.get(row)), ShopList()).shops == []


def test_ones_own_pin_wants_the_password(counter: Counter) -> None:
    with counter.base.services.changes.unit():
        counter.base.store.operators.update(counter.boss.operator_id, {"password_hash": hasher().hash("a good password")})
    for pin in ("12", "12ab", "1" * 13):
        with pytest.raises(UserError, match=r"pin\.invalid"):
            counter.nouns.approvals.set(counter.boss, PinSet(pin, password="a good password"))
    with pytest.raises(Forbidden, match=r"sign_in\.wrong"):
        counter.nouns.approvals.set(counter.boss, PinSet("8888", password="guess"))
    counter.nouns.approvals.set(counter.boss, PinSet("8888", password="a good password"))
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    request = BillDiscount(counter.bill_of(card), "x", amount="0.10", approval=Approval("boss", "8888"))
    hashes = counter.nouns.approvals.ahead(request.approval)
    assert counter.nouns.bills.discount(counter.clerk, request, hashes).total == "0.20"
    weak = counter.person("weak", "clerk", "5555")
    assert weak.name == "weak"
    with pytest.raises(Forbidden, match=r"approval\.not_allowed"):
        counter.nouns.bills.discount(counter.clerk, BillDiscount(request.id, "x", amount="0.10", approval=Approval("weak", "5555")))


def test_the_option_stays_on_while_the_shop_is_busy(counter: Counter) -> None:
    customers = counter.base.services.nouns.customers
    shift = counter.begin_shift()
    for busy in (True, False):
        if busy:
            with pytest.raises(Conflict, match=r"shop\.in_use"):
                customers.update(counter.owner, CustomerUpdate(counter.shop, call_shop=False))
            from appliance.wire.shifts import ShiftClose, ShiftCount

            counter.nouns.shifts.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"100": 1}}))
            counter.nouns.shifts.close(counter.clerk, ShiftClose(shift.id))
    customers.update(counter.owner, CustomerUpdate(counter.shop, call_shop=False))
    with pytest.raises(Conflict, match=r"shop\.off"):
        counter.nouns.shops.get(counter.owner, ById(counter.shop))
    counter.talk(counter.one, LONDON, 5)  # an ordinary phone again


def test_a_clerk_of_a_shop_cannot_look_behind_the_counter(counter: Counter) -> None:
    nouns = counter.base.services.nouns
    from appliance.wire.cdrs import CdrList
    from appliance.wire.rates import PriceRequest

    assert nouns.cdrs.list(counter.clerk, CdrList()).run(counter.base.store).cdrs == []
    with pytest.raises((Forbidden, NotFound)):
        nouns.prices.price(counter.clerk, PriceRequest(number=LONDON, seconds=60, customer=counter.shop))
    assert Grant("clerk", shop_id=1).allows("till.use") and not Grant("clerk", shop_id=1).allows("calls.price")
