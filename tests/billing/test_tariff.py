"""Longest prefix, versions, chains of derived tariffs, overrides, and what is remembered of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.explanation import explain
from appliance.billing.rate import NO_MAXIMUM, Blocked, NoRate, Price, Rate, check_rate
from appliance.billing.rate_deck import RateDeck
from appliance.billing.rating import Terms
from appliance.billing.schedule import TimeBand
from appliance.billing.tariff import Tariff, TariffBook
from appliance.errors import UserError
from appliance.money import exchange, markup

NOW = 1_767_225_600_000


def _book() -> TariffBook:
    book = TariffBook()
    book.put(Tariff(1, "carrier-cost", "EUR"))
    book.set_rates(
        1,
        [
            Rate(1, "31", "Netherlands", 10_000, 5_000, 60, 6, 10, 2, 1, 20_000, 900_000),
            Rate(2, "316", "Netherlands mobile", 50_000),
            Rate(3, "3190", "Netherlands premium", 500_000, blocked=1),
            Rate(4, "1", "USA", 0),
            Rate(6, "7", "no price"),
        ],
    )
    book.put(Tariff(2, "to-sub-one", "EUR", base_id=1, markup_ppm=100_000))
    book.put(Tariff(3, "retail", "EUR", base_id=2, markup_ppm=250_000))
    book.set_rates(3, [Rate(10, "3197", None, 50_000), Rate(11, "44", "UK", 70_000), Rate(12, "45")])
    return book


def _price(book: TariffBook, tariff_id: int, number: str, at: int = NOW) -> Price:
    found = book.price(tariff_id, number, at)
    assert isinstance(found, Price)
    return found


def test_the_longest_prefix_wins_and_the_two_other_answers_are_told_apart() -> None:
    book = _book()
    assert _price(book, 1, "31201234567").prefix == "31"
    assert _price(book, 1, "31612345678").destination == "Netherlands mobile"
    assert isinstance(book.price(1, "3190123", NOW), Blocked) and isinstance(book.price(3, "3190123", NOW), Blocked)
    assert book.price(1, "99", NOW) == book.price(1, "7", NOW) == book.price(1, "", NOW) == NoRate(1)
    assert book.price(77, "31", NOW) == NoRate(77)
    free = _price(book, 1, "1555")
    assert (free.price_micros, free.first_increment, free.next_increment, free.maximum_charge_micros, free.override) == (0, 1, 1, None, False)


def test_a_chain_raises_every_amount_and_rounds_at_each_level() -> None:
    book = _book()
    sub, retail = _price(book, 2, "3120"), _price(book, 3, "3120")
    assert (sub.price_micros, sub.connection_fee_micros) == (11_000, 5_500)
    assert (sub.minimum_charge_micros, sub.maximum_charge_micros) == (22_000, 990_000)
    assert (retail.price_micros, retail.connection_fee_micros) == (13_750, 6_875)
    assert (retail.first_increment, retail.next_increment) == (60, 6)
    assert (retail.minimum_seconds, retail.free_below_seconds, retail.free_seconds) == (10, 2, 1)
    assert [step.price_micros for step in retail.steps] == [10_000, 11_000, 13_750] and not retail.override


def test_an_override_keeps_what_it_says_and_follows_in_the_rest() -> None:
    book = _book()
    own = _price(book, 3, "31971234")
    assert own.override and (own.prefix, own.price_micros, own.destination, own.connection_fee_micros) == ("3197", 50_000, "Netherlands", 6_875)
    assert _price(book, 3, "4420").price_micros == 70_000
    assert book.price(3, "45123", NOW) == NoRate(3)
    book.add_rates(1, [Rate(5, "31", "Holland", 20_000, 10_000)])
    follows = _price(book, 3, "31971234")
    assert (follows.price_micros, follows.destination, follows.connection_fee_micros) == (50_000, "Holland", 13_750)
    book.remove_rates(3, [("3197", 10), ("none", 1), ("44", 99)])
    assert _price(book, 3, "31971234").price_micros == 27_500


def test_an_override_may_block_free_or_take_the_maximum_away() -> None:
    book = _book()
    book.add_rates(2, [Rate(20, "31", blocked=1), Rate(21, "3190", blocked=0)])
    book.add_rates(2, [Rate(22, "316", maximum_charge_micros=5), Rate(23, "319", blocked=0, maximum_charge_micros=NO_MAXIMUM)])
    assert isinstance(book.price(3, "3120", NOW), Blocked) and not _price(book, 3, "31900").blocked
    assert _price(book, 2, "316").maximum_charge_micros == 5 and _price(book, 2, "319").maximum_charge_micros is None
    book.add_rates(3, [Rate(30, "55", blocked=1)])
    assert isinstance(book.price(3, "55", NOW), Blocked)


def test_versions_by_validity_then_newest() -> None:
    book = _book()
    book.set_rates(1, [
        Rate(1, "31", "a", 1),
        Rate(2, "31", "b", 2, valid_from_at=NOW),
        Rate(3, "31", "c", 3, valid_from_at=NOW, valid_until_at=NOW + 10),
        Rate(4, "312", "d", 4, valid_from_at=NOW + 5),
        Rate(5, "312", "e", 5, valid_from_at=NOW + 50),
        Rate(6, "3120", "f", 6, valid_from_at=NOW + 50),
    ])  # fmt: skip
    seen = [_price(book, 1, "3120", at).price_micros for at in (NOW - 1, NOW, NOW + 4, NOW + 5)]
    assert seen == [1, 3, 3, 4]
    assert [_price(book, 1, "3130", at).price_micros for at in (NOW + 9, NOW + 10)] == [3, 2]
    book.remove_rates(1, [("31", 2), ("31", 3)])
    assert _price(book, 1, "3130").price_micros == 1
    book.remove_rates(1, [("31", 1)])
    assert book.price(1, "3130", NOW) == NoRate(1)


def test_an_edited_row_takes_the_place_of_its_own_id() -> None:
    deck = RateDeck([Rate(1, "31", "a", 1)])
    deck.add([(1, "31", "a", 2)])
    row = deck.match("31", "", NOW)
    assert row is not None and row.price_micros == 2 and len(deck) == 1


def test_price_rounding_and_surcharge() -> None:
    book = _book()
    book.put(Tariff(4, "round", "EUR", base_id=1, markup_ppm=333_333, surcharge_micros=1_000, price_rounding="up-3"))
    assert _price(book, 4, "316").price_micros == 68_000
    book.put(Tariff(4, "round", "EUR", base_id=1, markup_ppm=333_333, price_rounding="half-up-4"))
    assert _price(book, 4, "316").price_micros == 66_700
    book.put(Tariff(4, "round", "EUR", base_id=1, markup_ppm=-2_000_000))
    assert _price(book, 4, "316").price_micros == 0
    for wrong in ("down-2", "up-7", "up"):
        with pytest.raises(UserError, match=r"tariff\.price_rounding"):
            book.put(Tariff(5, "wrong", "EUR", price_rounding=wrong))


def test_what_cannot_be_a_base() -> None:
    book = _book()
    for tariff, code in (
        (Tariff(1, "carrier-cost", "EUR", base_id=3), "tariff.cycle"),
        (Tariff(9, "x", "EUR", base_id=8), "tariff.no_base"),
        (Tariff(9, "x", "USD", base_id=1), "tariff.currency_differs"),
        (Tariff(1, "carrier-cost", "USD"), "tariff.currency_differs"),
        (Tariff(9, "x", "EUR", base_id=1, bands=(TimeBand("peak", 0, 0, 9),)), "tariff.bands_of_base"),
    ):
        with pytest.raises(UserError) as caught:
            book.put(tariff)
        assert caught.value.code == code
    with pytest.raises(UserError, match=r"tariff\.is_base"):
        book.remove(2)
    book.remove(3)
    book.remove(2)
    assert 3 not in book and book.derived_from(1) == []
    book.remove(1)
    assert 1 not in book


def test_a_change_reaches_all_that_is_derived() -> None:
    book = _book()
    assert _price(book, 3, "316").price_micros == 68_750
    book.put(replace(book.get(2), markup_ppm=0))
    assert _price(book, 3, "316").price_micros == 62_500 and book.derived_from(1) == [2]
    book.put(replace(book.get(3), base_id=1))
    assert book.derived_from(2) == [] and book.derived_from(1) == [2, 3]


def test_terms_are_shared_until_something_changes() -> None:
    book = _book()
    first, second = book.terms(3, "31201", NOW), book.terms(3, "31202", NOW)
    assert isinstance(first, Terms) and first is second
    book.add_rates(1, [Rate(9, "31", "x", 1)])
    assert book.terms(3, "31201", NOW) is not first
    assert isinstance(book.terms(1, "3190", NOW), Blocked)
    assert book.terms(1, "31", NOW, "USD") == NoRate(1)
    dollars = book.terms(1, "31", NOW, "USD", exchange("EUR", "USD", "2"))
    euros = book.terms(1, "31", NOW, "EUR", exchange("EUR", "USD", "2"))
    assert isinstance(dollars, Terms) and dollars.currency == "USD" and isinstance(euros, Terms) and euros.exchange is None


def test_calls_between_endpoints() -> None:
    book = _book()
    assert book.on_net_terms(1) is None
    book.put(replace(book.get(1), on_net_price_micros=6_000))
    terms = book.on_net_terms(1, "EUR")
    assert isinstance(terms, Terms) and terms.amount(10_000) == 1_000 and terms.price.destination == "on-net"
    assert book.on_net_terms(1, "USD") == NoRate(1)
    dollars = book.on_net_terms(1, "USD", exchange("EUR", "USD", "2"))
    assert isinstance(dollars, Terms) and dollars.amount(10_000) == 2_000


def test_the_list_as_it_is_sold() -> None:
    book = _book()
    assert book.prefixes(3) == {"31", "316", "3190", "1", "7", "3197", "44", "45"}
    assert [price.prefix for price in book.listing(3, NOW)] == ["1", "31", "316", "3190", "3197", "44"]


def test_bands_at_the_start_and_split() -> None:
    peak = TimeBand("peak", 3, 0, 1440)  # NOW is Thursday 00:00 UTC
    book = TariffBook()
    book.put(Tariff(1, "base", "EUR", bands=(peak,)))
    minutes = Rate(1, "31", "NL", 10_000, first_increment=60, next_increment=60)
    in_peak = minutes._replace(id=2, price_micros=40_000, band="peak")
    book.set_rates(1, [minutes, in_peak, Rate(3, "32", "BE", 10_000), Rate(4, "32", "BE", 0, band="peak", blocked=1)])
    assert _price(book, 1, "31", NOW).price_micros == 40_000 and _price(book, 1, "31", NOW - 1).price_micros == 10_000
    assert [price.price_micros for price in book.listing(1, NOW - 1)] == [10_000, 10_000]
    book.put(Tariff(2, "retail", "EUR", base_id=1, markup_ppm=1_000_000, band_rule="split"))
    terms = book.terms(2, "31", NOW - 90_000)
    assert isinstance(terms, Terms) and terms.amount(180_000) == 20_000 * 2 + 80_000
    assert terms.begin(0) is terms and terms.begin(NOW).amount(60_000) == 80_000
    other = book.terms(2, "32", NOW - 90_000)
    assert isinstance(other, Terms) and other.timeline is not None and set(other.timeline.prices.values()) == {20_000}
    told = explain(terms, 180_000)
    assert told["band_rule"] == "split" and told["why"] == "derived"
    assert told["spans"] == [{"seconds": 120, "band": "", "price_per_minute": "0.02"}, {"seconds": 60, "band": "peak", "price_per_minute": "0.08"}]
    started = book.terms(1, "31", NOW)
    assert isinstance(started, Terms)
    assert explain(started, 1)["band"] == "peak"


def test_an_explanation_shows_the_chain() -> None:
    terms = _book().terms(3, "31971", NOW)
    assert isinstance(terms, Terms)
    told = explain(terms, 60_000)
    chain = told["chain"]
    assert told["why"] == "override" and isinstance(chain, list)
    told_steps = [(step["tariff_id"], step["markup_percent"], step["price_per_minute"]) for step in chain]
    assert told_steps == [(1, "0", "0.01"), (2, "10", "0.011"), (3, "0", "0.05")]


def test_rates_that_cannot_be_rated() -> None:
    check_rate(Rate(1, "31", "x", 1, 1, 0, 1, 0, 0, 0, 0, NO_MAXIMUM))
    for rate, code in (
        (Rate(1, "+31"), "rate.prefix_not_digits"),
        (Rate(1, "1" * 33), "rate.prefix_not_digits"),
        (Rate(1, "", price_micros=-1), "rate.negative"),
        (Rate(1, "", maximum_charge_micros=-2), "rate.negative"),
        (Rate(1, "", first_increment=-1), "rate.increment"),
        (Rate(1, "", next_increment=0), "rate.increment"),
        (Rate(1, "", valid_from_at=5, valid_until_at=5), "rate.validity"),
    ):
        with pytest.raises(UserError) as caught:
            check_rate(rate, "rates[3]")
        assert caught.value.code == code and str(caught.value.field).startswith("rates[3].")


chains = st.lists(st.integers(-500_000, 2_000_000), min_size=1, max_size=6)


@given(st.integers(0, 5_000_000), chains)
def test_a_chain_of_any_depth_is_the_product_rounded_at_each_level(price: int, markups: list[int]) -> None:
    book = TariffBook()
    book.put(Tariff(0, "base", "EUR"))
    book.set_rates(0, [Rate(1, "", "all", price)])
    for depth, ppm in enumerate(markups, 1):
        book.put(Tariff(depth, str(depth), "EUR", base_id=depth - 1, markup_ppm=ppm))
        price = markup(price, ppm)
    assert _price(book, len(markups), "31").price_micros == price


prefixes = st.text("0123", max_size=4)


@given(st.lists(st.tuples(prefixes, st.integers(0, 9)), max_size=20), st.text("0123", max_size=6))
def test_a_deck_finds_what_a_search_through_all_finds(rates: list[tuple[str, int]], number: str) -> None:
    deck = RateDeck(Rate(index, prefix, "", price) for index, (prefix, price) in enumerate(rates))
    fitting = [(len(prefix), index) for index, (prefix, _) in enumerate(rates) if number.startswith(prefix)]
    found = deck.match(number, "", NOW)
    assert (found.id if found else None) == (max(fitting)[1] if fitting else None)
