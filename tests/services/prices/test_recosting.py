"""What carriers ask, put right by a corrected buying tariff; carriers' accounts by trunk; limits on what is given back; bands as they were."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import Conflict
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.store.call_search import Wanted
from appliance.wire.allowances import BandsSet
from appliance.wire.approvals import ApprovalDecide, LimitSet
from appliance.wire.carriers import CarrierAccount, CarrierList, CarrierPay
from appliance.wire.corrections import CallRefund, CostDifference, Difference, Recost, RecostApply, Rerate, RerateApply
from appliance.wire.description import BandEntry
from appliance.wire.rates import RateFields
from appliance.wire.shapes import ById
from appliance.wire.tariffs import TariffCreate
from appliance.wire.trunks import TrunkUpdate
from tests.services.prices.test_allowances import talk
from tests.services.prices.test_reratings import typed
from tests.services.shop import Shop, Simple, micros

OWNER = folder_owner()


def preview(shop: Shop, **asked: Any) -> CostDifference:
    found = shop.services.nouns.pricing.recostings.preview(OWNER, Recost(**asked)).run(shop.store)
    assert isinstance(found, CostDifference)
    return found


def post(shop: Shop, **asked: Any) -> CostDifference:
    return finish(shop.services.nouns.pricing.recostings.apply(OWNER, RecostApply(**asked)))


def accounts(shop: Shop) -> list[CarrierAccount]:
    return shop.services.nouns.money.carriers.list(OWNER, CarrierList()).accounts


def operator(shop: Shop, login: str, role: str) -> Actor:
    with shop.services.changes.unit():
        person = shop.store.people.insert(kind="operator", name=login)
        row = shop.store.operators.insert(person_id=person, login=login, created_at=shop.clock.utcnow())
        shop.store.operators.grant(row, role, reseller_id=1)
    return Actor(login, row, (Grant(role, 1, None),))


def test_a_corrected_buying_deck_puts_the_cost_of_its_calls_right(shop: Shop) -> None:
    it = Simple(shop)
    calls = [talk(shop, it, "4930123456", 60), talk(shop, it, "442071234567", 60)]
    balance = shop.balance(it.account)
    assert (accounts(shop)[0].cost, preview(shop).changed) == ("0.491", 0)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.50"))
    found = preview(shop)
    (told,) = found.trunks
    assert (found.calls, found.changed, found.without_price) == (2, 1, 0)
    assert (told.trunk, told.calls, told.before, told.after, told.difference) == ("carrier", 2, "0.491", "0.511", "0.02")
    assert accounts(shop)[0].cost == "0.491"
    assert post(shop, fingerprint=found.fingerprint, request_id="one").posted == 1
    assert post(shop, fingerprint=found.fingerprint, request_id="one").posted == 0  # asked twice, done once
    assert accounts(shop)[0].cost == "0.511"
    assert shop.balance(it.account) == balance  # nobody's charge has changed
    view = shop.services.nouns.cdrs.get(OWNER, ById(calls[0]))
    assert view.cost == "0.50"
    assert sum(each.cost_micros for each in shop.store.call_search.sums(Wanted())) == micros("0.511")
    assert preview(shop, prices="then").trunks[0].difference == "-0.02"
    typed(shop, it.cost, RateFields("49", price_per_minute="0.40"))
    with pytest.raises(Conflict, match=r"recost\.changed_since_preview"):
        post(shop, fingerprint=found.fingerprint)
    assert post(shop).posted == 1
    assert accounts(shop)[0].cost == "0.411"
    shop.verify()


def test_calls_without_a_price_or_of_another_currency_stay(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    dollars = shop.services.nouns.tariffs.create(OWNER, TariffCreate("dollars", currency="USD")).id
    empty = shop.tariff(it.root, "empty")
    for tariff in (dollars, empty):
        found = preview(shop, tariff=tariff)
        assert (found.calls, found.changed, found.without_price) == (1, 0, 1)
        assert post(shop, tariff=tariff).posted == 0


def test_a_trunk_keeps_its_account_whatever_it_is_called(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    nouns = shop.services.nouns
    nouns.money.carriers.pay(OWNER, CarrierPay("carrier", "5.00"))
    nouns.trunks.update(OWNER, TrunkUpdate(it.trunk, name="Acme"))
    talk(shop, it, "4930123456", 60)
    (account,) = accounts(shop)
    assert (account.trunk, account.account, account.balance) == ("Acme", "Acme", "4.04")
    other = shop.trunk(it.root, "carrier", it.cost)  # the name is free again, the account is not its
    nouns.money.carriers.pay(OWNER, CarrierPay("carrier", "1.00"))
    assert [(each.trunk_id, each.balance) for each in accounts(shop)] == [(it.trunk, "4.04"), (other, "1.00")]
    shop.verify()


def test_refunds_of_calls_above_a_limit_need_a_second_person(shop: Shop) -> None:
    it = Simple(shop)
    nouns = shop.services.nouns
    call = talk(shop, it, "4930123456", 60)
    clerk, boss = operator(shop, "clerk", "accountant"), operator(shop, "boss", "owner")
    nouns.money.approvals.set_limit(OWNER, LimitSet("accountant", "refund", "0.50"))
    with pytest.raises(Conflict) as raised:
        nouns.pricing.refunds.refund(clerk, CallRefund(call, request_id="r1"))
    assert raised.value.code == "approval.needed"
    assert shop.balance(it.account) == micros("9.40")
    nouns.pricing.refunds.refund(clerk, CallRefund(call, "0.10"))
    assert shop.balance(it.account) == micros("9.50")
    number = int(str(raised.value.parameters["approval"]))
    assert nouns.money.approvals.decide(boss, ApprovalDecide(number, True)).state == "approved"
    assert shop.balance(it.account) == micros("10.00")
    nouns.money.approvals.set_limit(OWNER, LimitSet("accountant", "day", "0.60"))
    second = talk(shop, it, "4930123456", 60)
    with pytest.raises(Conflict, match=r"approval\.needed"):  # the day is full
        nouns.pricing.refunds.refund(clerk, CallRefund(second, "0.01"))
    shop.verify()


def test_rerating_more_than_one_may_needs_a_second_person(shop: Shop) -> None:
    it = Simple(shop)
    nouns = shop.services.nouns
    talk(shop, it, "4930123456", 60)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))
    clerk, boss = operator(shop, "clerk", "accountant"), operator(shop, "boss", "owner")
    nouns.money.approvals.set_limit(OWNER, LimitSet("accountant", "refund", "0.20"))
    request = RerateApply(request_id="r1")
    with pytest.raises(Conflict) as raised:
        finish(nouns.pricing.reratings.apply(clerk, request))
    assert raised.value.code == "approval.needed"
    assert shop.balance(it.account) == micros("9.40")
    nouns.money.approvals.decide(boss, ApprovalDecide(int(str(raised.value.parameters["approval"])), True))
    with pytest.raises(Conflict, match=r"approval\.needed"):  # another request was not approved
        finish(nouns.pricing.reratings.apply(clerk, RerateApply(request_id="r2")))
    assert finish(nouns.pricing.reratings.apply(clerk, request)).posted == 1
    assert shop.balance(it.account) == micros("9.70")
    shop.verify()


def test_then_means_the_time_bands_of_then(shop: Shop) -> None:
    it = Simple(shop)
    nouns = shop.services.nouns
    always = [BandEntry(name="day", weekdays=[1, 2, 3, 4, 5, 6, 7], starts="00:00", ends="24:00")]
    nouns.pricing.parts.set_bands(OWNER, BandsSet("cost", bands=always))
    typed(shop, it.cost, RateFields("49", price_per_minute="0.08", band="day"))
    talk(shop, it, "4930123456", 60)
    assert shop.balance(it.account) == micros("9.90")
    shop.clock.advance(1)
    one = [BandEntry(name="day", weekdays=[1], starts="00:00", ends="00:01")]
    nouns.pricing.parts.set_bands(OWNER, BandsSet("cost", bands=one))
    shop.clock.advance(3600)
    for prices, changed in (("then", 0), ("now", 1)):
        found = nouns.pricing.reratings.preview(OWNER, Rerate(prices=prices)).run(shop.store)
        assert isinstance(found, Difference)
        assert found.changed == changed
