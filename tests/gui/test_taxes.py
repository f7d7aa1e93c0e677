"""Taxes by name: added, changed and put away in the settings; shown where a payment is typed."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk
from appliance.gui.screens.parts.payment_effect import effect_lines
from appliance.gui.screens.settings.settings_taxes import TaxSettings, typed_percent
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.payments import PaymentEffect
from appliance.wire.shapes import ById, Done, Restored
from appliance.wire.taxes import TaxChange, TaxCreate, TaxPage, TaxView
from tests.gui.fake_client import FakeClient

HIGH = TaxView(1, 3, "Harbour Telecom", "BTW hoog", "21.00", "NL", None)
NONE = TaxView(2, 1, "Harbour Telecom", "Export", "0", "", None)


@pytest.fixture
def taxes(qtbot: QtBot, desk: Desk, server: FakeClient) -> TaxSettings:
    server.answer("taxes.list", TaxPage([HIGH, NONE]))
    made = TaxSettings(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 2)
    return made


def dialog(qtbot: QtBot) -> FormDialog:
    qtbot.waitUntil(lambda: any(isinstance(each, FormDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))
    return next(each for each in QApplication.topLevelWidgets() if isinstance(each, FormDialog) and each.isVisible())


def test_rates_are_listed_with_their_country_by_name(taxes: TaxSettings) -> None:
    model = taxes.list.model
    shown = [[str(model.data(model.index(row, column))).replace("\u00a0", " ") for column in range(3)] for row in range(2)]
    assert shown == [["BTW hoog", "21 %", "Netherlands"], ["Export", "0 %", "All other countries"]]
    assert not taxes.edit_button.isEnabled() and not taxes.archive_button.isEnabled()


def test_one_is_added(qtbot: QtBot, taxes: TaxSettings, server: FakeClient) -> None:
    server.answer("taxes.create", HIGH)
    taxes.add()
    form = dialog(qtbot)
    form.form.fill({"name": "IVA"})
    form.form.field("percent").setText("22,5 %")  # type: ignore[attr-defined]
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("taxes.create")))
    assert server.asked("taxes.create") == [TaxCreate("IVA", "22.5", "")]


def test_what_is_no_percentage_is_said_at_the_field(qtbot: QtBot, taxes: TaxSettings, server: FakeClient) -> None:
    taxes.add()
    form = dialog(qtbot)
    form.form.fill({"name": "IVA"})
    form.form.field("percent").setText("101")  # type: ignore[attr-defined]
    form.submit()
    assert server.asked("taxes.create") == [] and form.form._fields["percent"].fault.text() == "A tax is from 0 to 100 %."
    form.reject()


def test_one_is_changed_and_only_what_differs_is_sent(qtbot: QtBot, taxes: TaxSettings, server: FakeClient) -> None:
    server.answer("taxes.change", HIGH)
    taxes.list.table.choose(0)
    taxes.edit_button.click()
    form = dialog(qtbot)
    form.form.field("percent").setText("21.5")  # type: ignore[attr-defined]
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("taxes.change")))
    assert server.asked("taxes.change") == [TaxChange(id=1, version=3, percent="21.5")]


def test_one_is_put_away_and_comes_back(qtbot: QtBot, taxes: TaxSettings, server: FakeClient) -> None:
    told: list[Any] = []
    taxes.desk.told.connect(lambda _text, undo: told.append(undo))
    server.answer("taxes.archive", Done())
    server.answer("taxes.restore", Restored(1, []))
    taxes.list.table.choose(0)
    taxes.archive_button.click()
    qtbot.waitUntil(lambda: len(told) == 1)
    told[0]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("taxes.archive") == server.asked("taxes.restore") == [ById(1)]


def test_a_payment_names_the_tax_it_holds() -> None:
    effect = PaymentEffect("a", "A", "EUR", "12.10", "2.10", "10.00", "21", "0.00", "10.00", "BTW hoog", "S")
    assert [line[0].replace("\u00a0", " ") for line in effect_lines(effect)][1:3] == ["Of it BTW hoog, 21 %", "Credit"]


@pytest.mark.parametrize(("typed", "wire"), [("21", "21"), ("21,5 %", "21.5"), ("0", "0"), ("100", "100")])
def test_a_percentage_is_read_as_people_write_it(typed: str, wire: str) -> None:
    assert typed_percent(typed) == wire
