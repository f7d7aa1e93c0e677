"""Guests in booths: who may call, what a deposit buys, how they move, and where each call ends up."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.calls.call_record import Accepted, Denied
from appliance.wire.booths import BoothList, BoothUpdate, SessionJoin, SessionOpen, SessionState, SessionTopUp, SessionTransfer, SessionUpdate
from appliance.wire.shapes import ById
from appliance.wire.shops import ExceptionsRequest, ShopUpdate
from tests.services.call_shop.counter import LEIDEN, LONDON, Counter


def states(counter: Counter) -> list[str]:
    return [card.state for card in counter.nouns.booths.list(counter.clerk, BoothList(counter.shop)).booths]


def refused(counter: Counter, booth: int, number: str = LONDON, **how: object) -> tuple[int, str]:
    answer = counter.base.attempt(booth, number, **how)
    assert isinstance(answer, Denied)
    return answer.status, answer.cause


def test_a_closed_booth_calls_nobody_but_for_help(counter: Counter) -> None:
    assert states(counter) == ["closed", "closed"]
    assert refused(counter, counter.one) == (403, "refused")
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop))
    assert [(each.kind, each.count) for each in events.totals] == [("closed_booth_call", 1)]
    with counter.base.services.changes.unit():
        counter.base.store.trunks.update(counter.simple.trunk, {"emergency": 1})
        counter.base.services.changes.note("trunk", counter.simple.trunk)
    assert isinstance(counter.base.attempt(counter.one, "112", emergency=True), Accepted)


def test_a_guest_is_charged_beside_the_shop_and_the_bill_says_so(counter: Counter) -> None:
    card = counter.sit(counter.one, note="Ama")
    assert (card.state, card.session and card.session.note) == ("open", "Ama")
    call = counter.base.answer(counter.base.begin(counter.one, LONDON))
    counter.base.run(90.5)
    card = counter.nouns.booths.get(counter.clerk, counter_id(counter.one))
    assert card.state == "in_call" and card.call is not None and card.session is not None
    # 0.0250 a minute and a fee of 0.0025 for 91 seconds, to four decimals
    assert (card.call.number, card.call.seconds, card.call.money, card.session.total) == (LONDON, 90, "0.0404", "0.0404")
    counter.base.end(call)
    bill = counter.bill(counter.bill_of(card))
    line = bill.lines[0]
    assert (line.kind, line.number, line.destination, line.country, line.billed_seconds, line.amount) == ("call", LONDON, "to 44", "GB", 91, "0.0404")
    assert (bill.total, bill.due_card, bill.due_cash, bill.running) == ("0.04", "0.04", "0.05", False)
    charges = dict(counter.base.store.database.fetch("SELECT level, amount_micros FROM charge WHERE cdr_id = ?", (call,)))
    assert charges == {-1: 40_400, 0: 20_200}
    assert line.cost is None and counter.bill(bill.id, counter.owner).lines[0].cost == "0.0202"
    assert counter.base.balance(counter.account) == 100_000_000 - 20_200
    counter.sound()


def test_a_booth_with_a_gateway_is_not_off(counter: Counter) -> None:
    counter.base.endpoint(counter.shop, "1000013")
    counter.base.endpoint(counter.shop, "1000014", addresses='["192.0.2.7"]')
    cards = counter.nouns.booths.list(counter.clerk, BoothList(counter.shop)).booths
    assert {card.number: card.registered for card in cards} == {"1000011": True, "1000012": True, "1000013": False, "1000014": True}


def counter_id(booth: int) -> object:
    from appliance.wire.shapes import ById

    return ById(booth)


def test_a_deposit_ends_the_call_at_the_boundary_and_a_top_up_moves_it(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="1.00")
    call = counter.base.answer(counter.base.begin(counter.one, LEIDEN))  # 0.30 for each begun minute
    assert counter.base.run(170) == []
    session = card.session
    assert session is not None
    counter.nouns.sessions.top_up(counter.clerk, SessionTopUp(session.id, "0.25", counter.till))
    assert counter.base.run(20) == []
    cut = counter.base.run(200)
    assert cut == [(call, "credit")]  # 1.25 buys four minutes
    bill = counter.bill(session.bill)
    assert (bill.lines[0].seconds, bill.lines[0].amount, bill.paid, bill.due_cash) == (240, "1.20", "1.25", "-0.05")
    assert refused(counter, counter.one, LEIDEN) == (402, "no_funds")
    counter.sound()


def test_a_deposit_needs_a_shift_and_warns_where_it_is_more_than_the_shop_has(counter: Counter) -> None:
    with pytest.raises(Conflict, match=r"shift\.none"):
        counter.sit(counter.one, mode="deposit", deposit="5.00")
    assert states(counter) == ["closed", "closed"]
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="100.01")
    assert card.session is not None and card.session.warnings == ["shop_credit"]


def test_limits_of_money_and_time(counter: Counter) -> None:
    card = counter.sit(counter.one, money_limit="0.30")
    call = counter.base.answer(counter.base.begin(counter.one, LEIDEN))
    assert counter.base.run(100) == [(call, "credit")]
    assert card.session is not None and counter.bill(card.session.bill).lines[0].seconds == 60
    card = counter.sit(counter.two, time_limit_seconds=100)
    counter.talk(counter.two, LONDON, 70.5)
    call = counter.base.answer(counter.base.begin(counter.two, LONDON))
    assert counter.base.run(10) == []
    assert card.session is not None
    counter.nouns.sessions.update(counter.clerk, SessionUpdate(card.session.id, time_limit_seconds=110))
    assert counter.base.run(100) == [(call, "limit")]
    assert [line.seconds for line in counter.bill(card.session.bill).lines] == [70, 39]
    assert refused(counter, counter.two) == (403, "limit")
    counter.nouns.sessions.update(counter.clerk, SessionUpdate(card.session.id, time_limit_seconds=None))
    counter.talk(counter.two, LONDON, 5)
    counter.sound()


def test_paused_and_locked_booths_take_no_new_calls(counter: Counter) -> None:
    card = counter.sit(counter.one)
    assert card.session is not None
    call = counter.base.answer(counter.base.begin(counter.one, LONDON))
    counter.nouns.sessions.set_state(counter.clerk, SessionState(card.session.id, "paused"))
    with pytest.raises(Conflict, match=r"booth\.in_call"):
        counter.nouns.sessions.set_state(counter.clerk, SessionState(card.session.id, "locked"))
    counter.base.end(call)
    assert refused(counter, counter.one) == (403, "refused")
    assert counter.nouns.sessions.set_state(counter.clerk, SessionState(card.session.id, "locked")).state == "to_pay"
    assert counter.nouns.sessions.set_state(counter.clerk, SessionState(card.session.id, "open")).state == "open"
    counter.talk(counter.one, LONDON, 3)


def test_a_booth_has_one_call_at_a_time(counter: Counter) -> None:
    counter.sit(counter.one)
    counter.base.begin(counter.one, LONDON)
    assert refused(counter, counter.one) == (486, "limit")


def test_what_is_blocked_is_not_called(counter: Counter) -> None:
    counter.sit(counter.one)
    counter.nouns.booths.update(counter.boss, BoothUpdate(counter.one, blocked=["31"]))
    assert refused(counter, counter.one, LEIDEN) == (403, "blocked")
    counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, blocked=["4420"]))
    assert refused(counter, counter.one, LONDON) == (403, "blocked")


def test_no_price_is_no_call(counter: Counter) -> None:
    counter.sit(counter.one)
    assert refused(counter, counter.one, "99123456") == (404, "no_rate")


def test_a_guest_moves_with_all_he_has(counter: Counter) -> None:
    card = counter.sit(counter.one)
    assert card.session is not None
    counter.talk(counter.one, LONDON, 10)
    call = counter.base.answer(counter.base.begin(counter.one, LONDON))
    with pytest.raises(Conflict, match=r"booth\.in_call"):
        counter.nouns.sessions.transfer(counter.clerk, SessionTransfer(card.session.id, counter.two))
    counter.base.end(call)
    moved = counter.nouns.sessions.transfer(counter.clerk, SessionTransfer(card.session.id, counter.two))
    assert moved.id == counter.two and states(counter) == ["closed", "open"]
    counter.talk(counter.two, LONDON, 10)
    assert len(counter.bill(card.session.bill).lines) == 3
    assert refused(counter, counter.one) == (403, "refused")


def test_two_booths_on_one_bill(counter: Counter) -> None:
    counter.begin_shift()
    first, second = counter.sit(counter.one), counter.sit(counter.two, mode="deposit", deposit="2.00")
    assert first.session is not None and second.session is not None
    counter.talk(counter.one, LONDON, 60)
    counter.talk(counter.two, LEIDEN, 30)
    both = counter.nouns.bills.join_session(counter.clerk, SessionJoin(second.session.id, first.session.bill))
    assert [line.kind for line in both.lines] == ["call", "call"] and both.paid == "2.00"
    assert states(counter) == ["open", "closed"]
    assert counter.bill(second.session.bill).state == "joined"
    counter.sound()


def test_a_desk_phone_is_no_booth(counter: Counter) -> None:
    counter.nouns.booths.update(counter.boss, BoothUpdate(counter.two, desk=True))
    call = counter.talk(counter.two, LONDON, 5)
    assert counter.base.store.database.fetch("SELECT level FROM charge WHERE cdr_id = ?", (call,)) == [(0,)]
    with pytest.raises(Conflict, match=r"booth\.desk"):
        counter.sit(counter.two)
    assert len(states(counter)) == 1


def test_a_crash_leaves_the_call_on_the_bill_up_to_its_checkpoint(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="5.00", note="Kofi")
    assert card.session is not None
    counter.base.answer(counter.base.begin(counter.one, LONDON))
    counter.base.run(40)
    counter.base.beat()
    counter.base.run(3)
    counter.base.crash()
    session = counter.nouns.booths.get(counter.clerk, counter_id(counter.one)).session
    with pytest.raises(Conflict, match=r"booth\.in_call"):
        counter.pay(session.bill)
    counter.base.start()
    bill = counter.bill(session.bill)
    assert [(line.kind, line.seconds) for line in bill.lines] == [("call", 40)]
    assert counter.nouns.booths.get(counter.clerk, counter_id(counter.one)).session.note == "Kofi"
    counter.sound()


def test_requests_are_done_once(counter: Counter) -> None:
    counter.begin_shift()
    request = SessionOpen(counter.one, mode="deposit", deposit="3.00", till=counter.till, request_id="a click")
    first = counter.nouns.sessions.open(counter.clerk, request)
    assert counter.nouns.sessions.open(counter.clerk, request) == first
    top_up = SessionTopUp(first.session.id, "1.00", counter.till, request_id="another")
    counter.nouns.sessions.top_up(counter.clerk, top_up)
    counter.nouns.sessions.top_up(counter.clerk, top_up)
    assert counter.bill(first.session.bill).paid == "4.00"


def test_a_clerk_of_another_shop_finds_nothing(counter: Counter) -> None:
    other = counter.base.customer(counter.simple.root, "Other", counter.simple.retail, counter.account, call_shop=1)
    stranger = counter.person("stranger", "clerk", shop=other)
    card = counter.sit(counter.one)
    for act in (
        lambda: counter.nouns.booths.get(stranger, counter_id(counter.one)),
        lambda: counter.nouns.sessions.open(stranger, SessionOpen(counter.two)),
        lambda: counter.nouns.bills.get(stranger, counter_id(counter.bill_of(card))),
        lambda: counter.nouns.booths.list(stranger, BoothList(counter.shop)),
        lambda: counter.nouns.shifts.open(stranger, counter_shift(counter)),
    ):
        with pytest.raises(NotFound):
            act()
    assert counter.nouns.booths.list(stranger, BoothList()).booths == []


def counter_shift(counter: Counter) -> object:
    from appliance.wire.shifts import ShiftOpen

    return ShiftOpen(counter.till, {})


def test_what_makes_no_sense_is_refused(counter: Counter) -> None:
    counter.begin_shift()
    for how, code in (
        ({"mode": "credit"}, "field.not_a_choice"),
        ({"mode": "deposit", "deposit": "0"}, "amount.not_positive"),
        ({"mode": "deposit", "deposit": "1.001"}, "amount.too_precise"),
        ({"mode": "deposit", "deposit": "1", "money_limit": "5"}, "session.limit_for_postpaid"),
        ({"time_limit_seconds": 0}, "field.out_of_range"),
    ):
        with pytest.raises(UserError) as caught:
            counter.sit(counter.one, **how)
        assert caught.value.code == code
    assert states(counter) == ["closed", "closed"]
    counter.sound()


def test_the_card_of_a_joined_bill_shows_the_whole_and_its_parts(counter: Counter) -> None:
    counter.begin_shift()
    first, second = counter.sit(counter.one, note="Ana", mode="deposit", deposit="2.00"), counter.sit(counter.two, note="Ben")
    counter.talk(counter.one, LEIDEN, 10)
    counter.talk(counter.two, LEIDEN, 70)
    assert first.session is not None and second.session is not None
    counter.nouns.bills.join_session(counter.clerk, SessionJoin(second.session.id, first.session.bill))
    card = counter.nouns.booths.get(counter.clerk, ById(counter.one)).session
    assert (card.total, card.calls, card.deposit, card.left) == ("0.90", 2, "2.00", "1.10")
    assert [(each.note, each.calls, each.amount) for each in card.parts] == [("Ana", 1, "0.30"), ("Ben", 1, "0.60")]
    assert counter.bill(first.session.bill).total == card.total
    counter.sound()
