"""The VAT service asked from a customer's page: its answer with the day, and what goes wrong, in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.customers.customer_vat import VatAnswer
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.problem import Problem
from appliance.wire.taxes import VatCheckOnline, VatCheckView
from tests.gui.fake_client import FakeClient
from tests.gui.looks import LOOKS, dress
from tests.gui.people import customer
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
NUMBER = "NL123456789B01"
VALID = VatCheckView("Anna de Vries", NUMBER, True, "2026-11-23T09:00:00.000Z", "VIES WAPIAAAAY1")


def thing(qtbot: QtBot, desk: Desk, server: FakeClient, number: str | None = NUMBER) -> CustomerScreen:
    server.answer("customers.get", customer(1, vat_number=number))
    made = CustomerScreen(desk, Place("customer", 1))
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


def asked(screen: CustomerScreen) -> VatAnswer:
    do(screen, "customer.vat_service")
    shown = dialog(PanelDialog).inner
    assert isinstance(shown, VatAnswer)
    return shown


@pytest.mark.parametrize("look", LOOKS)
def test_the_answer_comes_with_its_day(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    dress(desk, look)
    server.answer("taxes.check_online", VALID)
    shown = asked(thing(qtbot, desk, server))
    qtbot.waitUntil(lambda: shown.answer is not None)
    assert server.asked("taxes.check_online") == [VatCheckOnline(1)]
    assert "2026" in shown.when.text() and "VIES WAPIAAAAY1" in shown.when.text() and shown.again.isEnabled()
    shoot(shown.window(), f"customer-vat-valid{look}")
    shown.window().close()


def test_a_number_that_is_not_known(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("taxes.check_online", VatCheckView("Anna de Vries", NUMBER, False, "2026-11-23T09:00:00.000Z", "VIES"))
    shown = asked(thing(qtbot, desk, server))
    qtbot.waitUntil(lambda: shown.answer is not None)
    assert shown.said.text().startswith("The service does not know this number")
    shown.window().close()


@pytest.mark.parametrize("look", LOOKS)
def test_no_answer_is_told_and_asked_again(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    dress(desk, look)
    fault = "The country's own service does not answer now (MS_UNAVAILABLE). Try again later; nothing was written down."
    server.answer("taxes.check_online", Problem(status=503, code="vat.unavailable", detail=fault, parameters={"said": "MS_UNAVAILABLE"}))
    shown = asked(thing(qtbot, desk, server))
    qtbot.waitUntil(shown.problem.isVisible)
    assert "MS_UNAVAILABLE" in shown.problem.text and shown.settings.isHidden() and shown.when.isHidden()
    shoot(shown.window(), f"customer-vat-none{look}")
    server.answer("taxes.check_online", VALID)
    shown.again.click()
    qtbot.waitUntil(lambda: shown.answer is not None)
    assert shown.problem.isHidden()
    shown.window().close()


def test_without_a_service_it_leads_to_the_setting(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("taxes.check_online", Problem(status=422, code="vat.off", detail="No service for VAT numbers is set.", field="customer"))
    shown = asked(thing(qtbot, desk, server))
    qtbot.waitUntil(shown.problem.isVisible)
    assert not shown.settings.isHidden()
    shown.settings.click()
    assert desk.places == [Place("settings", tab="papers")]  # type: ignore[attr-defined]


def test_without_a_number_there_is_nothing_to_ask(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    assert "customer.vat_service" not in enabled(thing(qtbot, desk, server, None))
