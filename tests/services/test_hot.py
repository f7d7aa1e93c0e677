"""Look-ups follow the store: after a commit, once for many changes, and never before."""

from __future__ import annotations

import pytest

from appliance.services.ground.hot import Hot
from appliance.services.ground.trunk_addresses import TrunkAddresses
from appliance.store.endpoints import Secret
from appliance.store.exchange_rates import ExchangeRate
from tests.services.shop import Shop, Simple, rate


def test_two_thousand_new_endpoints_are_one_reading(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it = Simple(shop)
    read: list[int] = []
    load = Hot._load_endpoints

    def counted(self: Hot, ids: tuple[int, ...] = ()) -> None:
        read.append(len(ids))
        load(self, ids)

    monkeypatch.setattr(Hot, "_load_endpoints", counted)
    with shop.services.changes.unit():
        for number in range(2_000_000, 2_002_000):
            row = shop.store.endpoints.insert(customer_id=it.customer, number=str(number), auth_name=str(number), created_at=1)
            shop.services.changes.note("endpoint", row)
        assert shop.services.hot.by_number("2000000") is None
    assert read == [2000]
    assert shop.services.hot.by_number("2001999") is not None


def test_nothing_changes_before_the_commit_nor_by_a_lost_one(shop: Shop) -> None:
    it = Simple(shop)
    with pytest.raises(ZeroDivisionError), shop.services.changes.unit():
        shop.endpoint(it.customer, "1000009")
        raise ZeroDivisionError
    assert shop.services.hot.by_number("1000009") is None
    assert shop.store.endpoints.find("1000009") is None


def test_an_archived_endpoint_and_a_new_password_count_at_once(shop: Shop) -> None:
    it = Simple(shop)
    hot = shop.services.hot
    first = hot.login("1000001", "SIP.root.test")
    assert first is not None and first.ha1_md5 == "a" * 32
    with shop.services.changes.unit():
        shop.store.endpoints.put_secret(Secret(it.alice, "sip.root.test", "c" * 32, "d" * 64, None))
        shop.services.changes.note("endpoint", it.alice)
    again = hot.login("1000001", "sip.root.test")
    assert again is not None and again.ha1_md5 == "c" * 32
    with shop.services.changes.unit():
        shop.store.endpoints.archive(it.alice, shop.clock.utcnow())
        shop.services.changes.note("endpoint", it.alice)
    assert hot.login("1000001", "sip.root.test") is None
    assert hot.by_number("1000001") is None


def test_an_old_domain_is_a_realm_until_its_passwords_end(shop: Shop) -> None:
    it = Simple(shop)
    hot = shop.services.hot
    with shop.services.changes.unit():
        shop.store.resellers.update(it.root, {"sip_domain": "sip.new.test", "old_sip_domains": '["sip.root.test"]'})
        shop.services.changes.note("reseller", it.root)
        shop.store.endpoints.put_secret(Secret(it.alice, "sip.new.test", "e" * 32, "f" * 64, None))
        shop.store.endpoints.end_secret(it.alice, "sip.root.test", shop.clock.utcnow() + 60_000)
        shop.services.changes.note("endpoint", it.alice)
    assert hot.domains == {"sip.root.test", "sip.new.test"}
    assert hot.realm("sip.root.test", "1000001") == "sip.root.test"
    assert hot.realm("192.0.2.9", "1000001") == "sip.new.test"
    assert hot.realm("192.0.2.9", "nobody") == "sip.new.test"
    assert hot.login("1000001", "sip.root.test") is not None
    shop.clock.advance(61)
    assert hot.login("1000001", "sip.root.test") is None
    assert hot.login("1000001", "sip.new.test") is not None


def test_a_changed_rate_a_new_tariff_and_a_derived_one_are_priced_at_once(shop: Shop) -> None:
    it = Simple(shop)
    prices, now = shop.services.hot.prices, shop.clock.utcnow()
    with shop.services.changes.unit():
        rate_set = shop.store.rates.open_set(it.cost, "edit", now)
        shop.store.rates.add(rate_set, it.cost, [rate("4420", "0.0300")])
        shop.store.rates.activate(rate_set, now)
        shop.services.changes.note("rate", it.cost)
    terms = prices.terms(it.retail, "442079460001", "EUR", now)
    assert terms.price.price_micros == 37_500  # type: ignore[union-attr]
    second = shop.tariff(it.root, "second", base=it.retail, markup_ppm=1_000_000)
    assert prices.terms(second, "442079460001", "EUR", now).price.price_micros == 75_000  # type: ignore[union-attr]


def test_an_account_in_another_currency_pays_by_the_dated_rate(shop: Shop) -> None:
    it = Simple(shop)
    now = shop.clock.utcnow()
    with shop.services.changes.unit():
        for base, quote, day, number in (
            ("EUR", "USD", "2020-01-01", "1.5"),
            ("EUR", "USD", "2999-01-01", "9"),
            ("EUR", "GBP", "2020-01-01", "0.75"),
        ):
            row = ExchangeRate(0, base, quote, day, number, "typed", now)._asdict()
            row.pop("id")
            shop.store.exchange_rates.insert(**row)
        shop.services.changes.note("exchange_rate")
    prices = shop.services.hot.prices
    assert prices.exchange("EUR", "USD", now).convert(1_000_000) == 1_500_000  # type: ignore[union-attr]
    assert prices.exchange("USD", "EUR", now).convert(1_500_000) == 1_000_000  # type: ignore[union-attr]
    assert prices.exchange("USD", "GBP", now).convert(2_000_000) == 1_000_000  # type: ignore[union-attr]
    assert prices.exchange("USD", "SEK", now) is None
    terms = prices.terms(it.retail, "4930123456", "USD", now)
    assert (terms.currency, terms.amount(1000)) == ("USD", 15_000)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("addresses", "source", "owner"),
    [
        (("192.0.2.50",), ("192.0.2.50", 5060), (1, True)),
        (("192.0.2.50",), ("192.0.2.50", 5999), (1, False)),
        (("192.0.2.50:5070",), ("192.0.2.50", 5070), (1, True)),
        (("192.0.2.50:5070",), ("192.0.2.50", 5071), None),
        (("192.0.2.0/24",), ("192.0.2.77", 40000), (1, False)),
        (("[2001:db8::5]:5060",), ("2001:db8::5", 5060), (1, True)),
        (("2001:db8::/32",), ("2001:db8::77", 1), (1, False)),
        (("192.0.2.50",), ("::ffff:192.0.2.50", 5060), (1, True)),
        (("carrier.example",), ("192.0.2.50", 5060), None),
        (("192.0.2.50",), ("nonsense", 5060), None),
    ],
)
def test_whose_source_an_address_is(shop: Shop, addresses: tuple[str, ...], source: tuple[str, int], owner: tuple[int, bool] | None) -> None:
    it = Simple(shop)
    trunk = shop.services.hot.trunks[it.trunk]._replace(addresses=addresses)
    assert TrunkAddresses([trunk]).find(*source) == owner
    found = TrunkAddresses([trunk])
    assert [found.find(*source) for _ in range(2)] == [owner, owner]


def test_a_carriers_name_counts_once_it_is_looked_up(shop: Shop) -> None:
    it = Simple(shop)
    hot = shop.services.hot
    with shop.services.changes.unit():
        shop.store.trunks.update(it.trunk, {"host": "SIP.carrier.example"})
        shop.services.changes.note("trunk", it.trunk)
    assert hot.trunk_addresses.names == {"sip.carrier.example"}
    assert hot.trunk_addresses.find("192.0.2.60", 5060) is None
    hot.looked_up("sip.carrier.example", ["192.0.2.61", "192.0.2.60"])
    assert hot.trunk_addresses.find("192.0.2.60", 5060) == (it.trunk, True)
    hot.looked_up("sip.carrier.example", [])
    assert hot.trunk_addresses.find("192.0.2.61", 7) == (it.trunk, False)
    hot.looked_up("sip.carrier.example", ["192.0.2.62"])
    assert hot.trunk_addresses.find("192.0.2.60", 5060) is None
