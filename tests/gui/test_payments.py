"""Payments: the list, money in with its tax, money back, the reversal in words, the receipt on screen, in a file, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.parts.payment_form import PaymentForm, add_payment
from appliance.gui.screens.payments.payments import PaymentsScreen
from appliance.gui.widgets.document_view import DocumentDialog, Pages, print_pages, printer_for
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.payments import PaymentPage, PaymentView
from appliance.wire.problem import Problem
from tests.gui.fake_client import FakeClient
from tests.gui.people import customer, page
from tests.gui.prices import dialog, do, effect, enabled, payment, payments, pdf, totals

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> PaymentsScreen:
    server.answer("payments.list", payments())
    server.answer("payments.totals", totals())
    server.answer("customers.list", page())
    made = PaymentsScreen(desk, Place("payments"))
    qtbot.addWidget(made)
    made.resize(1000, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))
    return made


def choose(screen: PaymentsScreen, identity: int) -> PaymentView:
    screen.list.table.choose(screen.list.model.row_of(identity))
    view: PaymentView = screen.list.current()
    return view


def test_list_shows_kinds_amounts_and_totals(screen: PaymentsScreen, qtbot: QtBot, shoot: Shoot) -> None:
    model = screen.list.model
    kinds = [str(model.index(row, 2).data()) for row in range(model.rowCount())]
    assert kinds == ["Payment", "Refund", "Payment", "Reversal", "Partly given back", "Given back", "Payment", "Payment"]
    assert str(model.index(1, 5).data()) == "\u221212.10\u00a0EUR"
    assert str(model.index(7, 1).data()) == "shared account"
    qtbot.waitUntil(lambda: screen.list.counted.text() == "8")
    assert screen.list.footer.text() == "8 payments   ·   2,040.40\u00a0EUR in all, of it tax 267.342149\u00a0EUR"
    choose(screen, 9)
    shoot(screen, "payments")


def test_filters_go_into_the_question(screen: PaymentsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.list.set_filter("kind", "refund")
    qtbot.waitUntil(lambda: server.asked("payments.list")[-1].kind == "refund")
    screen.list.period.setCurrentIndex(screen.list.period.findData("month"))
    qtbot.waitUntil(lambda: server.asked("payments.list")[-1].since is not None)
    screen.list.search.setText("1187")
    qtbot.waitUntil(lambda: server.asked("payments.totals")[-1].search == "1187")
    screen.list.clear_filters()
    qtbot.waitUntil(lambda: server.asked("payments.list")[-1].kind == "" and server.asked("payments.list")[-1].since is None)


def test_a_place_may_name_the_customer(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen = PaymentsScreen(desk, Place("payments", filters={"customer": "7", "name": "Anna"}))
    qtbot.addWidget(screen)
    screen.refresh()
    assert server.asked("payments.list")[-1].customer == 7
    assert screen.list.customer.currentText() == "Anna"


def test_what_can_be_done_follows_what_is_chosen(screen: PaymentsScreen) -> None:
    always = {"payments.add", "payments.bank", "payments.vouchers", "payments.approvals"}
    assert enabled(screen) == always
    choose(screen, 9)
    assert enabled(screen) == always | {"payments.receipt", "payments.customer", "payments.refund", "payments.reverse"}
    choose(screen, 5)
    assert "payments.reverse" not in enabled(screen) and "payments.refund" in enabled(screen)
    for identity in (8, 6, 4):
        choose(screen, identity)
        assert not {"payments.refund", "payments.reverse"} & enabled(screen)
    choose(screen, 2)
    assert "payments.customer" not in enabled(screen)


def test_adding_shows_tax_and_credit_before_it_saves(screen: PaymentsScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("payments.preview", effect())
    server.answer("payments.record", payment(10))
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    do(screen, "payments.add")
    made = dialog(FormDialog)
    form = made.form
    assert isinstance(form, PaymentForm)
    assert form.effect.text == "Choose the customer and type the amount."
    form.chooser.setFocus()
    form.chooser.ask()
    qtbot.waitUntil(lambda: form.chooser.count() > 1)
    qtbot.keyClicks(form.chooser.lineEdit(), "anna")
    form.chooser._pick(form.chooser.itemText(0))
    assert "Balance now: 12.50\u00a0EUR" in form.effect.text
    qtbot.keyClicks(form.amount.line, "121")
    qtbot.waitUntil(lambda: "Balance after" in form.effect.text)
    assert server.asked("payments.preview")[-1].amount == "121.00"
    assert form.effect.text.split("\n") == [
        "Received: 121.00\u00a0EUR",
        "Of it tax, 21\u00a0%: 21.00\u00a0EUR",
        "Credit: 100.00\u00a0EUR",
        "Balance before: 12.50\u00a0EUR",
        "Balance after: 112.50\u00a0EUR",
    ]
    shoot(made, "payment-add")
    qtbot.keyClick(form.amount.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("payments.record")[-1]
    assert (asked.customer, asked.amount, asked.method) == (1, "121.00", "cash") and asked.request_id
    assert told == ["121.00\u00a0EUR received; the balance is 112.50\u00a0EUR"]


def test_a_refused_payment_says_why_where_it_is_typed(desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    wrong = Problem(status=400, code="amount.not_positive", detail="The amount must be above zero.", field="amount")
    server.answer("payments.preview", wrong)
    server.answer("payments.record", wrong)
    made = add_payment(desk, owner, customer(1, "Anna de Vries"))
    form = made.form
    assert isinstance(form, PaymentForm)
    qtbot.keyClicks(form.amount.line, "0")
    qtbot.waitUntil(lambda: "above zero" in form.effect.text)
    made.submit()
    qtbot.waitUntil(lambda: made.primary.isEnabled() and form._fields["amount"].fault.text() == "The amount must be above zero.")
    shoot(made, "payment-fault")
    made.reject()


def test_a_refund_of_a_part(screen: PaymentsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("payments.preview", effect(gross="-10.00", tax="-1.74", credit="-8.26", balance_before="62.50", balance_after="54.24"))
    server.answer("payments.refund", payment(11, kind="refund", gross="-10.00", balance_after="54.24"))
    choose(screen, 5)
    do(screen, "payments.refund")
    made = dialog(FormDialog)
    assert made.form.amount.amount() == "48.40", "what is left of it stands there"
    made.form.amount.line.setText("10")
    qtbot.waitUntil(lambda: server.asked("payments.preview")[-1].amount == "10.00")
    qtbot.waitUntil(lambda: "Given back: 10.00" in made.form.effect.text)
    shoot(made, "payment-refund")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("payments.refund")))
    asked = server.asked("payments.refund")[-1]
    assert (asked.payment, asked.amount, asked.method) == (5, "10.00", "card")


def test_a_reversal_says_its_effect_in_words(screen: PaymentsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("payments.preview", effect(gross="-121.00", tax="-21.00", credit="-100.00", balance_before="40.00", balance_after="-60.00"))
    server.answer("payments.reverse", payment(12, kind="reversal"))
    choose(screen, 9)
    do(screen, "payments.reverse")
    qtbot.waitUntil(lambda: any(isinstance(each, FormDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    made = dialog(FormDialog)
    said = "\n".join(each.text() for each in made.form.findChildren(type(made.form.note(""))))
    assert "The balance of Anna de Vries goes from 40.00\u00a0EUR to \u221260.00\u00a0EUR." in said
    assert "Tax of 21.00\u00a0EUR is taken back too." in said
    assert "below zero" in said
    shoot(made, "payment-reverse")
    made.form.field("note").setText("typed twice")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("payments.reverse")))
    assert (server.asked("payments.reverse")[-1].payment, server.asked("payments.reverse")[-1].note) == (9, "typed twice")


def test_what_the_server_refuses_to_reverse_is_told(screen: PaymentsScreen, qtbot: QtBot, server: FakeClient) -> None:
    told: list[str] = []
    screen.tell_problem = lambda problem: told.append(problem.detail)  # type: ignore[attr-defined]
    server.answer("payments.preview", Problem(status=409, code="payment.reversed", detail="Payment 9 was reversed already."))
    choose(screen, 9)
    do(screen, "payments.reverse")
    qtbot.waitUntil(lambda: told == ["Payment 9 was reversed already."])


def test_the_receipt_is_shown_saved_and_printed(
    screen: PaymentsScreen, desk: Desk, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot
) -> None:
    server.answer("receipts.pdf", pdf())
    choose(screen, 9)
    do(screen, "payments.receipt")
    qtbot.waitUntil(lambda: any(isinstance(each, DocumentDialog) for each in QApplication.topLevelWidgets()))
    made = dialog(DocumentDialog)
    assert server.asked("receipts.pdf")[-1].id == 9
    assert "1 page" in made.said.text()
    shoot(made, "receipt")
    before = made.sheets[0].pixmap().width()
    made.step(1)
    assert made.sheets[0].pixmap().width() > before and made.zoom == 125
    made.write(tmp_path / "receipt.pdf")
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    made.write(tmp_path / "nowhere" / "receipt.pdf")
    assert "could not be written" in made.said.text()
    made.reject()


def test_pages_are_drawn_and_printed(qtbot: QtBot, tmp_path: Path) -> None:
    pages = Pages(pdf(2).content)
    assert len(pages) == 2
    image = pages.image(0, 96)
    assert abs(image.width() - round(pages.size(0).width() * 96 / 72)) <= 1
    assert image.pixelColor(2, 2) == QColor("white")
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 8) for y in range(image.height())}
    assert "#1f5fbf" in colors, "red and blue are where they belong"
    printer = printer_for(pages, "Receipt")
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    print_pages(pages, printer)
    printed = Pages((tmp_path / "out.pdf").read_bytes())
    assert len(printed) == 2
    with pytest.raises(ValueError):
        Pages(b"no PDF at all")


def test_empty_failed_dark_and_arabic(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    def shown(name: str) -> PaymentsScreen:
        made = PaymentsScreen(desk, Place("payments"))
        qtbot.addWidget(made)
        made.resize(1000, 560)
        made.show()
        made.refresh()
        qtbot.waitUntil(lambda: not made.list.model.loading)
        qtbot.wait(20)
        shoot(made, name)
        return made

    server.answer("payments.list", PaymentPage([]))
    empty = shown("payments-empty")
    assert any(each.text() == "Add payment" and each.isVisible() for each in empty.findChildren(QPushButton))
    server.answer("payments.list", Problem(status=503, code="console.no_line", detail="The server does not answer."))
    failed = shown("payments-failed")
    assert any(each.text() == "Try again" and each.isVisible() for each in failed.findChildren(QPushButton))
    server.answer("payments.list", payments())
    server.answer("payments.totals", totals())
    desk.theme.choose("dark")
    shown("payments-dark")
    desk.theme.choose("light")
    words.use("ar")
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    shown("payments-arabic")


def test_a_change_is_asked_for_at_once(screen: PaymentsScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    before = len(server.asked("payments.list"))
    desk.listener.tell("payment", frozenset({77}))
    qtbot.waitUntil(lambda: len(server.asked("payments.list")) > before)
