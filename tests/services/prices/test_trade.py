"""Margin radar, one number one answer, disputes, rates of exchange, and a reseller moved in its tree."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.wire.answers import NumberAnswer, NumberAsk
from appliance.wire.decks import UndoImport
from appliance.wire.disputes import DisputeList, DisputeOpen, DisputeUpdate
from appliance.wire.exchange_rates import Convert, ExchangeRatesImport
from appliance.wire.margins import Margins, MarginsAsk, MarginsMend
from appliance.wire.rates import RateFields, RatesSet
from appliance.wire.resellers import ResellerMove, ResellerUpdate
from appliance.wire.shapes import ById, Listing
from appliance.wire.statistics import ResellerStatistics, ResellerStatisticsRequest
from tests.services.prices.test_allowances import charge, give, special, talk
from tests.services.shop import Shop, Simple, micros, rate

OWNER = folder_owner()
DAILY = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><Cube><Cube time='2026-01-02'><Cube currency='USD' rate='1.1252'/>
<Cube currency='GBP' rate='0.84625'/></Cube></Cube></gesmes:Envelope>"""


# margins -----------------------------------------------------------------------------------------------------------------
def radar(shop: Shop, **asked: Any) -> Margins:
    return finish(shop.services.nouns.pricing.margins.list(OWNER, MarginsAsk(**asked)))


def mend(shop: Shop, **asked: Any) -> Margins:
    return finish(shop.services.nouns.pricing.margins.mend(OWNER, MarginsMend(**asked)))


def test_after_dearer_costs_the_losses_are_found_and_mended_in_one_step(shop: Shop) -> None:
    it = Simple(shop, retail=(rate("4930", "0.55"), rate("31", "0.06")))
    assert radar(shop).found == 0
    shop.services.nouns.rates.set(OWNER, RatesSet("cost", [RateFields("4930", price_per_minute="0.60"), RateFields("31", price_per_minute="0.05")]))
    found = radar(shop)
    assert [(each.tariff, each.prefix, each.price, each.cost, each.loss) for each in found.prices] == [("retail", "4930", "0.55", "0.60", True)]
    thin = radar(shop, margin_percent="20")
    assert [(each.prefix, each.margin_percent, each.mended) for each in thin.prices] == [("4930", "-9.1", "0.75"), ("31", "16.66", "0.0625")]
    assert mend(shop, margin_percent="20", prefixes=["4930"]).written == 1
    assert mend(shop, tariff="retail", margin_percent="20").written == 1
    assert radar(shop, margin_percent="20").found == 0
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.75")
    rate_of = shop.store.rates.at_prefix(it.retail, "4930")
    assert [(each.price_micros, each.first_increment) for each in rate_of] == [(micros("0.75"), 1)]
    history = shop.services.hot.prices.book
    shop.services.hot.prices.load()  # what was followed is what is there
    assert sorted(history.prefixes(it.retail)) == sorted(shop.services.hot.prices.book.prefixes(it.retail))


def test_a_mend_is_undone_whole_and_an_import_is_not_mistaken_for_it(shop: Shop) -> None:
    it = Simple(shop, retail=(rate("4930", "0.55"), rate("31", "0.06")))
    nouns = shop.services.nouns
    nouns.rates.set(OWNER, RatesSet("cost", [RateFields("4930", price_per_minute="0.60"), RateFields("31", price_per_minute="0.07")]))
    mended = mend(shop, tariff="retail")
    assert mended.written == 2 and [each.tariff_id for each in mended.sets] == [it.retail]
    with pytest.raises(NotFound):
        finish(nouns.deck_history.undo(OWNER, UndoImport("retail")))  # without its number imports alone are meant
    back = finish(nouns.deck_history.undo(OWNER, UndoImport("retail", mended.sets[0].import_id)))
    assert (back.removed, back.added) == (2, 2)
    assert [(each.prefix, each.price) for each in radar(shop).prices] == [("4930", "0.55"), ("31", "0.06")]
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.55")
    with pytest.raises(Conflict):
        finish(nouns.deck_history.undo(OWNER, UndoImport("retail", mended.sets[0].import_id)))


def test_special_rates_and_bands_are_on_the_radar_and_clerks_never_see_it(shop: Shop) -> None:
    it = Simple(shop)
    special(shop, RateFields("49", price_per_minute="0.10"))
    assert [(each.prefix, each.tariff) for each in radar(shop).prices] == [("49", "special rates 1")]
    assert mend(shop).written == 1
    assert charge(shop, talk(shop, it, "4930123456", 60))[0] == micros("0.48")
    reader = Actor("reader", 1, (Grant("read-only", reseller_id=it.root),))
    for wrong in (MarginsAsk(margin_percent="100"), MarginsAsk(tariff="nothing")):
        with pytest.raises((UserError, NotFound)):
            finish(shop.services.nouns.pricing.margins.list(OWNER, wrong))
    with pytest.raises(UserError):
        finish(shop.services.nouns.pricing.margins.list(reader, MarginsAsk()))


# one number, one answer ---------------------------------------------------------------------------------------------------
def ask(shop: Shop, number: str, actor: Actor = OWNER, **who: Any) -> NumberAnswer:
    return shop.services.nouns.pricing.answers.explain(actor, NumberAsk(number, **(who or {"customer": "Alice", "reseller": "root"})))


def test_one_number_tells_price_routes_margin_and_the_longest_call(shop: Shop) -> None:
    it = Simple(shop, balance="1.00")
    dear = shop.tariff(it.root, "dear cost", rate("49", "0.90"))
    second = shop.trunk(it.root, "second", dear)
    shop.route(it.root, "49", second, it.trunk, order="cost")
    found = ask(shop, "+4930123456")
    assert (found.normalised, found.would, found.destination, found.prefix, found.longest_seconds) == ("4930123456", "allowed", "to 49", "49", 100)
    assert [(each.party, each.price_per_minute, each.minute, each.available) for each in found.levels] == [("Alice", "0.60", "0.60", "1.00")]
    assert [(each.trunk, each.cost, each.margin, each.reason) for each in found.routes] == [
        ("carrier", "0.48", "0.12", ""),
        ("second", "0.90", "-0.30", ""),
    ]
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(50)
    assert ask(shop, "4930123456").longest_seconds == 49  # what runs is taken off, its increment that has begun too
    shop.end(call)


def test_what_refuses_a_call_is_said_in_words_with_the_last_failures(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    shop.attempt(it.alice, "4930123456")
    found = ask(shop, "4930123456", endpoint="1000001")
    assert (found.would, found.longest_seconds) == ("no_funds", 0)
    assert found.words == "Refused: the credit does not cover the first increment."
    assert [(each.result, each.cause) for each in found.failed] == [(402, "no_funds")]
    assert ask(shop, "999123456").would == "no_rate"
    give(shop, 2)
    covered = ask(shop, "4930123456")
    assert (covered.would, covered.bundle, covered.bundle_seconds, covered.longest_seconds) == ("allowed", "home", 120, 120)
    assert ask(shop, "1000001").kind == "on_net"
    assert ask(shop, "112").kind == "emergency"
    for wrong in ({"number": " "}, {"number": "49", "endpoint": "1000001"}):
        with pytest.raises(UserError):
            shop.services.nouns.pricing.answers.explain(OWNER, NumberAsk(**{"customer": "Alice", "reseller": "root", **wrong}))


def test_a_reseller_is_told_nothing_of_what_his_parent_pays(shop: Shop) -> None:
    root, sub, phone, account, _ = tree(shop)
    subs = Actor("sub owner", 1, (Grant("owner", reseller_id=sub),))
    found = shop.services.nouns.pricing.answers.explain(subs, NumberAsk("4930123456", endpoint=shop.store.endpoints.get(phone).number))  # type: ignore[union-attr]
    assert [each.party for each in found.levels] == ["Al", "sub"]
    assert (found.would, found.routes) == ("allowed", [])
    whole = shop.services.nouns.pricing.answers.explain(OWNER, NumberAsk("4930123456", endpoint=phone))
    assert [each.party for each in whole.levels] == ["Al", "sub"]
    assert [each.trunk for each in whole.routes] == ["carrier"]
    assert root != sub
    assert shop.balance(account) > 0


# disputes -----------------------------------------------------------------------------------------------------------------
def test_a_dispute_has_state_notes_outcome_and_evidence(shop: Shop) -> None:
    it = Simple(shop)
    call = talk(shop, it, "4930123456", 60)
    disputes = shop.services.nouns.pricing.disputes
    opened = disputes.open(OWNER, DisputeOpen("never made", [call], held="0.60", note="He says nobody was home.", request_id="x"))
    assert opened == disputes.open(OWNER, DisputeOpen("never made", [call], held="0.60", note="He says nobody was home.", request_id="x"))
    assert (opened.customer, opened.disputed, opened.held, opened.state) == ("Alice", "0.60", "0.60", "open")
    with pytest.raises(UserError, match=r"dispute\.outcome"):
        disputes.update(OWNER, DisputeUpdate(opened.id, state="accepted"))
    closed = disputes.update(OWNER, DisputeUpdate(opened.id, opened.version, state="accepted", outcome="Given back.", note="Ladder shows no BYE."))
    assert (closed.state, closed.closed_at is not None, [note.text for note in closed.notes]) == (
        "accepted", True, ["He says nobody was home.", "Ladder shows no BYE."],
    )  # fmt: skip
    with pytest.raises(Conflict):
        disputes.update(OWNER, DisputeUpdate(opened.id, opened.version, subject="other"))
    evidence = disputes.evidence(OWNER, ById(opened.id)).calls[0]
    assert evidence.call.charges[0].explanation["price_per_minute"] == "0.60"
    assert [each.id for each in disputes.list(OWNER, DisputeList(call=call)).disputes] == [opened.id]
    assert disputes.list(OWNER, DisputeList(state="open")).disputes == []
    for wrong in (DisputeOpen("x", []), DisputeOpen("x", [999]), DisputeOpen("x", [call], against="god"), DisputeOpen("x", [call], held="-1")):
        with pytest.raises((UserError, NotFound)):
            disputes.open(OWNER, wrong)


# rates of exchange ----------------------------------------------------------------------------------------------------------
def test_the_banks_file_is_taken_over_once_in_xml_and_csv(shop: Shop) -> None:
    shop.reseller()
    rates = shop.services.nouns.exchange_rates
    assert (rates.take_file(OWNER, ExchangeRatesImport(DAILY)).written, rates.take_file(OWNER, ExchangeRatesImport(DAILY)).written) == (2, 0)
    line = b"Date, USD, GBP, \n02 January 2026, 1.1252, 0.85, \n"
    taken = rates.take_file(OWNER, ExchangeRatesImport(line))
    assert (taken.days, taken.written, taken.unchanged) == (["2026-01-02"], 1, 1)
    history = b"\xef\xbb\xbfDate,USD,BGN,\n2025-12-31,1.10,N/A,\n2025-12-30,1.09,1.9558,\n"
    assert rates.take_file(OWNER, ExchangeRatesImport(history, ["USD"])).written == 2
    assert [(each.valid_on, each.source) for each in rates.list(OWNER, Listing()).rates if each.quote == "GBP"] == [
        ("2026-01-02", "ECB 2"), ("2026-01-02", "ECB"),
    ]  # fmt: skip
    assert rates.convert(OWNER, Convert("10", "EUR", "GBP", "2026-01-03")).amount == "8.50"
    cross = rates.convert(OWNER, Convert("1.1252", "USD", "GBP", "2026-01-03"))
    assert (cross.amount, cross.valid_on) == ("0.85", "2026-01-02")
    assert rates.convert(OWNER, Convert("10", "EUR", "EUR")).amount == "10.00"
    with pytest.raises(UserError, match=r"exchange\.no_rate"):
        rates.convert(OWNER, Convert("10", "EUR", "XOF", "2026-01-03"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"<x",
        b"Datum,USD\n",
        b"Date,USD\nyesterday,1.1\n",
        b"<!DOCTYPE x><x/>",
        b"Date,USD\n2026-01-02,dear\n",
        b"Date,USD\n2026-01-02,0\n",
    ],
)
def test_another_file_is_refused(shop: Shop, content: bytes) -> None:
    shop.reseller()
    with pytest.raises(UserError, match=r"ecb\."):
        shop.services.nouns.exchange_rates.take_file(OWNER, ExchangeRatesImport(content))


def test_a_charge_in_another_currency_records_the_rate_of_its_start(shop: Shop) -> None:
    it = Simple(shop)
    shop.services.nouns.exchange_rates.take_file(OWNER, ExchangeRatesImport(DAILY.replace(b"2026-01-02", b"2025-12-30")))
    with shop.services.changes.unit():
        dollars = shop.store.accounts.insert(kind="credit", reseller_id=it.root, name="usd", currency="USD", created_at=1, credit_limit_micros=10**7)
    phone = shop.endpoint(shop.customer(it.root, "Dora", it.retail, dollars), "1000003")
    call = shop.answer(shop.begin(phone, "4930123456"), it.trunk)
    shop.services.nouns.exchange_rates.take_file(OWNER, ExchangeRatesImport(DAILY.replace(b"2026-01-02", b"2025-12-30").replace(b"1.1252", b"2")))
    shop.run(60)
    shop.end(call)
    assert charge(shop, call)[0] == micros("0.6751")  # 0.60 x 1.1252, half up to four decimals
    shop.verify()


# the tree -------------------------------------------------------------------------------------------------------------------
def tree(shop: Shop) -> tuple[int, int, int, int, int]:
    """root > sub, a customer Al of sub: (root, sub, phone, Al's account, trunk)."""
    root = shop.reseller()
    cost = shop.tariff(root, "cost", rate("49", "0.10"))
    to_sub = shop.tariff(root, "to-sub", base=cost, markup_ppm=100_000)
    sub = shop.reseller("sub", root, to_sub, "0.11")
    retail = shop.tariff(sub, "retail", base=to_sub, markup_ppm=1_000_000)
    trunk = shop.trunk(root, "carrier", cost)
    shop.route(root, "", trunk)
    account = shop.account(sub, "al", "10")
    return root, sub, shop.endpoint(shop.customer(sub, "Al", retail, account), "2000001"), account, trunk


def test_a_level_that_runs_dry_stops_all_below_three_levels_deep(shop: Shop) -> None:
    root, sub, _, _, trunk = tree(shop)
    to_deep = shop.tariff(sub, "to-deep", base=shop.store.tariffs.find(sub, "retail").id, markup_ppm=0)  # type: ignore[union-attr]
    deep = shop.reseller("deep", sub, to_deep, "50")
    account = shop.account(deep, "eve", "50")
    phone = shop.endpoint(shop.customer(deep, "Eve", shop.tariff(deep, "retail", base=to_deep, markup_ppm=1_000_000), account), "3000001")
    call = shop.answer(shop.begin(phone, "4930123456"), trunk)
    assert shop.run(600) == [(call, "credit")]  # sub's 0.11 are gone after a minute, whatever the others have
    levels = [(each.level, each.amount_micros) for each in shop.store.calls.charges(call)]
    assert levels == [(0, micros("0.44")), (1, micros("0.22")), (2, micros("0.11"))]
    assert ask(shop, "4930123456", endpoint="3000001").would == "no_funds"
    figures = shop.services.nouns.statistics.resellers(OWNER, ResellerStatisticsRequest()).run(shop.store)
    assert isinstance(figures, ResellerStatistics)
    assert [(each.reseller, each.calls, each.spend, each.profit) for each in figures.resellers] == [("sub", 1, "0.11", "0.01")]
    below = shop.services.nouns.statistics.resellers(OWNER, ResellerStatisticsRequest(reseller="sub")).run(shop.store)
    assert isinstance(below, ResellerStatistics)
    assert [(each.reseller, each.spend, each.profit) for each in below.resellers] == [("deep", "0.22", "0.11")]
    assert root != deep
    shop.verify()


def test_another_buying_tariff_counts_for_the_next_call(shop: Shop) -> None:
    root, sub, phone, _, trunk = tree(shop)
    cheap = shop.tariff(root, "cheap", rate("49", "0.01"))
    shop.services.nouns.resellers.update(OWNER, ResellerUpdate(sub, tariff=cheap))
    call = shop.answer(shop.begin(phone, "4930123456"), trunk)
    shop.run(60)
    shop.end(call)
    assert [each.amount_micros for each in shop.store.calls.charges(call)] == [micros("0.02"), micros("0.01")]


def test_a_reseller_is_moved_with_all_below_it_and_its_money_when_nothing_holds_it(shop: Shop) -> None:
    root, sub, phone, account, trunk = tree(shop)
    other = shop.reseller("other", root, shop.tariff(root, "to-other", base=shop.store.tariffs.find(root, "cost").id, markup_ppm=500_000), "5")  # type: ignore[union-attr]
    shop.tariff(other, "to-sub", base=shop.store.tariffs.find(root, "to-other").id, markup_ppm=1_000_000)  # type: ignore[union-attr]
    moves = shop.services.nouns.pricing.moves
    with shop.services.changes.unit():
        shop.store.resellers.update(other, {"may_have_resellers": 1})
    call = shop.answer(shop.begin(phone, "4930123456"), trunk)
    asked = ResellerMove(sub, "other", "to-sub", carry_balance=True)
    with pytest.raises(Conflict, match=r"reseller\.calls_hold"):
        moves.move(OWNER, asked)
    shop.end(call)
    for wrong, code in (
        (ResellerMove(sub, "other"), "reseller.needs_tariff"),
        (ResellerMove(sub, "other", "to-sub"), "reseller.not_settled"),
        (ResellerMove(root, "other", "to-sub"), "reseller.root_stays"),
        (ResellerMove(sub, "sub", "retail"), "reseller.in_own_branch"),
    ):
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            moves.move(OWNER, wrong)
    assert moves.move(OWNER, asked).parent == "other"
    row = shop.store.resellers.get(sub)
    assert row is not None
    assert shop.balance(row.credit_account_id or 0) == micros("0.11")
    call = shop.answer(shop.begin(phone, "4930123456"), trunk)
    shop.run(20)
    shop.end(call)
    assert [(each.level, each.amount_micros) for each in shop.store.calls.charges(call)] == [
        (0, micros("0.2")), (1, micros("0.1")), (2, micros("0.05")),
    ]  # fmt: skip
    back = moves.move(OWNER, ResellerMove(sub, "root", "to-sub", carry_balance=True, request_id="back"))
    assert (back.parent, back.balance) == ("root", "0.01")
    assert shop.balance(account) == micros("9.8")
    shop.verify()
