"""Money in beside the till: vouchers, what waits for a second person, bank statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Screen
from appliance.gui.screens.payments.approvals import ApprovalsScreen
from appliance.gui.screens.payments.bank import OTHER, BankScreen
from appliance.gui.screens.payments.payments import PaymentsScreen
from appliance.gui.screens.payments.vouchers import VouchersScreen
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.approvals import ApprovalDecide
from appliance.wire.bank import BankConfirm, BankIgnore, BankImport, BankImported, BankPage
from appliance.wire.problem import Problem
from tests.gui import papers
from tests.gui.fake_client import FakeClient
from tests.gui.people import page
from tests.gui.prices import dialog, do, enabled, payment, pdf

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def told(desk: Desk) -> list[str]:
    found: list[str] = []
    desk.told.connect(lambda text, undo: found.append(text))
    return found


def gone(qtbot: QtBot) -> None:
    """The form that was sent has closed."""
    qtbot.waitUntil(lambda: not any(isinstance(each, FormDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))


def opened(qtbot: QtBot, screen: Screen) -> None:
    qtbot.addWidget(screen)
    screen.resize(960, 460)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.list.model.rows))  # type: ignore[attr-defined]


@pytest.fixture
def vouchers(qtbot: QtBot, desk: Desk, server: FakeClient) -> VouchersScreen:
    server.answer("vouchers.list", papers.batches())
    made = VouchersScreen(desk, Place("vouchers"))
    opened(qtbot, made)
    return made


@pytest.fixture
def bank(qtbot: QtBot, desk: Desk, server: FakeClient) -> BankScreen:
    server.answer("bank.lines", papers.bank_lines())
    server.answer("customers.list", page())
    made = BankScreen(desk, Place("bank"))
    opened(qtbot, made)
    return made


def test_batches_say_what_is_left(vouchers: VouchersScreen, shoot: Shoot) -> None:
    assert vouchers.list.footer.text() == "3 batches   ·   1,580.00\u00a0EUR not redeemed"
    vouchers.list.table.choose(2)
    assert "vouchers.sheet" not in enabled(vouchers)
    vouchers.list.table.choose(1)
    assert {"vouchers.sheet", "vouchers.csv", "vouchers.cancel"} <= enabled(vouchers)
    shoot(vouchers, "vouchers")


def test_a_batch_is_made_and_printed(vouchers: VouchersScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    server.answer("vouchers.make", papers.batch(4, count=50))
    do(vouchers, "vouchers.make")
    made = dialog(FormDialog)
    made.form.fill({"name": "Winter", "amount": "5", "count": 50, "expires": True, "expires_on": "2027-12-31"})
    shoot(made, "vouchers-make")
    made.submit()
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("vouchers.make")[-1]
    assert (asked.name, words.micros(asked.amount), asked.count, asked.expires_on, asked.currency) == ("Winter", 5_000_000, 50, "2027-12-31", None)
    assert told == ["50 vouchers are made"]
    server.answer("vouchers.sheet", pdf())
    vouchers.list.table.choose(1)
    do(vouchers, "vouchers.sheet")
    qtbot.waitUntil(lambda: any(isinstance(each, DocumentDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    dialog(DocumentDialog).reject()


def test_cancelling_says_what_it_is_worth(vouchers: VouchersScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    server.answer("vouchers.cancel", papers.batch(1, cancelled=58))
    vouchers.list.table.choose(1)
    do(vouchers, "vouchers.cancel")
    asked = dialog(QDialog)
    assert any("58 vouchers" in each.text() and "580.00\u00a0EUR" in each.text() for each in asked.findChildren(type(vouchers.list.heading)))
    next(each for each in asked.findChildren(QPushButton) if each.objectName() == "do").click()
    qtbot.waitUntil(lambda: told == ["58 vouchers are cancelled"])
    assert server.asked("vouchers.cancel")[-1].id == 1


def test_a_code_becomes_credit_or_is_refused_at_its_field(vouchers: VouchersScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    server.answer("vouchers.redeem", Problem(status=404, code="voucher.unknown", detail="There is no such voucher.", field="code"))
    do(vouchers, "vouchers.redeem")
    made = dialog(FormDialog)
    made.form.fill({"code": "abcd-efgh", "customer": (1, "Anna")})
    made.submit()
    qtbot.waitUntil(lambda: made.form._fields["code"].fault.text() == "There is no such voucher.")
    server.answer("vouchers.redeem", payment(9, gross="10.00", balance_after="22.50"))
    made.submit()
    qtbot.waitUntil(lambda: told == ["10.00\u00a0EUR received; the balance is 22.50\u00a0EUR"])


def test_what_waits_is_decided_by_another(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    server.answer("approvals.list", papers.approvals())
    server.answer("approvals.decide", papers.approval(1, state="approved"))
    made = ApprovalsScreen(desk, Place("approvals"))
    opened(qtbot, made)
    shoot(made, "approvals")
    assert enabled(made) == set()
    made.list.table.choose(1)
    do(made, "approvals.approve")
    asked = dialog(FormDialog)
    shoot(asked, "approvals-approve")
    asked.submit()
    qtbot.waitUntil(lambda: told == ["Approved and done"])
    gone(qtbot)
    made.list.table.choose(1)
    do(made, "approvals.refuse")
    asked = dialog(FormDialog)
    asked.form.fill({"note": "too much"})
    asked.submit()
    qtbot.waitUntil(lambda: len(told) == 2)
    decided = [replace(each, request_id="") for each in server.asked("approvals.decide")]
    assert decided == [
        ApprovalDecide(1, True),
        ApprovalDecide(1, False, "too much"),
    ]
    made.which.setCurrentIndex(1)
    qtbot.waitUntil(lambda: server.asked("approvals.list")[-1].decided)


def test_lines_are_booked_as_proposed_or_for_another(bank: BankScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    states = [str(bank.list.model.index(row, 3).data()) for row in range(3)]
    assert states == ["Went out", "Unknown payer", "Proposed"] and server.asked("bank.lines")[-1].state == "waiting"
    shoot(bank, "bank")
    server.answer("bank.confirm", papers.bank_line(1, state="booked", payment=9, proposals=[]))
    bank.list.table.choose(0)
    assert "bank.confirm" not in enabled(bank)
    bank.list.table.choose(2)
    do(bank, "bank.confirm")
    made = dialog(FormDialog)
    shoot(made, "bank-book")
    made.submit()
    qtbot.waitUntil(lambda: told == ["121.00\u00a0EUR is booked"])
    gone(qtbot)
    bank.list.table.choose(2)
    do(bank, "bank.confirm")
    made = dialog(FormDialog)
    made.form.fill({"whose": OTHER, "customer": (7, "Gone Fishing")})
    made.submit()
    qtbot.waitUntil(lambda: len(told) == 2)
    booked = [replace(each, request_id="") for each in server.asked("bank.confirm")]
    assert booked == [
        BankConfirm(1, account=101, invoice=4),
        BankConfirm(1, customer=7),
    ]


def test_a_line_is_ignored_and_waits_again(bank: BankScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    undone: list[Callable[[], None]] = []
    desk.told.connect(lambda text, undo: undone.append(undo))
    server.answer("bank.ignore", papers.bank_line(3, state="ignored", proposals=[]))
    bank.list.table.choose(0)
    do(bank, "bank.ignore")
    qtbot.waitUntil(lambda: bool(undone))
    undone[0]()
    assert server.asked("bank.ignore") == [BankIgnore(3, False), BankIgnore(3, True)]


def test_a_statement_is_read_and_its_faults_told(bank: BankScreen, qtbot: QtBot, server: FakeClient, told: list[str], tmp_path: Path) -> None:
    file = tmp_path / "statement.sta"
    file.write_bytes(b":20:X")
    server.answer("bank.import", BankImported(1, 12, 3, []))
    bank.read(file)
    qtbot.waitUntil(lambda: told == ["12 new lines, 3 were there before"])
    assert server.asked("bank.import") == [BankImport(b":20:X", "statement.sta")]
    server.answer("bank.import", BankImported(2, 0, 0, ["line 4: no amount"]))
    bank.read(file)
    qtbot.waitUntil(lambda: any(each.objectName() == "confirm" and each.isVisible() for each in QApplication.topLevelWidgets()))
    dialog(QDialog).reject()
    bank.read(tmp_path / "none.sta")
    assert told[-1].startswith("The file could not be read")


def test_when_nothing_waits_a_statement_is_offered(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("bank.lines", BankPage([]))
    made = BankScreen(desk, Place("bank"))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.list._empty_view.sentence is not None)
    assert made.list._empty_view.sentence is not None and made.list._empty_view.sentence.text().startswith("No line waits.")


def test_payments_lead_there(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    made = PaymentsScreen(desk, Place("payments"))
    qtbot.addWidget(made)
    for name in ("payments.bank", "payments.vouchers", "payments.approvals"):
        do(made, name)
    assert [place.name for place in desk.places] == ["bank", "vouchers", "approvals"]  # type: ignore[attr-defined]


def test_pictures_in_other_looks(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, qapp: QApplication) -> None:
    words.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk.theme.choose("dark")
    server.answer("bank.lines", papers.bank_lines())
    server.answer("vouchers.list", papers.batches())
    for made, name in ((BankScreen(desk, Place("bank")), "bank-ar"), (VouchersScreen(desk, Place("vouchers")), "vouchers-ar")):
        opened(qtbot, made)
        made.resize(720, 420)
        shoot(made, name)
        assert made.title() in (words._("Bank statements"), words._("Vouchers"))
