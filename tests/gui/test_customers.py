"""Customers: the list, the form of the manual, the page with its tabs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.people import endpoint_state
from appliance.gui.screens.customers.customer_form import add_customer, edit_customer
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.customers.customer_tax import tax_text
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.customers import CustomerPage, NewCreditAccount, NewEndpoint, NewWebLogin
from appliance.wire.endpoints import EndpointSecret
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById, Done, Restored
from appliance.wire.taxes import VatCheck, VatCheckView
from tests.gui.fake_client import FakeClient
from tests.gui.people import customer, endpoint, page, whole_customer

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomersScreen:
    server.answer("customers.list", page())
    made = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))
    return made


def do(screen: CustomersScreen | CustomerScreen, name: str) -> None:
    action = next(each for each in screen.verbs() if each.name == name)
    assert action.enabled, name
    action.run()


def dialog(kind: type[QDialog] = QDialog) -> QDialog:
    """The dialog that is open now."""
    return next(each for each in reversed(QApplication.topLevelWidgets()) if isinstance(each, kind) and each.isVisible())


def test_list_shows_names_balances_and_states(screen: CustomersScreen, shoot: Shoot) -> None:
    model = screen.list.model
    shown = [[str(model.index(row, column).data() or "") for column in range(5)] for row in range(model.rowCount())]
    assert shown[0] == ["Anna de Vries", "", "Active", "12.50\u00a0EUR", "0.00\u00a0EUR"]
    assert shown[1][3] == "\u221248.2375\u00a0EUR"
    assert [row[2] for row in shown] == ["Active", "Active", "No credit", "Active", "Active", "No credit", "Disabled"]
    assert screen.list.counted.text() == "7"
    screen.list.table.choose(1)
    shoot(screen, "customers")


def test_typing_searches(screen: CustomersScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.list.table.setFocus()
    qtbot.keyClicks(screen.list, "ann")
    qtbot.waitUntil(lambda: server.asked("customers.list")[-1].search == "ann")
    server.answer("customers.list", CustomerPage([]))
    qtbot.keyClicks(screen.list.search, "x")
    qtbot.waitUntil(lambda: not screen.list.model.rows)
    clear = next(each for each in screen.list.findChildren(QPushButton) if each.text() == "Clear filters" and each.isVisible())
    clear.click()
    qtbot.waitUntil(lambda: server.asked("customers.list")[-1].search == "")


def test_empty_list_says_why_and_what_to_do(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(screen)
    screen.resize(900, 560)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.list.model.complete)
    verbs = [each.text() for each in screen.findChildren(QPushButton) if each.isVisible()]
    assert "Add customer" in verbs
    shoot(screen, "customers-empty")


def test_failed_list_offers_to_try_again(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("customers.list", Problem(status=503, code="database.locked", detail="The server cannot do this now."))
    screen = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(screen)
    screen.resize(900, 560)
    screen.show()
    screen.refresh()
    again = qtbot.waitUntil(lambda: bool(screen.list.findChildren(QPushButton, "")) and _button(screen, "Try again") is not None)
    assert again is None
    shoot(screen, "customers-failed")
    server.answer("customers.list", page())
    button = _button(screen, "Try again")
    assert button is not None
    button.click()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 7)


def _button(screen: QWidget, text: str) -> QPushButton | None:
    return next((each for each in screen.findChildren(QPushButton) if each.text() == text and each.isVisible()), None)


def test_row_opens_its_page(screen: CustomersScreen, desk: Desk, qtbot: QtBot) -> None:
    screen.list.table.choose(2)
    qtbot.keyClick(screen.list.table, Qt.Key.Key_Return)
    do(screen, "customers.payments")
    assert desk.places == [Place("customer", 3), Place("customer", 3, "payments")]  # type: ignore[attr-defined]


def test_disable_can_be_undone(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("customers.update", customer(1, disabled=True))
    told: list[tuple[str, object]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    screen.list.table.choose(0)
    do(screen, "customers.disable")
    qtbot.waitUntil(lambda: bool(told))
    assert server.asked("customers.update")[-1].disabled is True
    undo = told[0][1]
    assert callable(undo)
    undo()
    qtbot.waitUntil(lambda: server.asked("customers.update")[-1].disabled is False)


def test_archiving_is_undone_and_a_refusal_is_told(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[tuple[str, object]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    refused: list[str] = []
    screen.tell_problem = lambda problem: refused.append(problem.detail)  # type: ignore[attr-defined]
    server.answer("customers.archive", Problem(detail="Pay it out first.", code="account.not_settled"))
    screen.list.table.choose(0)
    do(screen, "customers.archive")
    qtbot.waitUntil(lambda: refused == ["Pay it out first."])
    server.answer("customers.archive", Done(1))
    do(screen, "customers.archive")
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0].endswith("is archived") and callable(told[0][1])
    server.answer("customers.restore", Restored(1, ["31201112233"]))
    told[0][1]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("customers.restore") == [ById(1)]
    assert told[1] == (told[0][0].replace("is archived", "is in use again, without what others have now: 31201112233"), None)


def test_an_archived_customer_is_found_and_restored(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("customers.list", CustomerPage([customer(9, "Gone", archived_at="2026-01-01T00:00:00Z")]))
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 1)
    screen.list.table.choose(0)
    able = {each.name: each for each in screen.verbs()}
    assert able["customers.restore"].enabled and "customers.archive" not in able and not able["customers.edit"].enabled
    server.answer("customers.restore", Restored(9, []))
    do(screen, "customers.restore")
    qtbot.waitUntil(lambda: server.asked("customers.restore") == [ById(9)])


def test_new_customer_as_in_the_manual(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("customers.create", whole_customer(passwords={"70001": "k7mq-w2xh-9dfp"}))
    made = add_customer(desk, screen)
    form = made.form
    qtbot.keyClicks(form.field("first_name"), "Anna")
    qtbot.keyClicks(form.field("last_name"), "de Vries")
    form.fill({"credit_limit": "25.00", "send_details": True, "vat_number": "NL123456789B01", "tax": "reverse_charge", "allow_302": True})
    shoot(made, "customer-add")
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("customers.create")) == 1)
    request = server.asked("customers.create")[0]
    assert request.name == "Anna de Vries"
    assert request.credit_account == NewCreditAccount(credit_limit="25.00")
    assert request.endpoint == NewEndpoint()
    assert request.web_login == NewWebLogin()
    assert request.send_details is True
    assert (request.vat_number, request.tax, request.allow_302) == ("NL123456789B01", "reverse_charge", True)
    qtbot.waitUntil(lambda: bool(desk.places))  # type: ignore[attr-defined]
    shoot(dialog(), "customer-passwords")
    dialog().close()


def test_fault_is_said_at_its_field(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    fault = Problem(status=422, code="password.too_short", detail="A password has at least 8 characters.", field="endpoint.password")
    server.answer("customers.create", fault)
    made = add_customer(desk, screen)
    made.form.fill({"name": "Anna", "endpoint.password": "short", "web": "other", "web_login.login": "anna"})
    made.submit()
    field = made.form._fields["endpoint.password"]
    qtbot.waitUntil(lambda: field.fault.text() == "A password has at least 8 characters.")
    shoot(made, "customer-fault")
    assert not made.form.problem.isVisible()
    made.reject()


def test_needed_field_is_said_before_asking(screen: CustomersScreen, desk: Desk, server: FakeClient) -> None:
    made = add_customer(desk, screen)
    made.submit()
    assert made.form._fields["name"].fault.text() == "Shown as is needed."
    assert not server.asked("customers.create")
    made.reject()


def test_edit_sends_only_what_differs(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("customers.update", customer(1, company="Vries BV"))
    made = edit_customer(desk, screen, customer(1))
    made.form.fill({})
    qtbot.keyClicks(made.form.field("company"), "Vries BV")
    shoot(made, "customer-edit")
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("customers.update")) == 1)
    sent = server.asked("customers.update")[0]
    assert (sent.id, sent.version, sent.company) == (1, 3, "Vries BV")
    assert not isinstance(sent.name, str)


def test_a_tax_of_its_own_is_sent_as_a_percentage_and_shown(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("customers.update", customer(1, tax="8.5"))
    made = edit_customer(desk, screen, customer(1, tax="exempt"))
    assert made.form.values()["tax"] == "exempt"  # type: ignore[index]
    way, percent = made.form.field("tax"), made.form.field("tax_percent")
    assert isinstance(way, QComboBox) and isinstance(percent, QLineEdit)
    way.setCurrentIndex(way.findData("own"))
    made.submit()
    assert made.form._fields["tax_percent"].fault.text() == "Percentage is needed."
    percent.setText("8.5 %")
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("customers.update")) == 1)
    assert server.asked("customers.update")[0].tax == "8.5"
    assert [tax_text(customer(1, tax=kept)) for kept in (None, "exempt", "8.5")] == ["By country and VAT number", "Exempt from tax", "8.5\u00a0%"]


def test_a_check_of_the_vat_number_is_written_down(thing: CustomerScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    assert not next(each for each in thing.verbs() if each.name == "customer.vat").enabled
    server.answer("customers.get", customer(1, vat_number="NL123456789B01"))
    server.answer("taxes.check", VatCheckView("Anna de Vries", "NL123456789B01", True, "2026-11-23T09:00:00.000Z", "VIES"))
    thing.refresh()
    qtbot.waitUntil(lambda: thing.view is not None and bool(thing.view.vat_number))
    do(thing, "customer.vat")
    asked = dialog(FormDialog)
    assert isinstance(asked, FormDialog)
    asked.form.fill({"how": "VIES"})
    shoot(asked, "customer-vat")
    asked.submit()
    qtbot.waitUntil(lambda: server.asked("taxes.check") == [VatCheck(1, True, how="VIES")])


@pytest.fixture
def thing(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomerScreen:
    server.answer("customers.get", whole_customer())
    made = CustomerScreen(desk, Place("customer", 1))
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


def test_page_shows_head_and_tabs(thing: CustomerScreen, shoot: Shoot) -> None:
    assert thing.page.name.text() == "Anna de Vries"
    assert thing.title() == "Anna de Vries"
    for name in ("details", "endpoints", "web_logins", "credit", "payments", "calls"):
        thing.page.open_tab(name)
        shoot(thing, f"customer-{name}")
    assert [each.name for each in thing.verbs()][:2] == ["customer.pay", "customer.edit"]


@pytest.mark.parametrize("able", [True, False], ids=["", "no emergency calls"])
def test_settings_sheet_has_text_and_code(thing: CustomerScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot, able: bool) -> None:
    server.answer("endpoints.reveal", EndpointSecret("70001", "70001", "sip.harbour.example", "k7mq-w2xh-9dfp", emergency_calls=able))
    thing.page.open_tab("endpoints")
    thing.endpoints.list.table.choose(0)
    do(thing, "endpoint.sheet")
    qtbot.waitUntil(lambda: any(each.windowTitle() == "Settings of 70001" for each in QApplication.topLevelWidgets()))
    sheet = dialog()
    shoot(sheet, "settings-sheet" if able else "settings-sheet-no-emergency")
    assert any("112 cannot be called" in each.text() for each in sheet.findChildren(QLabel)) is not able
    assert "Password: k7mq-w2xh-9dfp" in sheet.text  # type: ignore[attr-defined]
    sheet.close()


def test_other_customers_changes_are_not_asked_for(thing: CustomerScreen, desk: Desk, server: FakeClient) -> None:
    before = len(server.asked("customers.get"))
    desk.listener.tell("customer", frozenset({99}))
    desk.listener.flush()
    assert len(server.asked("customers.get")) == before
    desk.listener.tell("customer", frozenset({1}))
    desk.listener.flush()
    assert len(server.asked("customers.get")) == before + 1


def test_how_an_endpoint_is_reached() -> None:
    gateway = endpoint(1, registered=False, addresses=["192.0.2.7"])
    shown = [endpoint(1), gateway, endpoint(1, registered=False), endpoint(1, disabled=True, addresses=["192.0.2.7"])]
    assert [(each.text, each.tone) for each in map(endpoint_state, shown)] == [
        ("On line", "good"),
        ("By address", "good"),
        ("Off line", "muted"),
        ("Disabled", "muted"),
    ]
