"""Credit control told as short stories with figures worked out by hand."""

from __future__ import annotations

import pytest

from appliance.billing.credit import CreditBook, CutCall, Meter
from appliance.billing.rating import Terms
from appliance.billing.schedule import Schedule, TimeBand
from appliance.billing.timeline import Timeline
from appliance.money import parse_amount
from tests.billing.naive import NaivePrice
from tests.billing.prices import terms_of

MINUTE = 60_000


def _terms(price: str, fee: str = "0", first: int = 60, next_: int = 60, free_below: int = 0, maximum_charge: int | None = None) -> Terms:
    return terms_of(NaivePrice(parse_amount(price), parse_amount(fee), first, next_, free_below=free_below, maximum_charge=maximum_charge))


def _book(*funds: str, warning_ms: int = MINUTE) -> tuple[CreditBook, dict[int, int]]:
    accounts = {account: parse_amount(text) for account, text in enumerate(funds)}
    return CreditBook(accounts.__getitem__, warning_ms), accounts


def _talk_until_cut(balance: str, terms: Terms) -> tuple[int, int] | None:
    """(duration, what is left), None where the call is refused."""
    book, accounts = _book(balance)
    if book.admit(1, [Meter(0, 0, terms)], 0) is not None:
        return None
    book.answer(1, 5_000)
    moment = book.next_moment()
    while moment is not None:
        for cut in book.advance(moment):
            assert cut == CutCall(1, moment - 5_000, "credit", 0)
            finish = book.finish(1, moment + 80)
            assert (finish.late_ms, finish.was_cut, finish.cause) == (80, True, "credit")
            return finish.duration_ms, accounts[0] - finish.charges[0].amount_micros
        moment = book.next_moment()
    raise AssertionError("never cut")


def test_the_vectors_that_others_get_wrong() -> None:
    assert _talk_until_cut("0.19", _terms("0.10", "0.05")) == (60_000, parse_amount("0.04"))
    assert _talk_until_cut("0.01", _terms("0.04", first=60, next_=1)) is None
    assert _talk_until_cut("0.15", _terms("0.10", "0.05")) == (60_000, 0)
    assert _talk_until_cut("0.25", _terms("0.10", first=30, next_=6)) == (150_000, 0)


@pytest.mark.parametrize(("rounding", "end"), [("up", 10_000), ("down", 10_999), ("nearest", 10_499)])
def test_the_boundary_is_where_the_charge_would_rise(rounding: str, end: int) -> None:
    terms = terms_of(NaivePrice(600_000, 0, 10, 10, duration_rounding=rounding))
    assert _talk_until_cut("0.15", terms) == (end, parse_amount("0.05"))
    assert terms.amount(end) == parse_amount("0.10")


def test_thirty_calls_on_money_for_two() -> None:
    book, _ = _book("0.30")
    terms = _terms("0.10", "0.05")
    answers = [book.admit(call, [Meter(0, 0, terms)], 0) for call in range(30)]
    assert answers.count(None) == 2 and answers.count(0) == 28
    assert book.reserved(0, 0) == parse_amount("0.30") and book.available(0, 0) == 0
    assert book.calls_on(0) == [0, 1]


def test_a_hold_given_back_lets_the_next_call_in() -> None:
    book, _ = _book("0.10")
    meters = [Meter(0, 0, _terms("0.10"))]
    assert book.admit(1, meters, 0) is None and book.admit(2, meters, 10) == 0
    book.release(1, 20)
    assert not book.has(1) and book.admit(2, meters, 30) is None


def test_the_level_that_cannot_pay_is_named_and_nothing_is_held() -> None:
    book, _ = _book("5.00", "0.01")
    assert book.admit(1, [Meter(0, 0, _terms("0.10")), Meter(1, 1, _terms("0.08"))], 0) == 1
    assert book.reserved_by_account(0) == {} and book.available(0, 0) == parse_amount("5.00")


def test_a_reseller_without_money_ends_its_customers_call() -> None:
    book, _ = _book("9.00", "0.20")
    book.admit(1, [Meter(0, 0, _terms("0.60", first=1, next_=1)), Meter(1, 1, _terms("0.10", first=30, next_=30))], 0)
    book.answer(1, 1_000)
    assert book.runs_out_at(1, 1_000) == 121_000
    assert book.advance(120_999) == []
    assert book.advance(121_000) == [CutCall(1, 120_000, "credit", 1)]
    assert book.runs_out_at(1, 122_000) == 121_000 and book.consumed(1, 0, 130_000) == parse_amount("1.20")
    assert book.reserved(0, 130_000) == parse_amount("1.20") and book.change_terms(1, 0, _terms("1"), 130_000) is False
    finish = book.finish(1, 130_000)
    assert [charge.amount_micros for charge in finish.charges] == [parse_amount("1.20"), parse_amount("0.20")]


def test_calls_that_reach_a_boundary_together_go_by_order_of_answer() -> None:
    book, _ = _book("0.30")
    for call in (1, 2):
        assert book.admit(call, [Meter(0, 0, _terms("0.10"))], 0) is None
    book.answer(2, 1_000)
    book.answer(1, 1_000)
    assert book.advance(61_000) == [CutCall(2, 60_000, "credit", 0)]
    assert book.advance(121_000) == [CutCall(1, 120_000, "credit", 0)]


def test_a_payment_counts_at_once_and_so_does_a_fee() -> None:
    book, _ = _book("0.10")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    assert book.runs_out_at(1, 10) == 60_000
    book.set_funds(0, parse_amount("1.00"), 20_000)
    assert book.runs_out_at(1, 20_000) == 600_000
    book.set_funds(0, parse_amount("0.20"), 30_000)
    assert book.runs_out_at(1, 30_000) == 120_000
    book.set_funds(0, 0, 40_000)
    assert book.advance(60_000) == [CutCall(1, 60_000, "credit", 0)]
    book.set_funds(9, 1, 60_000)


def test_a_call_in_its_free_seconds_keeps_its_hold() -> None:
    book, _ = _book("0.10")
    assert book.admit(1, [Meter(0, 0, _terms("0.10", free_below=5))], 0) is None
    book.answer(1, 0)
    assert book.consumed(1, 0, 3_000) == 0 and book.reserved(0, 3_000) == parse_amount("0.10")
    assert book.admit(2, [Meter(0, 0, _terms("0.10"))], 3_000) == 0
    assert book.advance(4_000) == [] and book.consumed(1, 0, 4_000) == parse_amount("0.10")


def test_free_calls_hold_nothing_and_never_end() -> None:
    book, _ = _book("-3.00")
    assert book.admit(1, [Meter(0, 0, _terms("0"))], 0) is None
    assert book.consumed(1, 0, 0) == 0 and book.runs_out_at(1, 0) is None
    book.answer(1, 0)
    assert book.next_moment() is None and book.runs_out_at(1, 5) is None and book.reserved(0, 5) == 0
    assert book.finish(1, 10**7).charges[0].amount_micros == 0


def test_a_price_that_reached_its_maximum_ends_no_call() -> None:
    book, _ = _book("0.30")
    book.admit(1, [Meter(0, 0, _terms("0.10", maximum_charge=250_000))], 0)
    book.answer(1, 0)
    assert book.runs_out_at(1, 0) is None
    assert book.advance(10**8) == [] and book.warnings(10**8) == []
    assert book.consumed(1, 0, 10**8) == parse_amount("0.25")


def test_the_longest_call_is_a_limit_and_not_credit() -> None:
    book, _ = _book("9.00")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0, max_ms=90_000)
    book.answer(1, 500)
    assert book.runs_out_at(1, 600) == 90_500 and book.next_moment() == 90_500
    assert book.advance(100_000) == [CutCall(1, 90_000, "limit", None)]
    finish = book.finish(1, 100_000)
    assert (finish.cause, finish.late_ms, finish.charges[0].amount_micros) == ("limit", 9_500, parse_amount("0.20"))


def test_a_call_ended_before_its_limit_leaves_nothing_behind() -> None:
    book, _ = _book("9.00")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0, max_ms=90_000)
    book.answer(1, 0)
    finish = book.finish(1, 10_000)
    assert (finish.duration_ms, finish.was_cut, finish.cause, finish.late_ms) == (10_000, False, "", 0)
    assert book.next_moment() is None


def test_a_bye_that_came_before_the_boundary_counts_although_it_is_told_later() -> None:
    book, _ = _book("0.10")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    book.advance(60_000)
    finish = book.finish(1, 59_999)
    assert (finish.duration_ms, finish.was_cut) == (59_999, False)
    assert book.next_moment() is None


def test_the_warning_comes_once_and_again_after_money() -> None:
    book, _ = _book("0.30")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    heard = []
    for moment in range(0, 175_000, 1_000):
        due = book.next_moment()
        if due is not None and due <= moment:
            book.advance(moment)
            heard += [(moment, call) for call in book.warnings(moment)]
    assert heard == [(120_000, 1)]
    book.set_funds(0, parse_amount("0.31"), 175_000)
    assert book.warnings(175_000) == []
    book.set_funds(0, parse_amount("0.60"), 176_000)
    assert book.warnings(299_999) == [] and book.warnings(300_000) == [1]


def test_a_call_ended_is_neither_warned_nor_cut() -> None:
    book, _ = _book("0.10")
    book.admit(1, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    assert book.next_moment() == 0
    book.finish(1, 10)
    assert book.warnings(10) == [] and book.advance(10**6) == []


def test_a_call_that_cannot_get_dearer_hears_no_tone() -> None:
    book, _ = _book("0.20")
    book.admit(1, [Meter(0, 0, _terms("0", fee="0.10"))], 0)
    book.admit(2, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    book.answer(2, 0)
    assert book.warnings(1_000) == [2]
    assert book.runs_out_at(1, 1_000) is None and book.runs_out_at(2, 1_000) == 60_000


def test_a_call_at_its_maximum_beside_one_that_goes_on() -> None:
    book, _ = _book("0.45", warning_ms=0)
    book.admit(1, [Meter(0, 0, _terms("0.10", maximum_charge=150_000))], 0)
    book.admit(2, [Meter(0, 0, _terms("0.10"))], 0)
    book.answer(1, 0)
    book.answer(2, 0)
    book.admit(3, [Meter(0, 0, _terms("0.10"))], 0)
    book.release(3, 90_000)
    assert book.advance(200_000) == [CutCall(2, 180_000, "credit", 0)]


def test_two_accounts_that_end_at_one_moment() -> None:
    book, _ = _book("0.10", "0.10", warning_ms=0)
    book.admit(1, [Meter(0, 0, _terms("0.10")), Meter(1, 1, _terms("0.10"))], 0)
    book.answer(1, 0)
    assert book.next_moment() == 60_000
    book.set_funds(1, parse_amount("0.11"), 10)
    assert book.advance(60_000) == [CutCall(1, 60_000, "credit", 0)]


def test_other_terms_for_a_running_call_count_from_its_answer() -> None:
    book, _ = _book("1.00", "1.00")
    book.admit(1, [Meter(0, 0, _terms("0.10")), Meter(1, 1, _terms("0"))], 0)
    assert book.change_terms(1, 0, _terms("0.20"), 10) and book.reserved(0, 10) == parse_amount("0.20")
    assert not book.change_terms(1, 0, _terms("2.00"), 20) and book.reserved(0, 20) == parse_amount("0.20")
    book.answer(1, 1_000)
    assert book.runs_out_at(1, 1_000) == 301_000
    assert book.change_terms(1, 0, _terms("0.10"), 31_000) and book.runs_out_at(1, 31_000) == 601_000
    assert book.change_terms(1, 1, _terms("0.50"), 32_000) and book.runs_out_at(1, 32_000) == 121_000
    assert not book.change_terms(1, 0, _terms("0.60"), 62_000)
    assert book.advance(62_000) == [CutCall(1, 61_000, "credit", 0)]
    assert [charge.amount_micros for charge in book.finish(1, 62_000).charges] == [parse_amount("0.20"), parse_amount("1.00")]


def test_a_free_level_that_would_cost_more_than_there_is() -> None:
    book, _ = _book("0.00")
    book.admit(1, [Meter(0, 0, _terms("0"))], 0)
    assert not book.change_terms(1, 0, _terms("0.10"), 10)
    assert book.reserved_by_account(10) == {} and book.has(1)


def test_two_levels_on_one_account_count_together() -> None:
    book, _ = _book("0.30")
    meters = [Meter(0, 0, _terms("0.10")), Meter(1, 0, _terms("0.10"))]
    assert book.admit(1, meters, 0) is None and book.admit(2, meters, 0) == 1
    book.answer(1, 0)
    assert book.advance(60_000) == [CutCall(1, 60_000, "credit", 1)]
    assert [charge.amount_micros for charge in book.finish(1, 60_000).charges] == [parse_amount("0.10")] * 2


def test_a_call_is_admitted_once() -> None:
    book, _ = _book("1.00")
    book.admit(1, [], 0)
    with pytest.raises(ValueError, match="admitted already"):
        book.admit(1, [], 0)


def test_the_agenda_stays_small() -> None:
    book, _ = _book("1000.00")
    for call in range(2_000):
        book.admit(call, [Meter(0, 0, _terms("0.10"))], call)
        book.answer(call, call)
        book.next_moment()
        book.finish(call, call + 1)
    assert len(book._agenda) < 100
    long, _ = _book("100.00", "1.00", warning_ms=0)
    for call, account in ((-1, 0), (-2, 1)):
        long.admit(call, [Meter(0, account, _terms("0.10"))], 0)
        long.answer(call, 0)
    for cents in range(500):
        long.set_funds(0, parse_amount("100.00") + cents, cents)
        long.next_moment()
    assert len(long._agenda) < 100


def test_many_calls_at_one_boundary() -> None:
    book, _ = _book("25.00")
    for call in range(150):
        book.admit(call, [Meter(0, 0, _terms("0.10"))], 0)
        book.answer(call, 0)
    assert book.advance(59_999) == []
    cuts = book.advance(60_000)
    assert [cut.call for cut in cuts] == list(range(100, 150))


def test_many_calls_are_warned_together() -> None:
    book, _ = _book("20.00")
    for call in range(20):
        book.admit(call, [Meter(0, 0, _terms("0.30", first=6, next_=6))], 0)
        book.answer(call, 0)
    heard = [(moment, len(calls)) for moment in range(0, 200_000, 1_000) if (calls := book.warnings(moment))]
    assert len(heard) == 1 and 130_000 <= heard[0][0] <= 140_000 and heard[0][1] == 20
    cuts = book.advance(210_000)
    assert [cut.duration_ms for cut in cuts] == [198_000] * 14 + [204_000] * 6


def test_many_calls_whose_price_ends_are_not_warned() -> None:
    book, _ = _book("0.95")
    for call in range(10):
        book.admit(call, [Meter(0, 0, _terms("0", fee="0.095"))], 0)
        book.answer(call, 0)
    assert book.warnings(10**6) == [] and book.next_moment() is None


def test_a_call_split_by_bands_is_held_at_its_start_and_decided_at_its_answer() -> None:
    base = _terms("0.10", first=60, next_=60)
    schedule = Schedule([TimeBand("peak", 0, 480, 1200)])
    monday_eight = 4 * 86_400_000 + 8 * 3_600_000
    timeline = Timeline(schedule, {"": 100_000, "peak": 400_000}, base.increments, monday_eight - 1_000)
    terms = Terms(base.price, base.rules, None, timeline)
    book, _ = _book("0.30")
    assert book.admit(1, [Meter(0, 0, terms)], 0) is None
    assert book.reserved(0, 0) == parse_amount("0.10")
    book.answer(1, 10_000, monday_eight + 9_000)
    assert book.advance(10_000) == [CutCall(1, 0, "credit", 0)]
    assert book.finish(1, 10_000).charges[0].amount_micros == 0


def test_a_long_wait_is_slept_through_in_few_steps() -> None:
    book, _ = _book("1000.00")
    for call in range(50):
        book.admit(call, [Meter(0, 0, _terms("0.06", first=1, next_=1))], call * 7)
        book.answer(call, call * 7)
    steps = 0
    while not book.advance(book.next_moment() or 0):
        book.warnings(book.next_moment() or 0)
        steps += 1
    assert steps < 60
