"""The bill: goods, discounts, rounding, tax, money of all kinds, change; what is not paid; what is given back."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.wire.bills import (
    Approval,
    BillAdd,
    BillAddItem,
    BillDiscount,
    BillForgive,
    BillJoin,
    BillList,
    BillLoss,
    BillOpen,
    BillPay,
    BillQuote,
    BillRefund,
    BillRemove,
    BillSplit,
    Tender,
)
from appliance.wire.shapes import ById
from appliance.wire.shops import ExceptionsRequest, ShopUpdate
from appliance.wire.tills import GoodsCreate, GoodsList, ReceiptList
from tests.services.call_shop.counter import LEIDEN, LONDON, PIN, Counter

YES = Approval("boss", PIN)


def water(counter: Counter, price: str = "1.50", **other: object) -> int:
    return int(counter.nouns.goods.create(counter.boss, GoodsCreate(counter.shop, "Water", price, stock=10, **other)).id)


def events(counter: Counter) -> list[tuple[str, str]]:
    return [(each.kind, each.amount) for each in counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop)).events]


def test_a_bill_is_rounded_paid_in_cash_and_posted(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 61)  # 0.60
    counter.talk(counter.one, LONDON, 90.5)  # 0.0404
    bill = counter.bill(counter.bill_of(card))
    assert (bill.exact, bill.total, bill.due_card, bill.due_cash) == ("0.6404", "0.64", "0.64", "0.65")
    quote = counter.nouns.checkout.quote(counter.clerk, BillQuote(bill.id, [Tender("cash", "5")]))
    assert (quote.due, quote.missing, quote.change, quote.denominations) == ("0.65", "0.00", "4.35", {"2.00": 2, "0.20": 1, "0.10": 1, "0.05": 1})
    done = counter.pay(bill.id, ("cash", "5"), expected="0.64")
    assert (done.bill.state, done.bill.total, done.bill.rounding, done.change) == ("paid", "0.65", "0.0096", "4.35")
    assert done.receipt is not None and (done.receipt.number, done.receipt.kind) == (1, "sale") and done.print_job is not None
    assert counter.nouns.booths.get(counter.clerk, ById(counter.one)).state == "closed"
    shop = counter.shop
    assert counter.accounts() == {
        f"shop_sales:{shop}:EUR": 640_400 - 110_000,  # tax of 21 % inside 0.6404 is 0.11
        f"shop_tax:{shop}/210000:EUR": 110_000,
        f"shop_rounding:{shop}:EUR": 9_600,
        f"shop_cash:{shop}/{counter.till}:EUR": -100_650_000,
        f"shop_safe:{shop}:EUR": 100_000_000,
    }
    counter.sound()
    with pytest.raises(Conflict, match=r"bill\.settled"):
        counter.pay(bill.id, ("cash", "5"))


def test_nothing_is_settled_but_what_the_clerk_saw(counter: Counter) -> None:
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 61)
    bill = counter.bill_of(card)
    with pytest.raises(Conflict, match=r"shift\.none"):
        counter.pay(bill, ("cash", "1"))
    counter.begin_shift()
    for tenders, code in (
        ((("cash", "0.50"),), "bill.not_enough"),
        ((("card", "0.70"),), "tender.card_too_much"),
        ((("cheque", "1"),), "tender.method"),
    ):
        with pytest.raises(UserError) as caught:
            counter.pay(bill, *tenders)
        assert caught.value.code == code
    with pytest.raises(UserError, match=r"tender\.currency"):
        counter.pay(bill, ("cash", "1", "USD"))
    with pytest.raises(Conflict, match=r"bill\.changed"):
        counter.pay(bill, ("cash", "1"), expected="0.30")
    counter.base.answer(counter.base.begin(counter.one, LONDON))
    with pytest.raises(Conflict, match=r"booth\.in_call"):
        counter.pay(bill, ("cash", "1"))
    assert counter.bill(bill).state == "open"
    counter.sound()


def test_card_cash_and_foreign_money_together(counter: Counter) -> None:
    counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, currencies={"USD": "0.80"}))
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 60 * 20 - 1)  # 6.00
    counter.talk(counter.one, LONDON, 10)  # 0.0067
    done = counter.pay(counter.bill_of(card), ("card", "2.01"), ("cash", "5", "USD"), ("cash", "1.00"))
    # 6.0067 less 2.01 by card is 4.00 in coins; five dollars count for 4.00, so that one euro comes back
    assert (done.bill.total, done.change) == ("6.01", "1.00")
    found = counter.accounts()
    shop, till = counter.shop, counter.till
    assert found[f"shop_card:{shop}/{till}:EUR"] == -2_010_000
    assert found[f"shop_cash:{shop}/{till}:USD"] == -5_000_000 and found[f"shop_exchange:{shop}:USD"] == 5_000_000
    assert found[f"shop_cash:{shop}/{till}:EUR"] == -100_000_000 and found[f"shop_exchange:{shop}:EUR"] == -4_000_000
    counter.sound()


def test_a_card_pays_to_the_cent(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LONDON, 90.5)
    done = counter.pay(counter.bill_of(card), ("card", "0.04"))
    assert (done.bill.total, done.bill.rounding, done.change) == ("0.04", "-0.0004", "0.00")
    counter.sound()


def test_a_deposits_rest_is_paid_out(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="5.00")
    counter.talk(counter.one, LONDON, 90.5)
    bill = counter.bill_of(card)
    assert counter.bill(bill).due_cash == "-4.95"
    with pytest.raises(UserError, match=r"tender\.not_wanted"):
        counter.pay(bill, ("cash", "1"))
    done = counter.pay(bill)
    assert (done.change, done.bill.total) == ("4.95", "0.05")
    assert [(each.kind, each.value) for each in done.bill.payments] == [("deposit", "5.00"), ("payout", "-4.95")]
    counter.sound()


def test_goods_have_a_price_a_tax_and_a_stock(counter: Counter) -> None:
    counter.begin_shift()
    goods = water(counter, tax_percent="9", cost="0.40", code="871")
    bill = counter.nouns.bills.open(counter.clerk, BillOpen(counter.shop)).id
    counter.nouns.bills.add_goods(counter.clerk, BillAdd(bill, goods, 3))
    seen = counter.nouns.bills.add_item(counter.clerk, BillAddItem(bill, "Printing", "0.10", 5))
    assert (seen.goods, seen.total) == ("5.00", "5.00")
    found = counter.nouns.goods.list(counter.clerk, GoodsList(counter.shop, "871")).goods[0]
    assert (found.stock, found.cost) == (7, None)
    done = counter.pay(bill, ("cash", "5"))
    assert [(each.percent, each.tax) for each in done.bill.taxes] == [("9", "0.37"), ("21", "0.09")]
    assert events(counter) == [("manual_price", "0.50")]
    assert counter.bill(bill, counter.owner).margin == "3.34"  # 5.00 less 0.46 tax less 1.20
    counter.sound()


def test_lines_come_off_with_a_reason_and_calls_stay(counter: Counter) -> None:
    counter.begin_shift()
    goods = water(counter)
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    bill = counter.bill_of(card)
    line = counter.nouns.bills.add_goods(counter.clerk, BillAdd(bill, goods)).lines[-1]
    counter.nouns.bills.discount(counter.boss, BillDiscount(bill, "friend", line=line.id, percent="50"))
    with pytest.raises(UserError, match=r"reason\.wanted"):
        counter.nouns.bills.remove_line(counter.clerk, BillRemove(bill, line.id, " "))
    seen = counter.nouns.bills.remove_line(counter.clerk, BillRemove(bill, line.id, "not cold"))
    assert [(each.kind, each.removed) for each in seen.lines] == [("call", False), ("goods", True), ("discount", True)]
    assert seen.total == "0.30" and counter.nouns.goods.list(counter.clerk, GoodsList(counter.shop)).goods[0].stock == 10
    with pytest.raises(Conflict, match=r"bill\.line_stays"):
        counter.nouns.bills.remove_line(counter.clerk, BillRemove(bill, seen.lines[0].id, "why not"))
    assert events(counter) == [("deleted_line", "1.50"), ("discount", "0.75")]
    counter.sound()


def test_a_discount_wants_a_supervisor_and_keeps_the_tax_right(counter: Counter) -> None:
    counter.begin_shift()
    goods = water(counter, "10.00", tax_percent="0")
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 60 * 40 - 1)  # 12.00 at 21 %
    bill = counter.bill_of(card)
    counter.nouns.bills.add_goods(counter.clerk, BillAdd(bill, goods))
    request = BillDiscount(bill, "regular guest", percent="10")
    with pytest.raises(Forbidden, match=r"approval\.wanted"):
        counter.nouns.bills.discount(counter.clerk, request)
    seen = counter.nouns.bills.discount(counter.clerk, BillDiscount(bill, "regular guest", percent="10", approval=YES))
    assert [(each.amount, each.tax_percent) for each in seen.lines if each.kind == "discount"] == [("-1.00", "0"), ("-1.20", "21")]
    assert (seen.total, seen.discounts) == ("19.80", "-2.20")
    with pytest.raises(UserError, match=r"bill\.discount_too_large"):
        counter.nouns.bills.discount(counter.boss, BillDiscount(bill, "too kind", amount="19.81"))
    done = counter.pay(bill, ("cash", "20"))
    assert [(each.percent, each.gross, each.tax) for each in done.bill.taxes] == [("0", "9.00", "0.00"), ("21", "10.80", "1.87")]
    counter.sound()


def test_wrong_pins_shut_the_door(counter: Counter) -> None:
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    request = BillDiscount(counter.bill_of(card), "please", amount="0.10", approval=Approval("boss", "0000"))
    for _ in range(5):
        with pytest.raises(Forbidden, match=r"approval\.wrong"):
            counter.nouns.bills.discount(counter.clerk, request)
    right = BillDiscount(counter.bill_of(card), "please", amount="0.10", approval=YES)
    with pytest.raises(Forbidden, match=r"approval\.shut"):
        counter.nouns.bills.discount(counter.clerk, right)
    counter.base.clock.advance(61)
    assert counter.nouns.bills.discount(counter.clerk, right).discounts == "-0.10"
    with pytest.raises(Forbidden, match=r"approval\.wrong"):
        counter.nouns.bills.discount(counter.clerk, BillDiscount(counter.bill_of(card), "please", amount="0.10", approval=Approval("nobody", PIN)))


def test_a_short_call_is_forgiven_within_bounds(counter: Counter) -> None:
    counter.begin_shift()
    counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, forgive_seconds=10, forgive_amount="0.50"))
    card = counter.sit(counter.one)
    for seconds in (3, 4, 20):
        counter.talk(counter.one, LEIDEN, seconds)  # 0.30 each
    bill = counter.bill(counter.bill_of(card))
    first, second, third = (line.id for line in bill.lines)
    assert counter.nouns.bills.forgive(counter.clerk, BillForgive(bill.id, first)).total == "0.60"
    for line in (second, third):  # past the sum of the shift, and too long
        with pytest.raises(Forbidden, match=r"approval\.wanted"):
            counter.nouns.bills.forgive(counter.clerk, BillForgive(bill.id, line))
    assert counter.nouns.bills.forgive(counter.clerk, BillForgive(bill.id, third, "bad line", approval=YES)).total == "0.30"
    with pytest.raises(Conflict, match=r"bill\.line_unknown"):
        counter.nouns.bills.forgive(counter.boss, BillForgive(bill.id, first))
    counter.sound()


def test_bills_are_split_and_joined(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="1.00")
    counter.talk(counter.one, LEIDEN, 10)
    counter.talk(counter.one, LEIDEN, 70)
    bill = counter.bill(counter.bill_of(card))
    new = counter.nouns.bills.split(counter.clerk, BillSplit(bill.id, [bill.lines[1].id]))
    assert (new.total, new.paid, counter.bill(bill.id).due_cash) == ("0.60", "0.00", "-0.70")
    with pytest.raises(NotFound, match=r"bill\.line_unknown"):
        counter.nouns.bills.split(counter.clerk, BillSplit(bill.id, [bill.lines[1].id]))
    counter.sound()
    with pytest.raises(Conflict, match=r"bill\.has_sessions"):
        counter.nouns.bills.join(counter.clerk, BillJoin(bill.id, new.id))
    joined = counter.nouns.bills.join(counter.clerk, BillJoin(new.id, bill.id))
    assert (joined.total, joined.due_cash) == ("0.90", "-0.10")
    assert counter.pay(bill.id).change == "0.10"
    counter.sound()


def test_goods_do_not_eat_more_than_the_deposit(counter: Counter) -> None:
    counter.begin_shift()
    goods = water(counter)
    card = counter.sit(counter.one, mode="deposit", deposit="2.00")
    counter.nouns.bills.add_goods(counter.clerk, BillAdd(counter.bill_of(card), goods))
    with pytest.raises(Conflict, match=r"bill\.deposit_too_small"):
        counter.nouns.bills.add_goods(counter.clerk, BillAdd(counter.bill_of(card), goods))


def test_walked_out_cancelled_and_complained(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="0.30")
    counter.talk(counter.one, LEIDEN, 10)
    goods = water(counter)
    counter.nouns.bills.add_item(counter.boss, BillAddItem(counter.nouns.bills.open(counter.clerk, BillOpen(counter.shop)).id, "x", "1"))
    assert goods
    done = counter.nouns.checkout.write_off(counter.clerk, BillLoss(counter.bill_of(card), "walk_out", "ran away"))
    assert (done.bill.state, done.bill.total, done.bill.lost) == ("walk_out", "0.30", "0.00")
    card = counter.sit(counter.one, mode="deposit", deposit="1.00")
    counter.talk(counter.one, LEIDEN, 10)
    bill = counter.bill_of(card)
    with pytest.raises(Forbidden, match=r"approval\.wanted"):
        counter.nouns.checkout.write_off(counter.clerk, BillLoss(bill, "cancelled", "wrong booth", counter.till))
    done = counter.nouns.checkout.write_off(counter.clerk, BillLoss(bill, "cancelled", "wrong booth", counter.till, approval=YES))
    assert (done.bill.lost, done.change, done.receipt and done.receipt.kind) == ("0.30", "1.00", "loss")
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    counter.nouns.checkout.write_off(counter.clerk, BillLoss(counter.bill_of(card), "complaint", "noise", approval=YES))
    found = counter.accounts()
    assert found[f"shop_loss:{counter.shop}:EUR"] == -600_000
    assert [kind for kind, _ in events(counter)] == ["complaint", "cancel", "walk_out", "manual_price"]
    counter.sound()


def test_money_back_by_the_receipts_number(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    counter.talk(counter.one, LEIDEN, 70)
    counter.pay(counter.bill_of(card), ("cash", "0.90"))
    found = counter.nouns.bills.list(counter.clerk, BillList(counter.shop, search="1")).bills[0]
    line = counter.bill(found.id).lines[0]
    with pytest.raises(Forbidden, match=r"approval\.wanted"):
        counter.nouns.checkout.refund(counter.clerk, BillRefund(found.id, counter.till, "noise"))
    done = counter.nouns.checkout.refund(counter.clerk, BillRefund(found.id, counter.till, "noise", [line.id], approval=YES, request_id="r"))
    assert counter.nouns.checkout.refund(counter.clerk, BillRefund(found.id, counter.till, "noise", [line.id], approval=YES, request_id="r")) == done
    assert (done.change, done.bill.refunded, done.receipt and done.receipt.number) == ("0.30", "0.30", 2)
    with pytest.raises(UserError, match=r"bill\.refund_too_large"):
        counter.nouns.checkout.refund(counter.boss, BillRefund(found.id, counter.till, "more", amount="0.61"))
    counter.nouns.checkout.refund(counter.boss, BillRefund(found.id, counter.till, "the rest"))
    found_accounts = counter.accounts()
    assert f"shop_tax:{counter.shop}/210000:EUR" not in found_accounts  # 0.16 in, 0.05 and 0.11 back
    assert found_accounts[f"shop_cash:{counter.shop}/{counter.till}:EUR"] == -100_000_000
    counter.sound()


def test_receipts_are_numbered_and_chained(counter: Counter) -> None:
    counter.begin_shift()
    for booth in (counter.one, counter.two, counter.one):
        card = counter.sit(booth, mode="deposit", deposit="1.00")
        counter.talk(booth, LONDON, 10)
        counter.pay(counter.bill_of(card))
    page = counter.nouns.receipts.list(counter.clerk, ReceiptList(counter.shop)).receipts
    assert [(each.number, each.kind) for each in page] == [(6, "sale"), (5, "deposit"), (4, "sale"), (3, "deposit"), (2, "sale"), (1, "deposit")]
    assert [each.previous for each in page] == [*(each.hash for each in page[1:]), ""]
    counter.sound()


def test_paying_twice_pays_once(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    request = BillPay(counter.bill_of(card), counter.till, [Tender("cash", "0.30")], request_id="click")
    assert counter.nouns.checkout.pay(counter.clerk, request) == counter.nouns.checkout.pay(counter.clerk, request)
    assert counter.base.store.database.value("SELECT count(*) FROM till_document") == 1
    counter.sound()
