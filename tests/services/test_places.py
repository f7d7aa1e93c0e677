"""Where phones may be: the nearest that has something typed decides, refusals are kept to be looked at, and "allow" lets one phone through."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import NotFound, UserError
from appliance.services.ground.access import folder_owner
from appliance.services.ground.address_country import country_of_address
from appliance.wire.guard import BanLift, LimitsGet, LimitsSet
from tests.services.shop import Shop, Simple

DUTCH, NIGERIAN, NOBODYS, LAN = "2a02:a440::1", "41.58.0.1", "203.0.113.9", "192.168.1.20"


@pytest.fixture
def it(shop: Shop) -> Simple:
    return Simple(shop)


def typed(shop: Shop, kind: str, owner: int, **limits: list[str]) -> None:
    shop.services.nouns.limits.set(folder_owner(), LimitsSet(kind, owner, **limits))  # type: ignore[arg-type]


def where(shop: Shop, endpoint: int) -> set[str]:
    return {host for host in (DUTCH, NIGERIAN, NOBODYS, LAN) if shop.services.places.may_be(endpoint, host)}


def test_the_country_of_an_address() -> None:
    assert [country_of_address(host) for host in (DUTCH, NIGERIAN, NOBODYS, LAN, "::ffff:41.58.0.1", "fe80::1%eth0", "a name")] == [
        "NL", "NG", "", "", "NG", "", "",
    ]  # fmt: skip


def test_nobody_limits_a_phone_unless_it_is_typed(shop: Shop, it: Simple) -> None:
    assert where(shop, it.alice) == {DUTCH, NIGERIAN, NOBODYS, LAN}


def test_countries_spare_the_own_network_and_networks_do_not(shop: Shop, it: Simple) -> None:
    typed(shop, "reseller", it.root, countries=["nl", "BE"])
    assert where(shop, it.alice) == {DUTCH, LAN}
    typed(shop, "reseller", it.root, countries=[], networks=["203.0.113.7/24"])
    assert where(shop, it.alice) == {NOBODYS}
    typed(shop, "reseller", it.root, countries=["NG"])
    assert where(shop, it.alice) == {NOBODYS, NIGERIAN}
    typed(shop, "reseller", it.root, countries=[], networks=[])
    assert len(where(shop, it.alice)) == 4
    assert shop.services.nouns.limits.get(folder_owner(), LimitsGet("reseller", it.root)).networks == []


def test_the_nearest_decides(shop: Shop, it: Simple) -> None:
    other = shop.endpoint(it.customer, "1000002")
    typed(shop, "customer", it.customer, countries=["NL"])
    typed(shop, "reseller", it.root, countries=["NG"])
    typed(shop, "endpoint", other, networks=["203.0.113.9"])
    assert where(shop, it.alice) == {DUTCH, LAN} and where(shop, other) == {NOBODYS}


def test_a_refusal_is_shown_told_and_allowed_for_that_phone_alone(shop: Shop, it: Simple) -> None:
    nouns, owner, other = shop.services.nouns, folder_owner(), shop.endpoint(it.customer, "1000002")
    typed(shop, "customer", it.customer, countries=["NL"])
    for _ in range(3):
        assert not shop.services.places.may_be(it.alice, NIGERIAN)
    nouns.bans.now = shop.services.places.rows
    (ban,) = nouns.bans.list(owner).bans
    assert (ban.kind, ban.name, ban.endpoint, ban.reason, ban.country, ban.times) == ("place", "1000001", "1000001", "country", "NG", 3)
    alerts = [each for each in nouns.alerts.list(owner).alerts if each.code == "alert.place"]
    assert [each.parameters for each in alerts] == [{"number": "1000001", "where": f"{NIGERIAN} (NG)"}]
    lifted: list[tuple[str, str, str]] = []
    nouns.bans.lifted = lambda *who: not lifted.append(who)
    nouns.bans.allow(owner, BanLift("place", NIGERIAN, "1000001"))
    assert where(shop, it.alice) == {DUTCH, NIGERIAN, LAN} and where(shop, other) == {DUTCH, LAN}
    assert lifted == [("address", NIGERIAN, ""), ("user", NIGERIAN, "1000001")]
    assert nouns.limits.get(owner, LimitsGet("endpoint", it.alice)).countries == ["NG", "NL"]
    with pytest.raises(NotFound):
        nouns.bans.lift(owner, BanLift("place", NIGERIAN, "1000001"))


def test_an_address_without_a_country_is_allowed_as_such(shop: Shop, it: Simple) -> None:
    nouns, owner = shop.services.nouns, folder_owner()
    typed(shop, "customer", it.customer, countries=["NL"])
    assert not shop.services.places.may_be(it.alice, NOBODYS)
    nouns.bans.now = shop.services.places.rows
    nouns.bans.allow(owner, BanLift("place", NOBODYS, "1000001"))
    view = nouns.limits.get(owner, LimitsGet("endpoint", it.alice))
    assert (view.networks, view.countries) == ([NOBODYS], ["NL"])


@pytest.mark.parametrize(
    ("kind", "limits", "field"),
    [
        ("customer", {"countries": ["Holland"]}, "countries[0]"),
        ("customer", {"countries": ["NL", ""]}, "countries[1]"),
        ("customer", {"networks": ["10.0.0.0/40"]}, "networks[0]"),
        ("trunk", {"networks": ["10.0.0.0/8"]}, "networks"),
    ],
)
def test_what_is_no_place_is_refused_at_its_field(shop: Shop, it: Simple, kind: str, limits: dict[str, list[str]], field: str) -> None:
    with pytest.raises(UserError) as refused:
        typed(shop, kind, it.trunk if kind == "trunk" else it.customer, **limits)
    assert refused.value.field == field


def test_a_restart_keeps_limits_and_what_was_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "data")
    shop.start()
    it = Simple(shop)
    typed(shop, "endpoint", it.alice, networks=["198.51.100.0/24"])
    assert not shop.services.places.may_be(it.alice, DUTCH)
    rows = shop.services.places.rows()
    with shop.services.changes.unit():
        shop.store.guard.set_bans(rows)
    shop.crash()
    shop.services.places.restore(list(shop.store.guard.bans(shop.clock.utcnow())))
    assert shop.services.places.rows() == rows and [row.reason for row in rows] == ["network"]
    assert not shop.services.places.may_be(it.alice, DUTCH)
    shop.clock.advance(86_401)
    assert shop.services.places.rows() == []
    shop.store.close()
