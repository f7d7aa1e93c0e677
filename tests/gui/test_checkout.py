"""The checkout by keyboard: cash, card, both, foreign cash, change; goods, discounts with a PIN, lines off, splits, losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.booths.checkout import Checkout
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.problem import Problem
from tests.gui import shops
from tests.gui.fake_client import FakeClient
from tests.gui.test_booths import shown_dialog

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


def opened(qtbot: QtBot, desk: Desk, owner: QWidget) -> Checkout:
    made = Checkout(desk, owner, shops.shop(), shops.till(), 206, "Booth 6")
    made.open()
    qtbot.waitUntil(lambda: made.tender.quote is not None)
    return made


@pytest.fixture
def checkout(qtbot: QtBot, desk: Desk, server: FakeClient, owner: QWidget) -> Checkout:
    shops.answer(server)
    return opened(qtbot, desk, owner)


def closed(qtbot: QtBot, desk: Desk, dialog: QDialog) -> list[int]:
    results: list[int] = []
    dialog.finished.connect(results.append)
    return results


def test_enter_alone_takes_exactly_what_is_due_in_cash(checkout: Checkout, qtbot: QtBot, server: FakeClient, desk: Desk, shoot: Shoot) -> None:
    assert checkout.tender.due.text() == "3.60\u00a0EUR", "cash is rounded to the coin"
    shoot(checkout, "checkout")
    server.answer("bills.pay", shops.settled())
    results = closed(qtbot, desk, checkout)
    qtbot.keyClick(checkout, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(results))
    asked = server.asked("bills.pay")[-1]
    assert [(each.method, each.amount) for each in asked.tenders] == [("cash", "3.60")]
    assert (asked.expected, asked.till, asked.print, asked.hang_up) == ("3.58", 3, True, False) and asked.request_id


def test_change_is_said_large_until_it_was_given(checkout: Checkout, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    checkout.tender.cash.set_amount("10.00")
    qtbot.waitUntil(lambda: checkout.tender.change.text() == "6.40\u00a0EUR")
    assert "1 × 5.00" in checkout.tender.given_as.text() and "2 × 0.20" in checkout.tender.given_as.text()
    shoot(checkout, "checkout-change")
    server.answer("bills.pay", shops.settled("6.40"))
    checkout.pay()
    qtbot.waitUntil(lambda: checkout._pages.currentIndex() == 1)
    shoot(checkout, "checkout-paid")
    qtbot.keyClick(checkout, Qt.Key.Key_Return)
    assert len(server.asked("bills.pay")) == 1, "Enter does not pay twice"


def test_too_little_cannot_be_taken(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    checkout.tender.cash.set_amount("2")
    qtbot.waitUntil(lambda: checkout.tender.change_word.text() == "Still missing")
    assert checkout.tender.change.text() == "1.60\u00a0EUR" and not checkout.pay_button.isEnabled()
    qtbot.keyClick(checkout, Qt.Key.Key_Return)
    assert not server.asked("bills.pay")
    checkout.tender.card.set_amount("1.60")
    qtbot.waitUntil(checkout.pay_button.isEnabled)
    server.answer("bills.pay", shops.settled())
    checkout.pay()
    qtbot.waitUntil(lambda: bool(server.asked("bills.pay")))
    assert [(each.method, each.amount) for each in server.asked("bills.pay")[-1].tenders] == [("cash", "2.00"), ("card", "1.60")]


def test_foreign_cash_names_its_currency(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    checkout.tender.currency.setCurrentText("USD")
    checkout.tender.cash.set_amount("5")
    qtbot.waitUntil(lambda: bool(server.asked("bills.quote")) and bool(server.asked("bills.quote")[-1].tenders))
    qtbot.waitUntil(lambda: server.asked("bills.quote")[-1].tenders[0].currency == "USD")
    assert checkout.tender.cash.currency == "USD"


def test_a_discount_wants_a_supervisor(checkout: Checkout, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    def answer(request: Any) -> Any:
        if request.approval is None:
            return Problem(status=403, code="approval.wanted", detail="A supervisor has to approve this.", field="approval")
        return shops.bill(discounts="-1.00", total="2.58", due_cash="2.60", due_card="2.58")

    server.answer("bills.discount", answer)
    checkout.discount()
    dialog = shown_dialog(qtbot, checkout)
    dialog.form.fill({"percent": "10", "reason": "waited long"})
    dialog.submit()

    def asked_for_pin() -> bool:
        return any("PIN" in each.form.__class__.__name__ or "pin" in each.form._fields for each in dialog.findChildren(FormDialog))

    qtbot.waitUntil(asked_for_pin)
    pin = next(each for each in dialog.findChildren(FormDialog) if "pin" in each.form._fields)
    shoot(pin, "approval")
    pin.form.fill({"pin": "4711"})
    pin.submit()
    qtbot.waitUntil(lambda: checkout.bill is not None and checkout.bill.total == "2.58")
    asked = server.asked("bills.discount")[-1]
    assert (asked.percent, asked.reason, asked.approval.login, asked.approval.pin) == ("10", "waited long", "sara", "4711")


def test_goods_items_and_lines_off(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("bills.add_item", shops.bill(goods="2.00", total="4.08"))
    checkout.add_item()
    dialog = shown_dialog(qtbot, checkout)
    dialog.form.fill({"text": "Envelope", "amount": "0.50"})
    dialog.submit()
    qtbot.waitUntil(lambda: checkout.bill is not None and checkout.bill.total == "4.08")
    assert server.asked("bills.add_item")[-1].quantity == 1
    checkout.table.choose(0)
    checkout.remove()
    assert "Calls stay on the bill" in checkout.fault.text()
    checkout.table.choose(2)
    checkout.remove()
    dialog = shown_dialog(qtbot, checkout)
    dialog.submit()
    assert not server.asked("bills.remove_line"), "a reason is needed"
    dialog.form.fill({"reason": "not wanted"})
    server.answer("bills.remove_line", shops.bill())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bills.remove_line")))
    assert server.asked("bills.remove_line")[-1].line == 3


def test_goods_are_found_by_typing(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    checkout.add_goods()
    dialog = shown_dialog(qtbot, checkout)
    goods = dialog.form.field("goods")
    qtbot.waitUntil(lambda: goods.count() == 2)
    goods.setCurrentIndex(0)
    goods._pick(goods.itemText(0))
    server.answer("bills.add_goods", shops.bill())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bills.add_goods")))
    assert (server.asked("bills.add_goods")[-1].goods, server.asked("bills.add_goods")[-1].quantity) == (1, 1)


def test_a_running_call_is_ended_first(qtbot: QtBot, desk: Desk, server: FakeClient, owner: QWidget) -> None:
    shops.answer(server, bill=shops.bill(running=True))
    checkout = opened(qtbot, desk, owner)
    assert checkout.running.isVisible()
    qtbot.keyClick(checkout, Qt.Key.Key_Return)
    question = shown_dialog(qtbot, checkout, QDialog)
    assert not server.asked("bills.pay")
    server.answer("booth_sessions.set_state", shops.booth(6, "to_pay", session=shops.session(6, state="locked")))
    server.answer("bills.get", shops.bill())
    question.accept()
    qtbot.waitUntil(lambda: checkout.bill is not None and not checkout.bill.running)
    assert server.asked("booth_sessions.set_state")[-1].hang_up


def test_a_bill_that_changed_is_looked_at_again(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("bills.pay", Problem(status=409, code="bill.changed", detail="The bill has changed. Look at it again."))
    server.answer("bills.get", shops.bill(total="5.00", due_cash="5.00"))
    checkout.pay()
    qtbot.waitUntil(lambda: checkout.bill is not None and checkout.bill.total == "5.00")
    assert "changed" in checkout.fault.text() and checkout.isVisible()


def test_rest_of_a_deposit_is_given_back(qtbot: QtBot, desk: Desk, server: FakeClient, owner: QWidget) -> None:
    shops.answer(server, bill=shops.bill(paid="10.00", due_cash="-6.40", due_card="-6.42"))
    server.answer("bills.quote", lambda request: shops.Quote("EUR", "3.58", "0.02", "-6.40", "0.00", "0.00", "6.40", {"5.00": 1}))
    checkout = opened(qtbot, desk, owner)
    assert checkout.tender.due_word.text() == "To give back" and checkout.tender.due.text() == "6.40\u00a0EUR"
    assert checkout.pay_button.text() == "Give the rest back" and not checkout.tender.cash.isEnabled()
    server.answer("bills.pay", shops.settled("6.40"))
    checkout.pay()
    qtbot.waitUntil(lambda: bool(server.asked("bills.pay")))
    assert server.asked("bills.pay")[-1].tenders == []


def test_split_and_loss(checkout: Checkout, qtbot: QtBot, server: FakeClient) -> None:
    checkout.split()
    assert "Choose the lines" in checkout.fault.text()
    checkout.table.choose(0)
    server.answer("bills.split", shops.bill(id=207))
    checkout.split()
    qtbot.waitUntil(lambda: bool(server.asked("bills.split")))
    assert server.asked("bills.split")[-1].lines == [1]
    qtbot.waitUntil(lambda: bool(checkout.findChildren(Checkout)))
    checkout.findChildren(Checkout)[0].reject()
    checkout.lose()
    dialog = shown_dialog(qtbot, checkout)
    dialog.form.fill({"kind": "walk_out", "reason": "ran away"})
    server.answer("bills.write_off", shops.settled())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bills.write_off")))
    assert (server.asked("bills.write_off")[-1].kind, server.asked("bills.write_off")[-1].till) == ("walk_out", 3)


def test_news_of_the_bill_is_shown(checkout: Checkout, qtbot: QtBot, server: FakeClient, desk: Desk) -> None:
    server.answer("bills.get", shops.bill(total="9.99"))
    desk.listener.tell("bill", frozenset({1}))
    desk.listener.flush()
    desk.listener.tell("bill", frozenset({206}))
    qtbot.waitUntil(lambda: checkout.bill is not None and checkout.bill.total == "9.99")


def test_pictures(checkout: Checkout, qtbot: QtBot, desk: Desk, owner: QWidget, shoot: Shoot) -> None:
    checkout.resize(1004, 540)
    desk.theme.choose(DARK)
    shoot(checkout, "checkout-dark-small")
    desk.theme.choose("light")
    words.use("ar")
    QApplication.instance().setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # type: ignore[union-attr]
    mirrored = opened(qtbot, desk, owner)
    shoot(mirrored, "checkout-arabic")
    assert mirrored.table.geometry().center().x() > mirrored.width() // 2, "the lines stand at the right"
