"""Tariffs in a description file: where names are sought, the automatic retail tariff, versions of rates."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import NotFound
from appliance.wire.rates import NoPrice, PriceRequest, PriceView
from tests.services.nouns.described import Described, example

COST: dict[str, Any] = {"name": "cost", "rates": [{"prefix": "31", "destination": "Netherlands", "price_per_minute": "0.10"}]}
ROOT: dict[str, Any] = {"name": "root", "retail_markup_percent": "50"}


def price(shop: Described, tariff: str, number: str = "31201234567", reseller: str = "root", seconds: int = 60) -> str:
    found = shop.nouns.prices.price(shop.owner, PriceRequest(number, seconds, tariff=tariff, reseller=reseller))
    return found.amount if isinstance(found, PriceView) else found.error


def test_retail_is_what_the_first_trunk_costs_and_the_percentage(empty: Described) -> None:
    empty.apply({"tollhouse": 1, "resellers": [ROOT], "tariffs": [COST], "trunks": [{"name": "t", "host": "192.0.2.1", "cost_tariff": "cost"}]})
    assert price(empty, "retail") == "0.15"


def test_an_empty_retail_is_hung_below_the_first_cost_tariff(empty: Described) -> None:
    empty.apply({"tollhouse": 1, "resellers": [ROOT]})
    assert price(empty, "retail") == "no_rate"
    empty.apply({"tollhouse": 1, "tariffs": [COST], "trunks": [{"name": "t", "host": "192.0.2.1", "cost_tariff": "cost"}]})
    assert price(empty, "retail") == "0.15"


def test_a_retail_that_somebody_gave_is_left_alone(empty: Described) -> None:
    empty.apply({"tollhouse": 1, "resellers": [ROOT], "tariffs": [{"name": "retail"}]})
    empty.apply({"tollhouse": 1, "tariffs": [COST], "trunks": [{"name": "t", "host": "192.0.2.1", "cost_tariff": "cost"}]})
    assert price(empty, "retail") == "no_rate"


def test_a_new_percentage_moves_the_automatic_tariff(empty: Described) -> None:
    file = {"tollhouse": 1, "resellers": [ROOT], "tariffs": [COST], "trunks": [{"name": "t", "host": "192.0.2.1", "cost_tariff": "cost"}]}
    empty.apply(file)
    empty.apply({"tollhouse": 1, "resellers": [{"name": "root", "retail_markup_percent": "60"}]})
    assert price(empty, "retail") == "0.16"
    empty.apply({"tollhouse": 1, "tariffs": [{"name": "retail", "markup_percent": "5"}]})
    empty.apply({"tollhouse": 1, "resellers": [{"name": "root", "retail_markup_percent": "70"}]})
    assert price(empty, "retail") == "0.105"


def test_names_are_sought_among_ones_own_then_the_buying_tariff(empty: Described) -> None:
    empty.apply(
        {
            "tollhouse": 1,
            "resellers": [
                ROOT,
                {"name": "Leaf", "parent": "Sub", "tariff": "wholesale", "retail_markup_percent": "100"},
                {"name": "Sub", "parent": "root", "tariff": "to-sub", "retail_markup_percent": "100"},
            ],
            "tariffs": [
                {"reseller": "Sub", "name": "wholesale", "base": "to-sub", "markup_percent": "50"},
                {"reseller": "Leaf", "name": "wholesale", "base": "wholesale", "markup_percent": "100"},
                {"reseller": "Sub", "name": "deep", "base": "wholesale", "markup_percent": "0", "surcharge_per_minute": "0.01"},
                {"name": "to-sub", "base": "cost", "markup_percent": "100"},
                COST,
            ],
            "customers": [{"reseller": "Leaf", "name": "L", "tariff": "wholesale"}, {"reseller": "Sub", "name": "S", "tariff": "to-sub"}],
        }
    )
    assert price(empty, "to-sub") == "0.20"
    assert price(empty, "wholesale", reseller="Sub") == "0.30"
    assert price(empty, "wholesale", reseller="Leaf") == "0.60"
    assert price(empty, "deep", reseller="Sub") == "0.31"
    assert (price(empty, "retail", reseller="Sub"), price(empty, "retail", reseller="Leaf")) == ("0.40", "0.60")
    with pytest.raises(NotFound):
        price(empty, "cost", reseller="Sub")
    assert empty.apply(empty.export()).changed == {}


def test_another_buying_tariff_takes_what_derives_from_it_along(described: Described) -> None:
    described.apply(
        {
            "tollhouse": 1,
            "tariffs": [
                {"reseller": "Sub One", "name": "mine", "base": "to-sub-one", "markup_percent": "100"},
                {"name": "cheaper", "base": "carrier-cost", "markup_percent": "0"},
            ],
            "customers": [{"reseller": "Sub One", "name": "S", "tariff": "to-sub-one"}],
        }
    )
    assert price(described, "mine", reseller="Sub One") == "0.022"
    described.apply({"tollhouse": 1, "resellers": [{"name": "Sub One", "tariff": "cheaper"}]})
    assert price(described, "mine", reseller="Sub One") == "0.02"
    exported = described.export()
    assert next(each for each in exported["customers"] if each["name"] == "S")["tariff"] == "cheaper"


def test_a_changed_rate_is_a_new_version(described: Described) -> None:
    tariff = described.store.tariffs.find(1, "carrier-cost")
    assert tariff is not None
    (old,) = described.store.rates.active(tariff.id)
    done = described.apply(
        {"tollhouse": 1, "tariffs": [{"name": "carrier-cost", "rates": [{"prefix": "31", "price_per_minute": "0.02"}, {"prefix": "32"}]}]}
    )
    assert (done.created["rates"], done.changed["rates"]) == (1, 1)
    new = {rate.prefix: rate for rate in described.store.rates.active(tariff.id)}
    assert (new["31"].price_micros, new["31"].destination) == (20_000, "Netherlands")
    assert described.store.rates.get(old.id) == old
    assert price(described, "retail") == "0.025"


def test_a_future_price_stands_beside_the_present_one(described: Described) -> None:
    future = {"prefix": "31", "price_per_minute": "0.05", "valid_from": "2026-02-01", "valid_until": None}
    file = {"tollhouse": 1, "tariffs": [{"name": "carrier-cost", "rates": [future]}]}
    assert described.apply(file).created == {"rates": 1}
    assert described.apply(file).created == {}
    ask = PriceRequest("31201234567", 60, tariff="carrier-cost")
    now = described.nouns.prices.price(described.owner, ask)
    assert isinstance(now, PriceView) and now.amount == "0.01"
    later = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, at="2026-02-01T00:00:00Z", tariff="carrier-cost"))
    assert isinstance(later, PriceView) and later.amount == "0.05"


def test_an_override_follows_where_it_says_nothing(described: Described) -> None:
    described.apply(
        {
            "tollhouse": 1,
            "tariffs": [
                {
                    "name": "retail",
                    "overrides": [{"prefix": "3197", "price_per_minute": None, "connection_fee": "0.01"}, {"prefix": "319", "blocked": True}],
                }
            ],
        }
    )
    assert price(described, "retail", "31971234567") == "0.0225"
    assert described.nouns.prices.price(described.owner, PriceRequest("31901234567", 60, tariff="retail")) == NoPrice("blocked")
    assert described.apply(described.export()).changed == {}


def test_a_customers_price_is_by_its_dial_plan(described: Described) -> None:
    described.apply({"tollhouse": 1, "customers": [{"name": "Alice Shop", "dial_plan": {"country": "31", "national": "0"}}]})
    found = described.nouns.prices.price(described.owner, PriceRequest("0201234567", 61, customer="Alice Shop"))
    assert isinstance(found, PriceView)
    assert (found.normalised, found.prefix, found.billed_seconds, found.amount, found.currency) == ("31201234567", "31", 61, "0.0127", "EUR")
    assert found.explanation["tariff"] == "retail"
    free = described.nouns.prices.price(described.owner, PriceRequest("1000001", 61, customer="Alice Shop"))
    assert isinstance(free, PriceView) and (free.amount, free.destination) == ("0.00", "on-net")


def test_what_is_derived_may_be_cut_loose(described: Described) -> None:
    described.apply({"tollhouse": 1, "tariffs": [{"name": "retail", "base": None}]})
    assert price(described, "retail") == "no_rate"
    assert price(described, "retail", "31971234567") == "0.05"
    assert described.apply(example(resellers=[], customers=[], trunks=[])).changed == {"tariffs": 1}
    assert price(described, "retail") == "0.0125"
