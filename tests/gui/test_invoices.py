"""Invoices: the list and its totals, one made after a preview, all of a month, the paper, the credit note, reminders, who owes what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.invoices.aging import AgingScreen
from appliance.gui.screens.invoices.invoice_forms import MakeForm, run_said
from appliance.gui.screens.invoices.invoice_layout import LogoField, typed_days
from appliance.gui.screens.invoices.invoice_layout_preview import LayoutPreview
from appliance.gui.screens.invoices.invoice_page import InvoiceScreen
from appliance.gui.screens.invoices.invoices import InvoicesScreen
from appliance.gui.screens.parts.paper import write_bytes
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.invoices import AllocationPage, AllocationView, InvoiceCredit, InvoiceRunView, Layout, LayoutSet
from appliance.wire.problem import Problem
from appliance.wire.shapes import Binary
from tests.gui import mending, papers
from tests.gui.fake_client import FakeClient
from tests.gui.people import page
from tests.gui.prices import dialog, do, enabled, payments, pdf

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def told(desk: Desk) -> list[str]:
    found: list[str] = []
    desk.told.connect(lambda text, undo: found.append(text))
    return found


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> InvoicesScreen:
    server.answer("invoices.list", papers.invoices())
    server.answer("customers.list", page())
    made = InvoicesScreen(desk, Place("invoices"))
    qtbot.addWidget(made)
    made.resize(1000, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))
    return made


def choose(screen: InvoicesScreen, identity: int) -> None:
    screen.list.table.choose(screen.list.model.row_of(identity))


def press(button: str) -> None:
    asked = dialog(QDialog)
    next(each for each in asked.findChildren(QPushButton) if each.text() == button).click()


def test_the_list_says_what_is_open(screen: InvoicesScreen, shoot: Shoot) -> None:
    states = [str(screen.list.model.index(row, 3).data()) for row in range(5)]
    assert states == ["Open", "Credit note", "Overdue", "Paid", "Open"]
    assert screen.list.footer.text() == (
        "5 documents   ·   12,281.50\u00a0EUR in all, 242.00\u00a0EUR still open   ·   121.00\u00a0USD in all, 121.00\u00a0USD still open"
    )
    choose(screen, 4)
    shoot(screen, "invoices")


def test_filters_go_into_the_question(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.list.set_filter("state", "overdue")
    screen.list.set_filter("kind", "invoice")
    screen.list.period.setCurrentIndex(screen.list.period.findData("month"))
    screen.list.search.setText("anna")
    qtbot.waitUntil(lambda: server.asked("invoices.list")[-1].search == "anna")
    asked = server.asked("invoices.list")[-1]
    assert (asked.state, asked.kind) == ("overdue", "invoice") and asked.since is not None
    screen.list.clear_filters()
    qtbot.waitUntil(lambda: server.asked("invoices.list")[-1].state == "" and server.asked("invoices.list")[-1].since is None)


def test_what_can_be_done_follows_what_is_chosen(screen: InvoicesScreen) -> None:
    assert "invoice.print" not in enabled(screen)
    choose(screen, 4)
    assert {"invoice.print", "invoice.xml", "invoice.remind", "invoice.credit"} <= enabled(screen)
    choose(screen, 6)
    assert "invoice.remind" not in enabled(screen)
    choose(screen, 5)
    assert "invoice.credit" not in enabled(screen) and "invoice.print" in enabled(screen)


def test_one_is_made_after_its_sum_was_seen(screen: InvoicesScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("invoices.preview", papers.whole_invoice(0, number=""))
    server.answer("invoices.make", papers.whole_invoice(7))
    do(screen, "invoices.make")
    made = dialog(FormDialog)
    form = made.form
    assert isinstance(form, MakeForm)
    form.fill({"customer": (1, "Anna de Vries")})
    qtbot.waitUntil(lambda: "Net 100.00\u00a0EUR, tax 21.00\u00a0EUR, total 121.00\u00a0EUR" in form.effect.text())
    shoot(made, "invoice-make")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("invoices.make")))
    qtbot.waitUntil(lambda: bool(desk.places))  # type: ignore[attr-defined]
    assert server.asked("invoices.make")[-1].customer == 1
    assert desk.places[-1] == Place("invoice", 7)  # type: ignore[attr-defined]


def test_nothing_to_invoice_is_said_before_it_is_asked(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("invoices.preview", Problem(status=409, code="invoice.nothing", detail="There is nothing to invoice."))
    do(screen, "invoices.make")
    made = dialog(FormDialog)
    made.form.fill({"customer": (1, "Anna de Vries")})
    qtbot.waitUntil(lambda: made.form.effect.text() == "There is nothing to invoice.")
    made.reject()


def test_all_of_a_month_are_made_and_told(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient) -> None:
    run = InvoiceRunView(12, 3, {"EUR": "1204.00"}, "2026-0007", "2026-0018")
    server.answer("invoices.run", run)
    do(screen, "invoices.run")
    server.hold()
    dialog(PanelDialog).submit()
    work = dialog(LongWork)
    screen.desk.listener.tell("invoice", frozenset({7, 8}))
    screen.desk.listener.flush()
    assert work.said.text().startswith("2 done")
    server.let_go()
    qtbot.waitUntil(lambda: bool(server.asked("invoices.run")))
    assert server.asked("invoices.run")[-1].until.endswith("-01")
    said = "12 invoices are issued: 2026-0007 to 2026-0018, 1,204.00\u00a0EUR in all. Accounts without anything to invoice: 3."
    assert run_said(run) == said
    qtbot.waitUntil(lambda: any(each.windowTitle() == "Invoices are made" for each in QApplication.topLevelWidgets() if each.isVisible()))
    press("Close")


def test_a_run_goes_on_in_the_background_and_is_told(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    server.answer("invoices.run", InvoiceRunView(2, 0, {"EUR": "12.00"}, "2026-0007", "2026-0008"))
    do(screen, "invoices.run")
    server.hold()
    dialog(PanelDialog).submit()
    dialog(LongWork).reject()
    assert not told
    server.let_go()
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1].startswith("2 invoices are issued: 2026-0007 to 2026-0008")


def test_a_run_is_stopped_between_two_invoices(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    server.answer("invoices.run", InvoiceRunView(2, 0, {"EUR": "12.00"}, "2026-0007", "2026-0008"))
    do(screen, "invoices.run")
    server.hold()
    dialog(PanelDialog).submit()
    work = dialog(LongWork)
    reply = work.reply
    work.halt.click()
    assert reply.abandoned and told == ["Stopped. What was done stays; do it again for the rest."]
    server.let_go()
    mending.gone(qtbot)
    assert len(told) == 1


def test_the_paper_is_shown_and_the_data_saved(
    screen: InvoicesScreen, desk: Desk, qtbot: QtBot, server: FakeClient, tmp_path: Path, told: list[str]
) -> None:
    server.answer("invoices.print", pdf())
    choose(screen, 4)
    do(screen, "invoice.print")
    qtbot.waitUntil(lambda: any(isinstance(each, DocumentDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    dialog(DocumentDialog).reject()
    server.answer("invoices.print", Binary("2026-0004.xml", "application/xml", b"<x/>"))
    do(screen, "invoice.xml")
    qtbot.waitUntil(lambda: len(server.asked("invoices.print")) == 2)
    assert [each.format for each in server.asked("invoices.print")] == ["pdf", "xml"]
    write_bytes(desk, str(tmp_path / "a.xml"), b"<x/>")
    assert (tmp_path / "a.xml").read_bytes() == b"<x/>"
    write_bytes(desk, str(tmp_path / "none" / "a.xml"), b"<x/>")
    assert told[0] == "Saved as a.xml" and told[1].startswith("The file cannot be written")
    for each in QApplication.topLevelWidgets():
        each.close()


def test_a_credit_note_needs_a_reason(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("invoices.credit", papers.invoice(8, kind="credit_note", number="CN-0002"))
    choose(screen, 4)
    do(screen, "invoice.credit")
    made = dialog(FormDialog)
    made.submit()
    assert made.form._fields["reason"].fault.text() == "Reason is needed."
    made.form.fill({"reason": "wrong tariff", "net": "10"})
    shoot(made, "invoice-credit")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("invoices.credit")))
    asked = server.asked("invoices.credit")[-1]
    assert asked == InvoiceCredit(4, "wrong tariff", asked.net, asked.request_id) and words.micros(asked.net) == 10_000_000


def test_a_reminder_is_asked_about_first(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    server.answer("invoices.remind", papers.invoice(4, reminded=2))
    choose(screen, 4)
    do(screen, "invoice.remind")
    assert dialog(QDialog).windowTitle() == "Send reminder number 2?" and not server.asked("invoices.remind")
    press("Send reminder")
    qtbot.waitUntil(lambda: told == ["The reminder of 2026-0004 is on its way"])


def test_a_statement_includes_its_last_day(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("statements.print", pdf())
    do(screen, "invoices.statement")
    made = dialog(FormDialog)
    made.form.fill({"customer": (1, "Anna"), "since": "2026-10-01", "until": "2026-10-31"})
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("statements.print")))
    asked = server.asked("statements.print")[-1]
    assert (asked.customer, asked.since, asked.until, asked.format) == (1, "2026-10-01", "2026-11-01", "pdf")
    qtbot.waitUntil(lambda: any(isinstance(each, DocumentDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    dialog(DocumentDialog).reject()


def test_the_layout_sends_what_differs(screen: InvoicesScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot, tmp_path: Path) -> None:
    server.answer("invoices.layout", Layout("Harbour Telecom", prefix="2026-", bank_name="Bank", iban="NL91ABNA0417164300"))
    server.answer("invoices.preview_layout", pdf())
    server.answer("invoices.set_layout", Layout("Harbour Telecom"))
    do(screen, "invoices.layout")
    qtbot.waitUntil(lambda: any(isinstance(each, FormDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    made = dialog(FormDialog)
    preview = made.form.findChild(LayoutPreview)
    assert preview is not None
    qtbot.waitUntil(lambda: not preview.sheet.pixmap().isNull())
    shoot(made, "invoice-layout")
    logo = made.form.field("logo")
    assert isinstance(logo, LogoField)
    (tmp_path / "no.png").write_text("no picture")
    logo.read(tmp_path / "no.png")
    assert "PNG or JPEG" in logo.fault.text() and logo.content is None
    made.form.fill({"reminder_days": (7, 14, 28)})
    made.form.field("note").setPlainText("Pay soon")
    made.form.field("reminder_days").setText("5, 10")
    qtbot.waitUntil(lambda: server.asked("invoices.preview_layout")[-1].note == "Pay soon")
    server.answer("invoices.preview_layout", Problem(status=422, code="layout.logo", detail="The logo is too large."))
    made.form.field("bank_name").setText("Quay Bank")
    qtbot.waitUntil(lambda: "too large" in preview.problem.text)
    made.form.field("bank_name").setText("Bank")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("invoices.set_layout")))
    assert server.asked("invoices.set_layout") == [LayoutSet("Harbour Telecom", note="Pay soon", reminder_days=[5, 10])]
    with pytest.raises(ValueError):
        typed_days("7, soon")


def test_the_page_shows_lines_sums_and_what_paid(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("invoices.get", papers.whole_invoice())
    server.answer("invoices.allocations", AllocationPage([AllocationView(9, None, "2026-0004", 4, "60.50", "2026-11-20T10:00:00Z")], "0.00"))
    made = InvoiceScreen(desk, Place("invoice", 4))
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.lines.rows))
    assert made.title() == "Invoice 2026-0004"
    assert str(made.lines.model.index(0, 0).data()) == "Calls: Netherlands mobile" and str(made.lines.model.index(0, 3).data()) == "72.30\u00a0EUR"
    shoot(made, "invoice")
    made.page.open_tab("sums")
    shoot(made, "invoice-sums")
    made.page.open_tab("paid")
    paid = made.page.built["paid"]
    qtbot.waitUntil(lambda: bool(paid.model.rows))  # type: ignore[attr-defined]
    do(made, "invoice.customer")
    assert desk.places[-1] == Place("customer", 1, "invoices")  # type: ignore[attr-defined]


def test_an_invoice_that_is_gone_is_said(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("invoices.get", Problem(status=404, code="invoice.unknown", detail="There is no such invoice."))
    made = InvoiceScreen(desk, Place("invoice", 4))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.page._fault.sentence is not None and made.page._fault.sentence.text() == "There is no such invoice.")
    assert not {"invoice.print", "invoice.credit"} & enabled(made)


def test_who_owes_what(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("invoices.aging", papers.aging())
    server.answer("customers.list", page())
    made = AgingScreen(desk, Place("aging"))
    qtbot.addWidget(made)
    made.resize(1000, 480)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 3)
    said = "3 accounts   ·   13,485.50\u00a0EUR in all, 13,364.50\u00a0EUR of it overdue   ·   10.00\u00a0USD in all, 0.00\u00a0USD of it overdue"
    assert made.list.footer.text() == said
    made.list.table.choose(0)
    do(made, "aging.customer")
    qtbot.waitUntil(lambda: desk.places == [Place("customer", 1)])  # type: ignore[attr-defined]
    shoot(made, "aging")


@pytest.mark.parametrize("language", ["ar", "es"])
def test_pictures_in_other_looks(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, qapp: QApplication, language: str) -> None:
    words.use(language)
    if words.right_to_left():
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk.theme.choose("dark")
    server.answer("invoices.list", papers.invoices())
    server.answer("invoices.get", papers.whole_invoice())
    screens = [InvoicesScreen(desk, Place("invoices")), InvoiceScreen(desk, Place("invoice", 4))]
    for at, made in enumerate(screens):
        qtbot.addWidget(made)
        made.resize(720, 480)
        made.show()
        made.refresh()
        shoot(made, f"invoices-{language}-{at}")
    qtbot.waitUntil(lambda: bool(screens[0].list.model.rows) and bool(screens[1].lines.rows))  # type: ignore[attr-defined]
    assert isinstance(screens[1], InvoiceScreen) and screens[1].view is not None and screens[1].title().endswith("2026-0004")


def test_a_payment_is_set_against_an_invoice_and_taken_off(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    part = AllocationView(3, None, "2026-0004", 4, "50.00", "2026-11-12T10:00:00Z")
    note = AllocationView(None, "CN-0001", "2026-0004", 4, "10.00", "2026-11-13T10:00:00Z")
    server.answer("invoices.get", papers.whole_invoice())
    server.answer("invoices.allocations", lambda asked: AllocationPage([part, note], "71.00" if asked.payment else "0.00"))
    server.answer("payments.list", payments())
    made = InvoiceScreen(desk, Place("invoice", 4, "paid"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.refresh()
    paid = made.page.built["paid"]
    qtbot.waitUntil(lambda: made.view is not None and len(paid.model.rows) == 2)  # type: ignore[attr-defined]
    do(made, "invoice.allocate")
    form = dialog(FormDialog)
    choice = form.form.field("payment")
    choice.ask()
    qtbot.waitUntil(lambda: choice.count() > 0)
    assert server.asked("payments.list")[-1].kind == "payment" and server.asked("payments.list")[-1].customer == 1
    choice.setEditText(choice.itemText(0))
    choice.chosen.emit(choice.view())
    qtbot.waitUntil(lambda: "71.00" in form.form.left.text())
    assert words.micros(form.form.amount.amount()) == 71_000_000
    shoot(form, "invoice-allocate")
    server.answer("invoices.allocate", AllocationPage([part], "0.00"))
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("invoices.allocate")))
    assert server.asked("invoices.allocate")[-1].invoice == 4
    mending.gone(qtbot)
    paid.table.choose(1)  # type: ignore[attr-defined]
    assert "invoice.release" not in enabled(made)
    paid.table.choose(0)  # type: ignore[attr-defined]
    shoot(made, "invoice-paid-actions")
    undone: list[Callable[[], None] | None] = []
    desk.told.connect(lambda text, undo: undone.append(undo))
    server.answer("invoices.release", AllocationPage([], "50.00"))
    do(made, "invoice.release")
    qtbot.waitUntil(lambda: bool(undone) and undone[-1] is not None)
    assert (server.asked("invoices.release")[-1].payment, server.asked("invoices.release")[-1].invoice) == (3, 4)
    back = undone[-1]
    assert back is not None
    back()
    qtbot.waitUntil(lambda: server.asked("invoices.allocate")[-1].amount == "50.00")
