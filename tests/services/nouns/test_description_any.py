"""Any shop that can be described: applied twice it is the same, and its export makes it again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.money import format_amount
from tests.services.nouns.described import Described, opened

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
AMOUNTS = st.integers(min_value=0, max_value=10**9).map(format_amount)
MAYBE = st.sampled_from([None, 0, 3, 200])
PREFIXES = ["", "1", "31", "3120", "44", "4479", "999"]


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields, any of them left out."""
    return st.fixed_dictionaries({}, optional=fields)


RATES = optional(
    destination=TEXTS,
    price_per_minute=AMOUNTS,
    connection_fee=AMOUNTS,
    first_increment=st.integers(0, 90),
    next_increment=st.integers(1, 90),
    minimum_charge=st.sampled_from([None, "0", "0.05"]),
    maximum_charge=st.sampled_from([None, "5"]),
    blocked=st.booleans(),
    valid_from=st.sampled_from([None, "2025-01-01", "2027-01-01T12:00:00Z"]),
    valid_until=st.sampled_from([None, "2030-01-01"]),
)
CUSTOMER = optional(
    first_name=TEXTS,
    address=TEXTS,
    email=TEXTS,
    vat_number=st.one_of(st.none(), TEXTS),
    payment_terms_days=st.integers(0, 90),
    max_calls=MAYBE,
    disabled=st.booleans(),
    call_shop=st.booleans(),
    timezone=st.sampled_from(["", "Asia/Tokyo", None]),
    language=st.sampled_from(["", "nl", "pt-BR"]),
    tax=st.sampled_from([None, "21", "exempt"]),
    currency=st.sampled_from(["USD", None]),
    dial_plan=st.sampled_from([None, {"country": "31", "national": "0"}]),
)
SHOP = optional(
    booth_markup_percent=st.sampled_from(["0", "33.3"]),
    chain=st.sampled_from([None, "piers"]),
    receipt_name=TEXTS,
    receipt_head=st.one_of(st.none(), TEXTS),
    tax_percent=st.sampled_from([None, "21"]),
    rounding=st.sampled_from([None, "0", "0.05"]),
    denominations=st.sampled_from([None, [], ["0.05", "1", "0.5"]]),
    currencies=st.sampled_from([None, {}, {"USD": "0.9"}]),
    forgive_seconds=st.sampled_from([None, 10]),
    forgive_amount=st.sampled_from([None, "2"]),
    warn_seconds=st.sampled_from([None, 30]),
    blocked=st.sampled_from([None, [], ["90", "+1900"]]),
    pin_everything=st.sampled_from([None, True]),
)
BOOTH = optional(name=TEXTS, position=st.sampled_from([None, 1, 7]), blocked=st.sampled_from([None, ["44"]]), desk=st.booleans())
TILL = optional(
    printer=st.sampled_from(["none", "file", "qt"]),
    address=TEXTS,
    columns=st.sampled_from([32, 42, 48]),
    drawer=st.sampled_from([None, False]),
    signing_address=st.sampled_from([None, "", "http://10.0.0.7:8080/sign"]),
    signing_seconds=st.sampled_from([None, 1, 10]),
)
GOODS = optional(code=TEXTS, tax_percent=st.sampled_from([None, "9"]), cost=st.sampled_from([None, "0.4"]), stock=st.sampled_from([None, 0, 12]))
FEES = st.sampled_from([None, "0", "1.5", "12"])
SALE = optional(setup_fee=FEES, monthly_fee=FEES, price_per_minute=FEES)
ENDPOINT = optional(
    media=st.sampled_from(["auto", "always", "never", None]),
    max_calls=MAYBE,
    display_name=TEXTS,
    addresses=st.just(["192.0.2.0/24"]),
    password=st.sampled_from([None, "x"]),
)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Any]:
    """A tree of resellers, tariffs derived down the tree, customers with shared accounts."""
    names = [f"R{index}" for index in range(draw(st.integers(1, 4)))]
    resellers: list[dict[str, Any]] = [{"name": names[0], "currency": "EUR"}]
    tariffs: list[dict[str, Any]] = [{"name": "cost", "reseller": names[0], "rates": draw(rates())}]
    for index, name in enumerate(names[1:], 1):
        parent = draw(st.integers(0, index - 1))
        buying = f"to-{name}"
        base = "cost" if parent == 0 else f"to-{names[parent]}"
        tariffs.append(
            {
                "name": buying,
                "reseller": names[parent],
                "base": base,
                "markup_percent": draw(st.sampled_from(["0", "12.5", "-3"])),
                "overrides": draw(rates()),
                "tiers": [{"from_minutes": 10 + each, "discount_percent": "2.5"} for each in range(draw(st.integers(0, 2)))],
            }
        )
        limit = {"credit_limit": draw(AMOUNTS)} if draw(st.booleans()) else {}
        resellers.append({"name": name, "parent": names[parent], "tariff": buying, "opening_balance": draw(AMOUNTS), **limit})
    customers = []
    for index in range(draw(st.integers(0, 4))):
        account = draw(st.sampled_from([None, "shared", f"own {index}"]))
        endpoints = [{"number": f"77{index}{place}", **draw(ENDPOINT)} for place in range(draw(st.integers(0, 2)))]
        customer = {"name": f"C{index} {draw(TEXTS)}".strip(), "reseller": draw(st.sampled_from(names)), **draw(CUSTOMER), "endpoints": endpoints}
        if draw(st.booleans()):
            customer |= {"special_rates": draw(rates()), "bundles": [{"bundle": "minutes", "since": "2025-01-01T00:00:00Z"}]}
        if customer.get("call_shop"):
            customer["shop"] = draw(call_shop(index, [each["number"] for each in endpoints]))
        if account is not None:
            customer["credit_account"] = {"name": account, "opening_balance": "5.00"} if account != "shared" else {"name": account}
        customers.append(customer)
    numbers = [{"did": "31"}, *draw(sold_numbers(resellers, customers))]
    trunk = {"name": "carrier", "host": "192.0.2.9", "cost_tariff": draw(st.sampled_from(["cost", None])), "numbers": numbers}
    routes = [{"prefix": prefix, "trunks": ["carrier"]} for prefix in draw(st.sets(st.sampled_from(PREFIXES)))]
    return {
        "tollhouse": 1,
        "resellers": draw(st.permutations(resellers)),
        "tariffs": draw(st.permutations(tariffs)),
        "trunks": [trunk],
        "routes": routes,
        "bundles": [{"name": "minutes", "reseller": name, "prefixes": ["31"], "minutes": 60 + place} for place, name in enumerate(names)],
        "customers": customers,
    }


@st.composite
def sold_numbers(draw: st.DrawFn, resellers: list[dict[str, Any]], customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers of the root's trunk, each sold down the tree to somebody, whose customer it may ring."""
    parents = {each["name"]: each.get("parent") for each in resellers}
    numbers = []
    for index in range(draw(st.integers(0, 2))):
        last = draw(st.sampled_from(list(parents)))
        chain: list[dict[str, Any]] = []
        at = last
        while parents[at] is not None:
            chain.insert(0, {"reseller": at, **draw(SALE)})
            at = parents[at]
        ringing = [endpoint["number"] for each in customers if each["reseller"] == last for endpoint in each["endpoints"]]
        rings: bool = bool(ringing) and draw(st.booleans())
        endpoint = {"endpoint": draw(st.sampled_from(ringing))} if rings else {}
        numbers.append({"did": f"32{index}", **endpoint, **draw(SALE), **({"sold": chain} if chain else {})})
    return numbers


@st.composite
def call_shop(draw: st.DrawFn, index: int, numbers: list[str]) -> dict[str, Any]:
    shop = draw(SHOP)
    shop["booths"] = [{"number": number, **draw(BOOTH)} for number in numbers if draw(st.booleans())]
    shop["tills"] = [{"name": f"till {at}", **draw(TILL)} for at in range(draw(st.integers(0, 2)))]
    shop["goods"] = [{"name": f"thing {at}", "price": draw(AMOUNTS), **draw(GOODS)} for at in range(draw(st.integers(0, 2)))]
    roles = st.sampled_from(["clerk", "supervisor", "owner", "manager"])
    shop["operators"] = [{"login": f"clerk {index} {at}", "role": draw(roles), "name": f"P {index} {at}"} for at in range(draw(st.integers(0, 2)))]
    return shop


@st.composite
def rates(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [{"prefix": prefix, **draw(RATES)} for prefix in draw(st.sets(st.sampled_from(PREFIXES)))]


@given(shops())
def test_any_shop_is_the_same_when_applied_again(tmp_path_factory: pytest.TempPathFactory, file: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    with opened(folder / "one") as one:
        one.apply(file)
        exported = one.export()
        unchanged(one, file)
        unchanged(one, exported)
        assert one.export() == exported
        assert one.verified()
    with opened(folder / "two") as two:
        two.apply(exported)
        assert json.dumps(two.export()) == json.dumps(exported)


def unchanged(shop: Described, file: dict[str, Any]) -> None:
    done = shop.apply(file)
    assert (done.created, done.changed, done.passwords) == ({}, {}, {})
