"""A customer's monthly fees and invoices on its page; forwarding of an endpoint; the trace of a call."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.calls.call_page import CallScreen
from appliance.gui.screens.customers.customer_form import edit_customer
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.customers.endpoint_forms import add_endpoint, edit_endpoint
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.endpoints import EndpointCreated, EndpointSecret, Forwarding
from appliance.wire.fees import FeeSet
from appliance.wire.problem import Problem
from tests.gui import papers, people, trade
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]


def gone(qtbot: QtBot) -> None:
    """The form that was sent has closed."""
    qtbot.waitUntil(lambda: not any(isinstance(each, FormDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))


def customer_page(qtbot: QtBot, desk: Desk, server: FakeClient, tab: str) -> CustomerScreen:
    server.answer("customers.get", people.whole_customer())
    server.answer("fees.list", papers.fees())
    server.answer("invoices.list", papers.invoices())
    made = CustomerScreen(desk, Place("customer", 1, tab))
    qtbot.addWidget(made)
    made.resize(960, 480)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


@pytest.fixture
def fees(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomerScreen:
    made = customer_page(qtbot, desk, server, "fees")
    qtbot.waitUntil(lambda: len(made.fees.list.model.rows) == 4)
    return made


def test_fees_say_how_they_stand(fees: CustomerScreen, server: FakeClient, shoot: Shoot) -> None:
    states = [str(fees.fees.model.index(row, 2).data()) for row in range(4)]
    assert states == ["Active", "Waits for money", "Service stopped", "Ended"]
    assert {each.customer for each in server.asked("fees.list")} == {1}
    assert {"fee.add"} == {name for name in enabled(fees) if name.startswith("fee.")}
    fees.fees.list.table.choose(3)
    assert "fee.stop" not in enabled(fees)
    shoot(fees, "customer-fees")


def test_one_is_added_changed_and_stopped(fees: CustomerScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("fees.set", papers.fee())
    server.answer("fees.stop", papers.fee(ends_on="2026-12-01"))
    do(fees, "fee.add")
    made = dialog(FormDialog)
    made.form.fill({"name": "Fax", "amount": "4.95", "endpoint": "70002", "starts_on": "2026-12-01", "day": 15})
    shoot(made, "fee-add")
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("fees.set")) == 1)
    assert server.asked("fees.set")[0] == FeeSet(1, "Fax", "4.95", endpoint="70002", starts_on="2026-12-01", day=15, policy="wait")
    gone(qtbot)
    fees.fees.list.table.choose(0)
    do(fees, "fee.edit")
    made = dialog(FormDialog)
    made.form.fill({"amount": "30", "ends": True, "ends_on": "2027-01-01"})
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("fees.set")) == 2)
    asked = server.asked("fees.set")[1]
    assert (asked.name, asked.ends_on, asked.starts_on, asked.endpoint) == ("Number 020 123 4567", "2027-01-01", None, "70001")
    gone(qtbot)
    fees.fees.list.table.choose(0)
    do(fees, "fee.stop")
    made = dialog(FormDialog)
    made.form.fill({"ends_on": "2026-12-01"})
    made.submit()
    qtbot.waitUntil(lambda: [(each.id, each.ends_on) for each in server.asked("fees.stop")] == [(1, "2026-12-01")])


def test_invoices_of_one_customer(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("invoices.preview", Problem(status=409, code="invoice.nothing", detail="There is nothing to invoice."))
    made = customer_page(qtbot, desk, server, "invoices")
    page = made.page.built["invoices"]
    qtbot.waitUntil(lambda: bool(page.model.rows))  # type: ignore[attr-defined]
    assert server.asked("invoices.list")[-1].customer == 1
    shoot(made, "customer-invoices")
    do(made, "invoice.make")
    form = dialog(FormDialog)
    qtbot.waitUntil(lambda: form.form.effect.text() == "There is nothing to invoice.")
    assert server.asked("invoices.preview")[-1].customer == 1
    form.reject()


def test_a_customers_phones_may_send_calls_on(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    server.answer("customers.update", people.customer())
    made = edit_customer(desk, owner, people.customer())
    made.form.fill({})
    made.form.field("allow_302").setChecked(True)  # type: ignore[attr-defined]
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("customers.update")))
    assert server.asked("customers.update")[-1].allow_302 is True


def test_forwarding_is_sent_whole_and_only_where_it_differs(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    view = people.endpoint(forwarding=Forwarding(busy="0201234567", no_answer_seconds=30))
    server.answer("endpoints.update", view)
    edit_endpoint(desk, owner, view)
    made = dialog(FormDialog)
    shoot(made, "endpoint-edit")
    made.form.field("forwarding.no_answer").setText("70002")
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("endpoints.update")))
    asked = server.asked("endpoints.update")[-1]
    assert asked.forwarding == Forwarding(busy="0201234567", no_answer="70002", no_answer_seconds=30)
    assert asked.display_name is msgspec.UNSET
    gone(qtbot)
    edit_endpoint(desk, owner, view)
    again = dialog(FormDialog)
    again.form.field("display_name").setText("Desk")
    again.submit()
    qtbot.waitUntil(lambda: len(server.asked("endpoints.update")) == 2)
    assert server.asked("endpoints.update")[-1].forwarding is msgspec.UNSET


def test_a_wrong_forwarding_is_said_at_its_field(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    wrong = Problem(status=400, code="field.not_digits", detail="This must be digits.", field="forwarding.busy")
    server.answer("endpoints.create", wrong)
    add_endpoint(desk, owner, people.customer())
    made = dialog(FormDialog)
    made.form.fill({"forwarding.busy": "somebody"})
    made.submit()
    qtbot.waitUntil(lambda: made.form._fields["forwarding.busy"].fault.text() == "This must be digits.")
    server.answer("endpoints.create", EndpointCreated(people.endpoint(), "secret"))
    server.answer("endpoints.reveal", EndpointSecret("70001", "70001", "sip.harbour.example", "secret"))
    made.form.fill({"forwarding.busy": "70002"})
    made.submit()
    qtbot.waitUntil(lambda: len(server.asked("endpoints.create")) == 2)
    assert server.asked("endpoints.create")[-1].forwarding == Forwarding(busy="70002")


def test_a_trace_is_read_message_by_message(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("cdrs.get", trade.cdr_view())
    server.answer("calls.trace", papers.trace())
    made = CallScreen(desk, Place("call", 30))
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    assert not server.asked("calls.trace")
    made.page.open_tab("trace")
    qtbot.waitUntil(lambda: made.trace.trace is not None)
    assert made.trace.words.text().startswith("The trunk Backbone could not take the call")
    made.trace.list.table.choose(0)
    assert made.trace.message.toPlainText().startswith("INVITE sip:31612345678")
    shoot(made, "call-trace")
    do(made, "trace.text")
    saving = dialog(QFileDialog)
    assert saving.defaultSuffix() == "txt"
    saving.reject()
    do(made, "trace.pcap")
    saving = dialog(QFileDialog)
    assert saving.defaultSuffix() == "pcap"
    saving.reject()


def test_a_trace_that_is_gone_is_said(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("cdrs.get", trade.cdr_view())
    server.answer("calls.trace", Problem(status=404, code="trace.gone", detail="The messages of this call are not kept any more."))
    made = CallScreen(desk, Place("call", 30, "trace"))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.trace._fault.sentence is not None)
    assert made.trace._fault.sentence is not None and made.trace._fault.sentence.text() == "The messages of this call are not kept any more."
    assert "trace.text" not in enabled(made)
