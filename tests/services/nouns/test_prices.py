"""Tariffs and rates as a screen edits them: versions, overrides, pages, and what calls pay at once."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.stepwise import finish
from appliance.wire.rates import NoPrice, PriceRequest, PriceView, RateFields, RatesList, RatesRemove, RatesSet, RateView
from appliance.wire.resellers import ResellerCreate, ResellerUpdate
from appliance.wire.shapes import ById, Listing
from appliance.wire.tariffs import TariffCreate, TariffUpdate
from appliance.wire.trunks import TrunkCreate, TrunkNumber, TrunkNumberRemove
from tests.services.nouns.described import Described


def rates(shop: Described, tariff: str, search: str = "", **more: object) -> dict[str, RateView]:
    page = shop.nouns.rates.list(shop.owner, RatesList(tariff, search=search, **more))  # type: ignore[arg-type]
    return {rate.prefix: rate for rate in page.rates}


def test_the_grid_shows_derived_prices_and_marks_overrides(described: Described) -> None:
    seen = rates(described, "retail")
    assert {prefix: (rate.price_per_minute, rate.overridden) for prefix, rate in seen.items()} == {"31": ("0.0125", False), "3197": ("0.05", True)}
    assert seen["3197"].destination == "Netherlands"


def test_an_edit_is_a_version_and_removing_an_override_follows_the_base_again(described: Described) -> None:
    done = described.nouns.rates.set(
        described.owner, RatesSet("retail", [RateFields("31", price_per_minute="0.03"), RateFields("3197", price_per_minute="0.05")])
    )
    assert (done.added, done.changed, done.unchanged) == (1, 0, 1)
    assert rates(described, "retail")["31"].price_per_minute == "0.03"
    gone = finish(described.nouns.rates.remove(described.owner, RatesRemove("retail", ["31", "3197", "9"])))
    assert gone.removed == 2
    assert {prefix: rate.price_per_minute for prefix, rate in rates(described, "retail").items()} == {"31": "0.0125"}
    tariff = described.store.tariffs.find(1, "retail")
    assert tariff is not None and len(described.store.rates.sets(tariff.id)) == 3


def test_the_grid_is_found_by_prefix_number_and_name_and_comes_in_pages(described: Described) -> None:
    many = [RateFields(str(prefix), destination=f"Land {prefix}", price_per_minute="0.01") for prefix in range(400, 500)]
    described.nouns.rates.set(described.owner, RatesSet("carrier-cost", many))
    assert list(rates(described, "carrier-cost", "4123456789")) == ["412"]
    assert list(rates(described, "carrier-cost", "+41")) == [str(prefix) for prefix in range(410, 420)]
    assert list(rates(described, "carrier-cost", "land 49")) == [str(prefix) for prefix in range(490, 500)]
    page = described.nouns.rates.list(described.owner, RatesList("carrier-cost", limit=60))
    rest = described.nouns.rates.list(described.owner, RatesList("carrier-cost", limit=60, after=page.next))
    assert (len(page.rates), len(rest.rates), rest.next) == (60, 41, "")


def test_what_a_reseller_buys_by_is_not_its_to_change(described: Described) -> None:
    described.apply({"tollhouse": 1, "resellers": [{"name": "Sub One", "operators": [{"login": "sub", "password": None}]}]})
    sub = described.operator("sub")
    assert described.nouns.rates.list(sub, RatesList("to-sub-one")).rates[0].price_per_minute == "0.011"
    for act in (
        lambda: described.nouns.rates.set(sub, RatesSet("to-sub-one", [RateFields("31", price_per_minute="0")])),
        lambda: described.nouns.tariffs.update(sub, TariffUpdate(2, markup_percent="0")),
        lambda: described.nouns.rates.list(sub, RatesList("carrier-cost")),
    ):
        with pytest.raises(NotFound):
            act()
    made = described.nouns.tariffs.create(sub, TariffCreate("mine", base="to-sub-one", markup_percent="100"))
    assert (made.base, made.currency) == ("to-sub-one", "EUR")


def test_a_tariff_in_use_stays(described: Described) -> None:
    for name in ("carrier-cost", "to-sub-one", "retail"):
        row = described.store.tariffs.find(1, name)
        assert row is not None
        with pytest.raises(Conflict) as raised:
            described.nouns.tariffs.archive(described.owner, ById(row.id))
        assert raised.value.code == "tariff.in_use"
    made = described.nouns.tariffs.create(described.owner, TariffCreate("spare"))
    described.nouns.tariffs.archive(described.owner, ById(made.id))
    assert "spare" not in [tariff.name for tariff in described.nouns.tariffs.list(described.owner, Listing()).tariffs]
    described.nouns.tariffs.create(described.owner, TariffCreate("spare"))


def test_a_cycle_is_refused(described: Described) -> None:
    cost = described.store.tariffs.find(1, "carrier-cost")
    assert cost is not None
    with pytest.raises(UserError) as raised:
        described.nouns.tariffs.update(described.owner, TariffUpdate(cost.id, base="retail"))
    assert raised.value.code == "tariff.cycle"


def test_a_tariffs_rules_are_checked(described: Described) -> None:
    for fields, code in (
        ({"rounding": "down"}, "field.not_a_choice"),
        ({"decimals": 7}, "field.out_of_range"),
        ({"price_rounding": "up-9"}, "tariff.price_rounding"),
        ({"markup_percent": "5"}, "tariff.no_base_to_mark_up"),
        ({"base": "nothing"}, "tariff.unknown"),
        ({"base": "retail", "currency": "USD"}, "tariff.currency_differs"),
        ({"base": "retail", "markup_percent": "-100.5"}, "percent.too_low"),
    ):
        with pytest.raises(UserError) as raised:
            described.nouns.tariffs.create(described.owner, TariffCreate("new", **fields))  # type: ignore[arg-type]
        assert raised.value.code == code
    assert described.nouns.tariffs.create(described.owner, TariffCreate("new", base="retail", price_rounding="up-2")).decimals == 4


def test_a_price_needs_a_tariff_or_a_customer(described: Described) -> None:
    for request in (PriceRequest("31", 1), PriceRequest("31", 1, tariff="retail", customer="Alice Shop"), PriceRequest("31", -1, tariff="retail")):
        with pytest.raises(UserError):
            described.nouns.prices.price(described.owner, request)
    assert described.nouns.prices.price(described.owner, PriceRequest("99", 1, tariff="retail")) == NoPrice("no_rate")
    free = described.nouns.prices.price(described.owner, PriceRequest("+31 20 123 45 67", 0, tariff="retail"))
    assert isinstance(free, PriceView) and (free.normalised, free.billed_seconds, free.amount) == ("31201234567", 0, "0.00")


def test_a_reseller_is_made_with_its_retail_and_leaves_when_empty(described: Described) -> None:
    made = described.nouns.resellers.create(
        described.owner, ResellerCreate("Shop & Söhne", tariff="to-sub-one", retail_markup_percent="50", credit_limit="25")
    )
    assert (made.sip_domain, made.number_range, made.balance, made.credit_limit) == (
        "shop-s-hne.tollhouse.internal",
        "3000000-3999999",
        "0.00",
        "25.00",
    )
    price = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, tariff="retail", reseller="Shop & Söhne"))
    assert isinstance(price, PriceView) and price.amount == "0.0165"
    described.nouns.resellers.update(described.owner, ResellerUpdate(made.id, name="Shop", retail_markup_percent="100"))
    price = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, tariff="retail", reseller="Shop"))
    assert isinstance(price, PriceView) and price.amount == "0.022"
    assert described.balance("reseller:Shop") == 0
    described.nouns.trunks.create(described.owner, TrunkCreate("own", "192.0.2.3", reseller="Shop", numbers=[TrunkNumber("49301")]))
    described.apply({"tollhouse": 1, "routes": [{"prefix": "49", "reseller": "Shop", "trunks": ["own"]}]})
    described.nouns.resellers.archive(described.owner, ById(made.id))
    assert described.apply(described.export()).changed == {}
    assert described.nouns.resellers.get(described.owner, ById(made.id)).archived_at is not None
    for wrong in (1, 2):
        with pytest.raises(Conflict):
            described.nouns.resellers.archive(described.owner, ById(wrong))


def test_an_incoming_number_is_taken_off(described: Described) -> None:
    described.nouns.trunks.remove_number(described.owner, TrunkNumberRemove("31201234567"))
    assert described.services.hot.dids == {}
    with pytest.raises(NotFound):
        described.nouns.trunks.remove_number(described.owner, TrunkNumberRemove("31201234567"))
    with pytest.raises(Conflict):
        described.nouns.trunks.archive(described.owner, ById(1))
    described.nouns.routes.remove(described.owner, ById(1))
    described.nouns.trunks.archive(described.owner, ById(1))
    assert described.nouns.trunks.list(described.owner, Listing()).trunks == []
