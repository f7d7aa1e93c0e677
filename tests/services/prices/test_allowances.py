"""Special rates, bundles and volume tiers as calls meet them: admitted, metered, cut, recorded, recovered."""

from __future__ import annotations

import json

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.calls.call_record import Denied
from appliance.services.ground.access import folder_owner
from appliance.wire.allowances import (
    BandsSet,
    BundleCreate,
    BundleGive,
    BundleTake,
    BundleUpdate,
    CustomerRef,
    SpecialRatesRemove,
    SpecialRatesSet,
    TariffRef,
    TierFields,
    TiersSet,
)
from appliance.wire.customers import CustomerUpdate
from appliance.wire.description import BandEntry
from appliance.wire.rates import PriceRequest, PriceView, RateFields, RatesSet
from appliance.wire.shapes import ById, Listing
from appliance.wire.tariffs import TariffUpdate
from tests.services.shop import Shop, Simple, micros, rate

OWNER = folder_owner()


def talk(shop: Shop, it: Simple, number: str, seconds: float) -> int:
    """A call of that length; its record's id."""
    call = shop.answer(shop.begin(it.alice, number), it.trunk)
    cut = shop.run(seconds)
    if not cut:
        shop.end(call)
    return call


def charge(shop: Shop, call: int) -> tuple[int, int]:
    """(micros, billed seconds) of the customer."""
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    return cdr.amount_micros, cdr.billed_seconds


def told(shop: Shop, call: int) -> dict[str, object]:
    """The customer's explanation."""
    found: dict[str, object] = json.loads(shop.store.calls.charges(call)[0].explanation)
    return found


def give(shop: Shop, minutes: int, prefixes: list[str] | None = None, period: str = "month", name: str = "home") -> int:
    """Alice has a bundle; the id of what she holds."""
    bundles = shop.services.nouns.pricing.bundles
    bundles.create(OWNER, BundleCreate(name, prefixes or ["49"], minutes, period, "root"))
    return bundles.give(OWNER, BundleGive("Alice", "root", bundle=name)).bundles[-1].id


# bundles ---------------------------------------------------------------------------------------------------------------
def test_a_bundle_pays_and_is_shown_with_the_call(shop: Shop) -> None:
    it = Simple(shop)
    give(shop, 10)
    call = talk(shop, it, "4930123456", 75)
    assert charge(shop, call) == (0, 75)
    assert told(shop, call)["bundle_seconds"] == 75
    assert shop.store.bundles.use_of(call) == ("home", 75)
    held = shop.services.nouns.pricing.bundles.held(OWNER, CustomerRef("Alice", "root")).bundles[0]
    assert (held.used_seconds, held.left_seconds) == (75, 525)
    shop.verify()


def test_what_outlasts_the_bundle_is_paid_by_the_second(shop: Shop) -> None:
    it = Simple(shop)
    give(shop, 1)
    call = talk(shop, it, "4930123456", 75)  # 0.60 a minute
    assert charge(shop, call) == (micros("0.15"), 75)
    assert told(shop, call)["spans"] == [
        {"seconds": 60, "band": "bundle", "price_per_minute": "0.00"},
        {"seconds": 15, "band": "", "price_per_minute": "0.60"},
    ]
    shop.verify()


def test_without_money_the_call_ends_with_the_bundle(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    give(shop, 1)
    call = talk(shop, it, "4930123456", 200)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.cause, cdr.duration_ms, cdr.amount_micros) == ("credit", 60_000, 0)
    assert isinstance(shop.attempt(it.alice, "4930123456"), Denied)
    shop.verify()


def test_two_calls_draw_on_one_bundle_together(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    give(shop, 1)
    calls = [shop.answer(shop.begin(it.alice, "4930123456"), it.trunk) for _ in range(2)]
    assert shop.run(100) == [(calls[0], "credit"), (calls[1], "credit")]
    assert [charge(shop, call) for call in calls] == [(0, 30), (0, 30)]
    shop.verify()


def test_other_destinations_and_free_calls_take_nothing(shop: Shop) -> None:
    it = Simple(shop, retail=(rate("49", "0.5", free_below_seconds=5),))
    give(shop, 1)
    assert charge(shop, talk(shop, it, "442071234567", 60))[0] > 0
    free = talk(shop, it, "4930123456", 4)
    assert charge(shop, free) == (0, 0)
    assert shop.store.bundles.use_of(free) is None
    shop.verify()


def test_a_new_period_begins_at_midnight_of_the_resellers_zone(shop: Shop) -> None:
    it = Simple(shop)
    give(shop, 1, period="day")
    assert charge(shop, talk(shop, it, "4930123456", 60)) == (0, 60)
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.60")
    shop.clock.advance(86_400)
    assert charge(shop, talk(shop, it, "4930123456", 60)) == (0, 60)


def test_a_bundle_that_was_taken_away_covers_no_new_call(shop: Shop) -> None:
    it = Simple(shop)
    held, bundles = give(shop, 10), shop.services.nouns.pricing.bundles
    running = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    assert bundles.take(OWNER, BundleTake(held)).bundles == []
    with pytest.raises(NotFound):
        bundles.take(OWNER, BundleTake(held))
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.60")
    shop.end(running)
    assert charge(shop, running)[0] == 0


def test_a_crash_charges_the_bundle_up_to_the_last_checkpoint(shop: Shop) -> None:
    it = Simple(shop)
    give(shop, 1)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(70)
    shop.beat()
    shop.crash()
    shop.start()
    assert charge(shop, call) == (micros("0.10"), 70)
    assert shop.store.bundles.use_of(call) == ("home", 60)
    shop.verify()


def test_bundles_are_checked_listed_and_archived(shop: Shop) -> None:
    Simple(shop)
    held, bundles = give(shop, 10), shop.services.nouns.pricing.bundles
    with pytest.raises(Conflict, match=r"bundle\.name_taken"):
        bundles.create(OWNER, BundleCreate("home", ["31"], 5))
    for wrong in (BundleCreate("x", [], 5), BundleCreate("x", ["+31"], 5), BundleCreate("x", ["31"], 0), BundleCreate("x", ["31"], 5, "year")):
        with pytest.raises(UserError):
            bundles.create(OWNER, wrong)
    page = bundles.list(OWNER, Listing())
    assert [each.name for each in page.bundles] == ["home"]
    with pytest.raises(Conflict, match=r"bundle\.in_use"):
        bundles.archive(OWNER, ById(page.bundles[0].id))
    bundles.take(OWNER, BundleTake(held))
    assert bundles.update(OWNER, BundleUpdate(page.bundles[0].id, minutes=7)).minutes == 7
    bundles.archive(OWNER, ById(page.bundles[0].id))
    assert bundles.list(OWNER, Listing()).bundles == []


# special rates -----------------------------------------------------------------------------------------------------------
def special(shop: Shop, *rates: RateFields) -> None:
    shop.services.nouns.pricing.special_rates.set(OWNER, SpecialRatesSet("Alice", "root", rates=list(rates)))


def test_special_rates_lie_over_the_tariff_and_the_rest_follows_it(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("4930", price_per_minute="0.30"))
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.30")
    call = talk(shop, it, "4989123456", 60)
    assert charge(shop, call)[0] == micros("0.60")
    view = shop.services.nouns.pricing.special_rates.list(OWNER, CustomerRef("Alice", "root"))
    assert [(each.prefix, each.price_per_minute, each.usual_price) for each in view.rates] == [("4930", "0.30", "0.60")]
    price = shop.services.nouns.prices.price(OWNER, PriceRequest("4930123456", 60, customer="Alice", reseller="root"))
    assert isinstance(price, PriceView)
    assert price.amount == "0.30"
    shop.services.nouns.pricing.special_rates.remove(OWNER, SpecialRatesRemove("Alice", "root", prefixes=["4930"]))
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.60")
    shop.verify()


def test_special_rates_of_one_are_nobody_elses_and_no_tariff_in_lists(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("49", price_per_minute="0.10"))
    bob = shop.customer(it.root, "Bob", it.retail, shop.account(it.root, "bob", "5"))
    call = shop.answer(shop.begin(shop.endpoint(bob, "1000002"), "4930123456"), it.trunk)
    shop.run(60)
    shop.end(call)
    assert charge(shop, call)[0] == micros("0.60")
    assert {row.name for row in shop.store.tariffs.list()} == {"cost", "retail"}


def test_special_rates_go_with_the_customer_to_another_tariff_and_follow_its_rules(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("49", price_per_minute="0.33333"))
    dear = shop.tariff(it.root, "dear", base=it.cost, markup_ppm=1_000_000)
    nouns = shop.services.nouns
    nouns.customers.update(OWNER, CustomerUpdate(it.customer, tariff=dear))
    nouns.tariffs.update(OWNER, TariffUpdate(dear, decimals=2, rounding="up"))
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.34")
    assert charge(shop, talk(shop, it, "31201234567", 60))[0] == micros("0.04")
    with shop.services.changes.unit():
        dollars = shop.store.tariffs.insert(reseller_id=it.root, name="usd", currency="USD", created_at=1)
    with pytest.raises(Conflict, match=r"special_rates\.currency"):
        nouns.customers.update(OWNER, CustomerUpdate(it.customer, tariff=dollars))


def test_a_special_rate_typed_during_a_call_counts_at_once(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("31", price_per_minute="0.01"))
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(30)
    special(shop, RateFields("49", price_per_minute="0.30"))
    shop.run(30)
    shop.end(call)
    assert charge(shop, call)[0] == micros("0.30")
    shop.verify()


# tiers and bands -----------------------------------------------------------------------------------------------------------
def test_the_tier_that_is_reached_when_a_call_starts_holds_for_it(shop: Shop) -> None:
    it = Simple(shop)
    parts = shop.services.nouns.pricing.parts
    parts.set_tiers(OWNER, TiersSet("retail", tiers=[TierFields(1, "10", "49"), TierFields(3, "50", "49")]))
    assert charge(shop, talk(shop, it, "4930123456", 120))[0] == micros("1.20")  # none is reached yet
    call = talk(shop, it, "4930123456", 60)
    assert charge(shop, call)[0] == micros("0.54")
    assert told(shop, call)["volume_discount_percent"] == "10"
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.30")
    shop.clock.advance(40 * 86_400)
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.60")
    shop.verify()


def test_tiers_are_checked(shop: Shop) -> None:
    Simple(shop)
    parts = shop.services.nouns.pricing.parts
    for tiers, code in (
        ([TierFields(1, "0")], "tier.discount"),
        ([TierFields(1, "101")], "tier.discount"),
        ([TierFields(-1, "5")], "field.out_of_range"),
        ([TierFields(1, "5"), TierFields(1, "6")], "tier.twice"),
        ([TierFields(1, "5", "+3")], "rate.prefix_not_digits"),
    ):
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            parts.set_tiers(OWNER, TiersSet("retail", tiers=tiers))
    assert parts.tiers(OWNER, TariffRef("retail")).tiers == []


def test_bands_are_set_seen_and_not_lost_while_prices_stand_in_them(shop: Shop) -> None:
    it = Simple(shop)
    parts = shop.services.nouns.pricing.parts
    day = BandEntry(name="day", weekdays=[1, 2, 3, 4, 5, 6, 7], starts="00:00", ends="24:00")
    view = parts.set_bands(OWNER, BandsSet("cost", bands=[day], band_rule="split"))
    assert (view.now, view.band_rule, parts.bands(OWNER, TariffRef("retail")).now) == ("day", "split", "day")
    shop.services.nouns.rates.set(OWNER, RatesSet("cost", [RateFields("49", price_per_minute="0.80", band="day")]))
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("1.00")
    with pytest.raises(UserError, match=r"band\.has_rates"):
        parts.set_bands(OWNER, BandsSet("cost", bands=[]))
    with pytest.raises(UserError, match=r"tariff\.bands_of_base"):
        parts.set_bands(OWNER, BandsSet("retail", bands=[day]))
    shop.verify()
