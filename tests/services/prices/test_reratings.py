"""Calls put right: refunds, re-rating with then's and now's prices, difference first, posted once; and what a change would have meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.services.prices import reratings
from appliance.store.call_search import Wanted
from appliance.store.verify import verify
from appliance.wire.allowances import TierFields, TiersSet
from appliance.wire.cdrs import CdrFilter, CdrTotals
from appliance.wire.corrections import CallRefund, Difference, Rerate, RerateApply, WhatIf, WhatIfView
from appliance.wire.rates import RateFields
from appliance.wire.shapes import ById
from appliance.wire.tariffs import TariffUpdate
from tests.services.prices.test_allowances import charge, give, special, talk
from tests.services.shop import Shop, Simple, micros, rate

OWNER = folder_owner()


def preview(shop: Shop, **asked: Any) -> Difference:
    found = shop.services.nouns.pricing.reratings.preview(OWNER, Rerate(**asked)).run(shop.store)
    assert isinstance(found, Difference)
    return found


def post(shop: Shop, actor: Actor = OWNER, **asked: Any) -> Difference:
    return finish(shop.services.nouns.pricing.reratings.apply(actor, RerateApply(**asked)))


def typed(shop: Shop, tariff: int, *rates: RateFields) -> None:
    row = shop.store.tariffs.get(tariff)
    assert row is not None
    shop.clock.advance(1)
    with shop.services.changes.unit():
        shop.services.nouns.rates.write(OWNER, row, rates)
    shop.clock.advance(1)


def parties(found: Difference) -> list[tuple[int, str, int, str, str]]:
    return [(each.level, each.party, each.changed, each.before, each.after) for each in found.parties]


# re-rating ----------------------------------------------------------------------------------------------------------------
def test_the_difference_comes_first_and_is_posted_once(shop: Shop) -> None:
    it = Simple(shop)
    calls = [talk(shop, it, "4930123456", 60), talk(shop, it, "442071234567", 60)]
    before = shop.balance(it.account)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))  # it should have been half of it
    found = preview(shop)
    assert parties(found) == [(0, "Alice", 1, "0.6138", "0.3138")]
    assert (found.calls, found.charges, found.changed, found.without_price) == (2, 2, 1, 0)
    assert [(each.destination, each.difference) for each in found.destinations] == [("to 49", "-0.30"), ("to 44", "0.00")]
    assert shop.balance(it.account) == before
    done = post(shop, fingerprint=found.fingerprint, note="wrong price", request_id="one")
    assert (done.posted, done.fingerprint) == (1, found.fingerprint)
    assert shop.balance(it.account) == before + micros("0.30")
    view = shop.services.nouns.pricing.refunds.list(OWNER, ById(calls[0]))
    assert [(each.kind, each.before, each.after, each.note) for each in view.corrections] == [("rerate", "0.60", "0.30", "wrong price")]
    explanation = view.corrections[0].explanation
    assert explanation is not None
    assert explanation["amount"] == "0.30"
    entry = shop.store.ledger.postings(view.corrections[0].entry)
    assert sorted(each.amount_micros for each in entry) == [-600_000, -300_000, 300_000, 600_000]
    assert post(shop, note="wrong price", request_id="one").posted == 1  # told again, posted no more
    assert preview(shop).changed == 0
    assert post(shop).posted == 0
    assert shop.balance(it.account) == before + micros("0.30")
    shop.verify()


def test_a_preview_that_is_no_longer_true_posts_nothing(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))
    found = preview(shop)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.12"))
    before = shop.balance(it.account)
    with pytest.raises(Conflict, match=r"rerate\.changed_since_preview"):
        post(shop, fingerprint=found.fingerprint)
    assert shop.balance(it.account) == before
    with pytest.raises(UserError):
        preview(shop, prices="tomorrow")


def test_the_same_request_id_for_something_else_is_refused(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))
    post(shop, request_id="one")
    with pytest.raises(Conflict, match=r"request\.id_used"):
        post(shop, request_id="one", level=0)


def test_an_interrupted_posting_goes_on_where_it_broke_off(shop: Shop) -> None:
    it = Simple(shop, balance="1000")
    calls = [talk(shop, it, "4930123456", 6) for _ in range(120)]
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))
    work = shop.services.nouns.pricing.reratings.apply(OWNER, RerateApply(request_id="one"))
    result: object = None
    for _ in range(5):  # both passes begin, some are posted, and the client goes away
        step = work.send(result)
        result = None if step is None else step()
    work.close()
    posted = sum(bool(shop.store.corrections.of_call(call)) for call in calls)
    assert 0 < posted < 120
    assert post(shop, request_id="one").posted == 120
    assert all(len(shop.store.corrections.of_call(call)) == 1 for call in calls)
    shop.verify()


def test_what_is_put_right_while_it_is_being_posted_stays_as_it_was_put(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(reratings, name, 1)  # a unit of work for each call
    it = Simple(shop)
    calls = [talk(shop, it, "4930123456", 60) for _ in range(4)]
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"))
    steps = shop.services.nouns.pricing.reratings.apply(OWNER, RerateApply())
    result: object = None
    given_back = iter((calls[1], calls[3]))
    with pytest.raises(StopIteration) as end:
        while True:
            work = steps.send(result)
            result = None if work is None else work()
            if isinstance(result, reratings._Found) or shop.store.corrections.of_call(calls[0]):  # they were read; the first was posted
                for call in given_back:
                    shop.services.nouns.pricing.refunds.refund(OWNER, CallRefund(call, "0.10"))
                    break
    assert end.value.value.posted == 2
    assert [[each.kind for each in shop.store.corrections.of_call(call)] for call in calls] == [["rerate"], ["refund"], ["rerate"], ["refund"]]
    assert post(shop).posted == 2  # those that somebody else had touched, from what they cost then
    assert shop.store.corrections.of_call(calls[3])[-1].before_micros == shop.store.corrections.of_call(calls[3])[0].after_micros
    shop.verify()


def test_thens_prices_are_what_was_charged_whatever_was_changed_since(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 61)
    typed(shop, it.cost, RateFields("49", price_per_minute="0.24"), RateFields("4930", price_per_minute="0.10"))
    talk(shop, it, "4930123456", 61)
    nouns = shop.services.nouns
    shop.clock.advance(1)
    nouns.tariffs.update(OWNER, TariffUpdate(it.retail, markup_percent="100", decimals=2))
    shop.clock.advance(1)
    talk(shop, it, "4930123456", 61)
    other = shop.tariff(it.root, "other", base=it.cost)
    shop.clock.advance(1)
    nouns.tariffs.update(OWNER, TariffUpdate(it.retail, base=other))
    shop.clock.advance(1)
    talk(shop, it, "4930123456", 61)
    assert preview(shop, prices="then").changed == 0
    assert preview(shop, prices="now").changed == 2


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["call", "rate", "remove", "markup"]), st.integers(1, 300)), min_size=1, max_size=12))
def test_any_history_of_prices_is_found_again(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.start()
    try:
        it = Simple(shop, balance="1000000")
        nouns = shop.services.nouns
        calls = 0
        for what, amount in steps:
            shop.clock.advance(1)
            if what == "call":
                calls += 1
                talk(shop, it, "4930123456", amount)
            elif what == "rate":
                typed(shop, it.cost, RateFields("49" if amount % 2 else "4930", price_per_minute=f"0.{amount:03d}"))
            elif what == "remove" and shop.store.rates.at_prefix(it.cost, "4930"):
                row = shop.store.tariffs.get(it.cost)
                assert row is not None
                with shop.services.changes.unit():
                    nouns.rates.end(OWNER, row, ["4930"])
            elif what == "markup":
                nouns.tariffs.update(OWNER, TariffUpdate(it.retail, markup_percent=str(amount)))
        found = preview(shop, prices="then")
        assert (found.changed, found.calls, found.without_price) == (0, calls, 0)
    finally:
        shop.store.close()


def test_now_means_the_tariff_that_the_party_pays_by_now(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    special(shop, RateFields("49", price_per_minute="0.10"))
    assert parties(preview(shop)) == [(0, "Alice", 1, "0.60", "0.10")]
    dear = shop.tariff(it.root, "dear", base=it.cost, markup_ppm=1_000_000)
    assert parties(preview(shop, tariff=dear)) == [(0, "Alice", 1, "0.60", "0.96")]
    post(shop, tariff="dear")
    assert shop.balance(it.account) == micros("9.04")
    shop.verify()


def test_bundles_tiers_and_rates_of_exchange_stay_as_they_were(shop: Shop) -> None:
    it = Simple(shop)
    give(shop, 1)
    shop.services.nouns.pricing.parts.set_tiers(OWNER, TiersSet("retail", tiers=[TierFields(0, "50", "44")]))
    talk(shop, it, "4930123456", 90)
    talk(shop, it, "442071234567", 60)
    assert preview(shop, prices="then").changed == 0
    typed(shop, it.cost, RateFields("49", price_per_minute="0.96"), RateFields("44", price_per_minute="0.04"))
    assert parties(preview(shop)) == [(0, "Alice", 2, "0.3075", "0.6263")]
    post(shop)
    assert shop.store.bundles.used(1, shop.services.hot.allowances.period(next(shop.store.bundles.held()), shop.clock.utcnow())) == 60
    shop.verify()


def test_all_levels_are_put_right_and_a_reseller_only_what_he_sold(shop: Shop) -> None:
    root = shop.reseller()
    cost = shop.tariff(root, "cost", rate("49", "0.10"))
    to_sub = shop.tariff(root, "to-sub", base=cost, markup_ppm=100_000)
    sub = shop.reseller("sub", root, to_sub, "100")
    retail = shop.tariff(sub, "retail", base=to_sub, markup_ppm=1_000_000)
    trunk = shop.trunk(root, "carrier", cost)
    shop.route(root, "", trunk)
    account = shop.account(sub, "al", "10")
    phone = shop.endpoint(shop.customer(sub, "Al", retail, account), "2000001")
    call = shop.answer(shop.begin(phone, "4930123456"), trunk)
    shop.run(60)
    shop.end(call)
    typed(shop, cost, RateFields("49", price_per_minute="0.05"))
    assert parties(preview(shop)) == [(0, "Al", 1, "0.22", "0.11"), (1, "sub", 1, "0.11", "0.055")]
    assert parties(preview(shop, level=1)) == [(1, "sub", 1, "0.11", "0.055")]
    subs = Actor("sub owner", 1, (Grant("owner", reseller_id=sub),))
    done = finish(shop.services.nouns.pricing.reratings.apply(subs, RerateApply()))
    assert parties(done) == [(0, "Al", 1, "0.22", "0.11")]
    post(shop)
    assert shop.balance(account) == micros("9.89")
    reseller = shop.store.resellers.get(sub)
    assert reseller is not None
    assert shop.balance(reseller.credit_account_id or 0) == micros("99.945")
    shop.verify()


def test_numbers_that_were_erased_and_prices_that_are_gone_leave_the_call_as_it_is(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    row = shop.store.tariffs.get(it.cost)
    assert row is not None
    with shop.services.changes.unit():
        shop.services.nouns.rates.end(OWNER, row, ["49"])
    found = preview(shop)
    assert (found.changed, found.without_price) == (0, 1)


# refunds ------------------------------------------------------------------------------------------------------------------
def test_a_call_is_given_back_whole_or_in_part_and_never_more_than_it_cost(shop: Shop) -> None:
    it = Simple(shop)
    call = talk(shop, it, "4930123456", 60)
    refunds = shop.services.nouns.pricing.refunds
    assert refunds.refund(OWNER, CallRefund(call, "0.25", note="bad line", request_id="a")).costs == "0.35"
    assert refunds.refund(OWNER, CallRefund(call, "0.25", note="bad line", request_id="a")).costs == "0.35"  # sent twice, paid once
    assert shop.balance(it.account) == micros("9.65")
    for request, code in (
        (CallRefund(call, "0.36"), "refund.too_much"),
        (CallRefund(call, "0"), "amount.negative"),
        (CallRefund(call, "0.10", all_levels=True), "refund.amount_of_one_level"),
    ):
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            refunds.refund(OWNER, request)
    assert refunds.refund(OWNER, CallRefund(call, all_levels=True)).costs == "0.00"
    with pytest.raises(UserError, match=r"refund\.nothing_left"):
        refunds.refund(OWNER, CallRefund(call))
    with pytest.raises(NotFound):
        refunds.refund(OWNER, CallRefund(999))
    running = shop.begin(it.alice, "4930123456")
    with pytest.raises(Conflict, match=r"call\.still_running"):
        refunds.refund(OWNER, CallRefund(running))
    assert shop.balance(it.account) == micros("10")
    shop.verify()


def test_lists_and_totals_say_what_a_call_costs_now(shop: Shop) -> None:
    it = Simple(shop)
    call = talk(shop, it, "4930123456", 60)
    shop.services.nouns.pricing.refunds.refund(OWNER, CallRefund(call, "0.20"))
    assert [row.amount_micros for row in shop.store.call_search.page(Wanted())] == [micros("0.40")]
    whole = shop.services.nouns.cdrs.get(OWNER, ById(call))
    assert (whole.amount, whole.costs) == ("0.60", "0.40")
    totals = shop.services.nouns.cdrs.totals(OWNER, CdrFilter()).run(shop.store)
    assert isinstance(totals, CdrTotals)
    assert [(each.sales, each.cost) for each in totals.money] == [("0.40", "0.48")]


def test_a_refund_lets_a_running_call_go_on(shop: Shop) -> None:
    it = Simple(shop, balance="0.60")
    first = talk(shop, it, "4930123456", 30)
    shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(20)
    shop.services.nouns.pricing.refunds.refund(OWNER, CallRefund(first))
    assert len(shop.run(60)) == 1
    assert [charge(shop, call) for call in (1, 2)] == [(micros("0.30"), 30), (micros("0.60"), 60)]
    assert shop.balance(it.account) == 0


def test_a_correction_that_does_not_fit_is_found(shop: Shop) -> None:
    it = Simple(shop)
    call = talk(shop, it, "4930123456", 60)
    shop.services.nouns.pricing.refunds.refund(OWNER, CallRefund(call, "0.20"))
    other = talk(shop, it, "442071234567", 60)
    database = shop.store.database
    trigger = database.value("SELECT sql FROM sqlite_schema WHERE name = 'correction_no_update'")
    with shop.store.write():
        database.execute("DROP TRIGGER correction_no_update")
        database.execute("UPDATE correction SET after_micros = after_micros + 1, before_micros = before_micros + 2")
    assert {fault.code for fault in verify(database).faults} == {"verify.guard", "verify.correction_amount", "verify.correction_chain"}
    with shop.store.write():
        database.execute("UPDATE correction SET cdr_id = ?", (other,))
        database.execute(trigger)
    assert "verify.correction_missing" in {fault.code for fault in verify(database).faults}


# what if ------------------------------------------------------------------------------------------------------------------
def tried(shop: Shop, **asked: Any) -> WhatIfView:
    found = shop.services.nouns.pricing.what_ifs.try_out(OWNER, WhatIf(**asked)).run(shop.store)
    assert isinstance(found, WhatIfView)
    return found


def test_a_change_is_tried_on_the_last_days_and_nothing_is_written(shop: Shop) -> None:
    it = Simple(shop)
    talk(shop, it, "4930123456", 60)
    shop.clock.advance(40 * 86_400)
    talk(shop, it, "4930123456", 60)
    found = tried(shop, tariff="retail", markup_percent="50", rates=[RateFields("4989", price_per_minute="1.00")])
    assert parties(found.difference) == [(0, "Alice", 1, "0.60", "0.72")]
    assert parties(tried(shop, tariff="cost", rates=[RateFields("49", price_per_minute="0.40")]).difference) == [(0, "Alice", 1, "0.60", "0.50")]
    assert tried(shop, tariff="retail", days=60, decimals=0, rounding="up").difference.destinations[0].after == "2.00"
    assert preview(shop).changed == 0
    for asked in ({"tariff": "retail"}, {"tariff": "cost", "markup_percent": "5"}, {"tariff": "retail", "days": 0, "decimals": 2}):
        with pytest.raises(UserError):
            tried(shop, **asked)


def test_what_derives_from_the_tariff_is_tried_with_it(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("49", price_per_minute="0.50"))
    talk(shop, it, "4930123456", 60)
    talk(shop, it, "442071234567", 60)
    found = tried(shop, tariff="retail", markup_percent="100", increment_style="total")
    assert parties(found.difference) == [(0, "Alice", 1, "0.5138", "0.522")]
