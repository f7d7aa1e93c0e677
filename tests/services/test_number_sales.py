"""Incoming numbers that resellers sell on at prices of their own: who has one, what rings, and what each link of the chain pays."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.calls.call_record import Accepted, Denied
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.wire.description import TrunkNumberEntry
from appliance.wire.numbers import NumberList, NumberPut, NumberSell, NumberTakeBack, NumberView
from appliance.wire.shapes import ById
from appliance.wire.trunks import TrunkNumber, TrunkNumberRemove, TrunkUpdate
from tests.services.shop import MICROS, Shop, rate

OWNER = folder_owner()
DID = "31880001"


class Chain(NamedTuple):
    """root > north > harbour, whose customer is Olga (1000001); the clock stands at the first of a month."""

    root: int
    north: int
    harbour: int
    trunk: int
    customer: int
    olga: int
    purses: tuple[int, int, int]  # accounts of Olga, harbour and north


@pytest.fixture
def chain(shop: Shop) -> Chain:
    return built(shop)


def built(shop: Shop) -> Chain:
    root = shop.reseller()
    cost = shop.tariff(root, "cost", rate("44", "0.0100"))
    north = shop.reseller("north", root, cost, "100.00")
    harbour = shop.reseller("harbour", north, cost, "100.00")
    trunk = shop.trunk(root, "carrier", cost)
    account = shop.account(harbour, "olga", "100.00")
    customer = shop.customer(harbour, "Olga", cost, account)
    olga = shop.endpoint(customer, "1000001", registered=True)
    shop.services.nouns.trunks.update(OWNER, TrunkUpdate(trunk, numbers=[TrunkNumber(DID)]))
    own = [shop.store.resellers.get(each).credit_account_id for each in (harbour, north)]  # type: ignore[union-attr]
    return Chain(root, north, harbour, trunk, customer, olga, (account, own[0] or 0, own[1] or 0))


def manager(reseller: int) -> Actor:
    return Actor("manager", 0, (Grant("manager", reseller),))


def sell(shop: Shop, reseller: str | int, actor: Actor = OWNER, **prices: str | None) -> NumberView:
    return shop.services.nouns.trunks.sales.sell(actor, NumberSell(DID, reseller, **prices))  # type: ignore[arg-type]


def put(shop: Shop, actor: Actor = OWNER, **fields: object) -> NumberView:
    return shop.services.nouns.trunks.sales.put(actor, NumberPut(DID, **fields))  # type: ignore[arg-type]


def spent(shop: Shop, chain: Chain) -> list[int]:
    return [100 * MICROS - shop.balance(each) for each in chain.purses]


def earned(shop: Shop, reseller: int, kind: str) -> int:
    account = shop.store.accounts.find(reseller, kind, "", "EUR")
    return 0 if account is None else shop.balance(account.id)


def talk(shop: Shop, seconds: int) -> None:
    answer = shop.attempt(None, DID, trunk=shop.store.trunks.find("carrier").id)  # type: ignore[union-attr]
    assert isinstance(answer, Accepted), answer
    shop.answer(answer.call)
    shop.run(seconds)
    if answer.call in shop.calls.running:
        shop.end(answer.call)


def test_each_link_pays_its_parent_for_a_call_and_for_the_number(shop: Shop, chain: Chain) -> None:
    sell(shop, "north", setup_fee="5", monthly_fee="1.00", price_per_minute="0.01")
    sell(shop, "harbour", setup_fee="6", monthly_fee="2.00", price_per_minute="0.03")
    before = spent(shop, chain)
    assert before[0] == 0 and 5 * MICROS < before[2] <= 6 * MICROS and 6 * MICROS < before[1] <= 8 * MICROS
    view = put(shop, endpoint="1000001", setup_fee="7", price_per_minute="0.12")
    assert (view.endpoint, view.customer, view.sells.price_per_minute, view.reseller) == ("1000001", "Olga", "0.12", "harbour")
    assert view.buys is not None and view.buys.price_per_minute == "0.03"
    assert spent(shop, chain)[0] == 7 * MICROS
    put(shop, price_per_minute="0.12", failover=["44"]), put(shop, failover=[])
    assert spent(shop, chain)[0] == 7 * MICROS, "set up once"
    after = spent(shop, chain)
    talk(shop, 90)
    assert [new - old for new, old in zip(spent(shop, chain), after, strict=True)] == [180_000, 45_000, 15_000]
    assert [earned(shop, each, "revenue") for each in (chain.harbour, chain.north, chain.root)] == [180_000, 45_000, 15_000]
    assert earned(shop, chain.root, "fees") == before[2] and earned(shop, chain.north, "fees") == before[1]
    shop.verify()


def test_a_reseller_without_money_for_it_ends_the_call_of_his_customer(shop: Shop, chain: Chain) -> None:
    sell(shop, "north", price_per_minute="0.60")
    sell(shop, "harbour", price_per_minute="0.01")
    put(shop, endpoint="1000001")
    shop.pay(chain.purses[2], "-99.90")
    talk(shop, 60)
    assert spent(shop, chain) == [0, 1_700, 100 * MICROS], "ten seconds"
    assert shop.balance(chain.purses[2]) == 0
    refused = shop.attempt(None, DID, trunk=chain.trunk)
    assert isinstance(refused, Denied) and refused.status == 402
    shop.verify()


def test_a_month_is_taken_once_at_each_level_and_unused_days_come_back(shop: Shop, chain: Chain) -> None:
    sell(shop, "north", monthly_fee="3.00")
    sell(shop, "harbour", monthly_fee="6.00")
    sales = shop.services.nouns.trunks.sales
    first = spent(shop, chain)
    for _ in range(3):
        sales.step()
        shop.clock.advance(3600)
    assert spent(shop, chain) == first
    shop.clock.advance(40 * 86_400)
    shop.crash()
    shop.start()
    sales = shop.services.nouns.trunks.sales
    sales.step()
    second = spent(shop, chain)
    months = {each.month: each.amount_micros for each in shop.store.number_sales.taken(1) if each.kind == "month"}
    assert second[2] - first[2] == sum(list(months.values())[1:]) and list(months.values())[1] == 3 * MICROS
    assert second[1] - first[1] == 2 * (second[2] - first[2])
    sales.take_back(OWNER, NumberTakeBack(DID, "north"))
    back = {(each.kind, each.month): each.amount_micros for each in shop.store.number_sales.taken(1)}
    returned = sum(amount for (kind, _), amount in back.items() if kind == "returned")
    assert 0 < returned < 3 * MICROS and spent(shop, chain)[2] == second[2] - returned
    shop.clock.advance(70 * 86_400)
    sales.step()
    assert spent(shop, chain)[2] == second[2] - returned, "nobody has it any more"
    shop.verify()


def test_who_has_a_number_says_what_it_rings(shop: Shop, chain: Chain) -> None:
    nouns = shop.services.nouns
    own = shop.customer(chain.root, "Own", 1, shop.account(chain.root, "own", "9"))
    shop.endpoint(own, "1000009")
    put(shop, endpoint="1000009", monthly_fee="1.00")
    with pytest.raises(UserError, match=r"did\.not_passed_on"):
        sell(shop, "harbour")
    sell(shop, "north", monthly_fee="1.00")
    assert put(shop, failover=[]).endpoint is None, "it rings nowhere until the buyer says what"
    assert nouns.fees.taking.run().taken == 0, "and its customer pays no more"
    with pytest.raises(NotFound):
        put(shop, endpoint="1000001")  # a customer of harbour's
    with pytest.raises(Conflict, match=r"did\.sold"):
        nouns.trunks.update(OWNER, TrunkUpdate(chain.trunk, numbers=[TrunkNumber(DID, "1000009")]))
    assert nouns.trunks.get(OWNER, ById(chain.trunk)).numbers[0].sold_to == "north"
    with pytest.raises(NotFound):
        put(shop, manager(chain.harbour), endpoint="1000001")
    sell(shop, chain.harbour, manager(chain.north), monthly_fee="2.00")
    view = put(shop, manager(chain.harbour), endpoint="1000001")
    assert (view.reseller, view.customer) == ("harbour", "Olga")
    page = nouns.trunks.sales.list(manager(chain.north), NumberList()).numbers
    assert [(each.did, each.sold_to, each.sells.monthly_fee, each.endpoint) for each in page] == [(DID, "harbour", "2.00", None)]
    assert page[0].buys is not None and page[0].buys.monthly_fee == "1.00"
    with pytest.raises(NotFound):
        sell(shop, chain.north, manager(chain.north), monthly_fee="0")  # one's own price is the parent's to say
    nouns.trunks.remove_number(OWNER, TrunkNumberRemove(DID))
    assert list(shop.store.number_sales.running()) == [] and nouns.trunks.sales.list(OWNER, NumberList()).numbers == []
    shop.verify()


def test_a_description_keeps_the_fee_and_takes_none(shop: Shop, chain: Chain) -> None:
    own = shop.customer(chain.root, "Own", 1, account := shop.account(chain.root, "own", "9"))
    shop.endpoint(own, "1000009")
    number = TrunkNumberEntry(did="31880002", endpoint="1000009", setup_fee="2.00")
    trunks = shop.services.nouns.trunks
    with shop.services.changes.unit():
        assert trunks.put_number(OWNER, shop.store.trunks.get(chain.trunk), number, set_up=False)  # type: ignore[arg-type]
        assert not trunks.put_number(OWNER, shop.store.trunks.get(chain.trunk), number, set_up=False)  # type: ignore[arg-type]
    assert shop.balance(account) == 9 * MICROS
    view = next(each for each in trunks.get(OWNER, ById(chain.trunk)).numbers if each.did == "31880002")
    assert (view.setup_fee, view.sold_to) == ("2.00", None)


def test_taken_back_it_rings_nowhere_and_can_be_sold_anew(shop: Shop, chain: Chain) -> None:
    sell(shop, "north", setup_fee="5")
    sell(shop, "north", setup_fee="9", price_per_minute="0.01")
    assert spent(shop, chain)[2] == 5 * MICROS, "changed, not sold again"
    sell(shop, "harbour")
    put(shop, endpoint="1000001", price_per_minute="1")
    shop.services.nouns.trunks.sales.take_back(OWNER, NumberTakeBack(DID, "harbour"))
    refused = shop.attempt(None, DID, trunk=chain.trunk)
    assert isinstance(refused, Denied) and refused.status == 404
    with pytest.raises(NotFound):
        shop.services.nouns.trunks.sales.take_back(OWNER, NumberTakeBack(DID, "harbour"))
    sell(shop, "harbour", setup_fee="1")
    assert spent(shop, chain) == [0, 1 * MICROS, 5 * MICROS]
    shop.verify()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=some.tuples(*[some.one_of(some.none(), some.integers(0, 3_000_000))] * 3),
    fees=some.tuples(*[some.one_of(some.none(), some.integers(0, 90_000_000))] * 2),
    steps=some.lists(some.tuples(some.sampled_from(["talk", "days", "back", "sell"]), some.integers(1, 50)), max_size=5),
)
def test_whatever_happens_the_books_are_whole(
    tmp_path_factory: pytest.TempPathFactory,
    prices: tuple[int | None, ...],
    fees: tuple[int | None, ...],
    steps: list[tuple[str, int]],
) -> None:
    shop = Shop(tmp_path_factory.mktemp("chain") / "data")
    shop.start()
    chain = built(shop)

    def text(micros: int | None) -> str | None:
        return None if micros is None else f"{micros // MICROS}.{micros % MICROS:06d}"

    def sold() -> None:
        sell(shop, "north", monthly_fee=text(fees[0]), price_per_minute=text(prices[0]))
        sell(shop, "harbour", monthly_fee=text(fees[1]), price_per_minute=text(prices[1]))
        put(shop, endpoint="1000001", price_per_minute=text(prices[2]))

    sold()
    for act, count in steps:
        has = bool(shop.store.number_sales.of(DID))
        if act == "talk" and has and shop.store.trunks.find_did(DID).endpoint_id is not None:  # type: ignore[union-attr]
            answer = shop.attempt(None, DID, trunk=chain.trunk)
            if isinstance(answer, Accepted):
                shop.answer(answer.call)
                shop.run(count)
                if answer.call in shop.calls.running:
                    shop.end(answer.call)
        elif act == "days":
            shop.clock.advance(count * 86_400)
            with shop.services.changes.unit():
                shop.store.bindings.save(next(iter(shop.store.bindings.of(chain.olga, 0)))._replace(expires_at=shop.clock.utcnow() + 10**9))
            shop.services.changes.note("binding", chain.olga)
            shop.services.nouns.trunks.sales.step()
        elif act == "back" and has:
            shop.services.nouns.trunks.sales.take_back(OWNER, NumberTakeBack(DID, "north"))
        elif act == "sell":
            sold()
    taken = sum((-1 if each.kind == "returned" else 1) * each.amount_micros for sale in range(1, 9) for each in shop.store.number_sales.taken(sale))
    assert taken == earned(shop, chain.root, "fees") + earned(shop, chain.north, "fees") >= 0
    assert sum(earned(shop, each, "revenue") for each in (chain.root, chain.north, chain.harbour)) + taken == sum(spent(shop, chain))
    shop.verify()
    shop.store.close()
