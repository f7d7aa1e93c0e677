"""A call shop in a description file: made whole, the same when applied again, and its faults named by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.errors import UserError
from appliance.wire.shapes import ById
from appliance.wire.shops import ShopList
from tests.services.nouns.described import Described, example, opened

SHOP: dict[str, Any] = {
    "booth_markup_percent": "50",
    "chain": "piers",
    "receipt_name": "Pier Calls",
    "tax_percent": "21",
    "rounding": "0.05",
    "currencies": {"USD": "0.90"},
    "blocked": ["900"],
    "booths": [{"number": "1000001", "name": "Sea view", "position": 4}, {"number": "1000002", "desk": True}],
    "tills": [{"name": "Front", "printer": "file", "address": "/tmp/x", "signing_address": "http://127.0.0.1:9100/", "signing_seconds": 2}],
    "goods": [{"name": "Cola", "price": "1.50", "stock": 10}],
    "operators": [{"login": "cleo", "password": "correct horse 2"}, {"login": "sam", "role": "supervisor"}],
}


def described(**changed: Any) -> dict[str, Any]:
    file = example()
    customer = file["customers"][0]
    customer["endpoints"].append({"number": "1000002", "password": "secret-2"})
    customer |= {"call_shop": True, "shop": {**SHOP, **changed}}
    return file


def apply(shop: Described, **changed: Any) -> tuple[dict[str, int], dict[str, int]]:
    done = shop.apply(described(**changed))
    return done.created, done.changed


def test_a_shop_is_made_whole_and_applied_again_nothing_changes(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        created, changed = apply(one)
        assert {name: created[name] for name in ("tills", "goods")} == {"tills": 1, "goods": 1} and changed["shops"] == 1
        assert apply(one) == ({}, {})
        shops = one.nouns.call_shop
        row = one.store.customers.list()
        shop = next(each for each in row if each.call_shop)
        view = shops.shops.get(one.owner, ById(shop.id))
        assert (view.booth_markup_percent, view.chain, view.tax_percent, view.currencies) == ("50", "piers", "21", {"USD": "0.90"})
        clerk = one.operator("cleo")
        assert [each.id for each in shops.shops.list(clerk, ShopList()).shops] == [shop.id]
        again = one.export()
        assert again["customers"][0]["shop"]["operators"][0] | {"login": "cleo", "role": "clerk"} == again["customers"][0]["shop"]["operators"][0]
        assert (lambda done: (done.created, done.changed))(one.apply(again)) == ({}, {})
        assert one.verified()
    with opened(tmp_path / "two") as two:
        two.apply(again)
        assert two.export()["customers"] == again["customers"]


def test_what_was_sold_since_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        apply(one)
        goods = one.store.database.value("SELECT id FROM goods", ())
        with one.services.changes.unit():
            one.store.goods.move(goods, -3)
        assert apply(one) == ({}, {})
        assert one.store.goods.get(goods) is not None and one.store.database.value("SELECT stock FROM goods", ()) == 7
        assert apply(one, goods=[{"name": "Cola", "price": "1.60", "stock": None}]) == ({}, {"goods": 1})
        assert one.store.database.value("SELECT stock FROM goods", ()) is None


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"booths": [{"number": "1000009"}]}, "endpoint.unknown", "customers[0].shop.booths[0].number"),
        ({"tills": [{"name": "A"}, {"name": "A"}]}, "description.twice", "customers[0].shop.tills[1].name"),
        ({"goods": [{"name": "Water"}]}, "field.missing", "customers[0].shop.goods[0].price"),
        ({"tills": [{"name": "A", "signing_address": "http://8.8.8.8/"}]}, "signing.address", "customers[0].shop.tills[0].signing_address"),
        ({"operators": [{"login": "owner"}]}, "operator.login_taken", "customers[0].shop.operators[0].login"),
        ({"booth_tariff": "nowhere"}, "tariff.unknown", "customers[0].shop.booth_tariff"),
    ],
)
def test_a_fault_is_named_by_its_field(tmp_path: Path, changed: dict[str, Any], code: str, field: str) -> None:
    with opened(tmp_path) as one:
        one.apply(example())
        with pytest.raises(UserError) as raised:
            apply(one, **changed)
        assert (raised.value.code, raised.value.field) == (code, field)
        assert not any(each.call_shop for each in one.store.customers.list())


def test_a_shop_needs_its_option(tmp_path: Path) -> None:
    file = described()
    file["customers"][0]["call_shop"] = False
    with opened(tmp_path) as one, pytest.raises(UserError, match=r"shop\.off"):
        one.apply(file)
