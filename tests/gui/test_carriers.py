"""Carriers' accounts and their lists of calls; what each role may do alone with money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.settings.settings import SettingsScreen
from appliance.gui.screens.settings.settings_limits import LimitSettings
from appliance.gui.screens.trunks.carrier_compare import ComparisonView, header_of
from appliance.gui.screens.trunks.carriers import CarriersScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.approvals import LimitPage, LimitView
from appliance.wire.trunks import TrunkPage
from tests.gui import mending, trade
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
LIST = b"Called number;Start time;Duration;Charge\n31612345678;2026-11-02 10:05:00;60;0,15\n"


@pytest.fixture
def told(desk: Desk) -> list[str]:
    found: list[str] = []
    desk.told.connect(lambda text, undo: found.append(text))
    return found


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> CarriersScreen:
    server.answer("carriers.list", mending.carriers())
    made = CarriersScreen(desk, Place("carriers"))
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))
    return made


def test_accounts_say_how_long_the_money_lasts(screen: CarriersScreen, desk: Desk, shoot: Shoot) -> None:
    assert screen.list.footer.text() == "3 accounts   ·   324.45\u00a0EUR with carriers   ·   12.00\u00a0USD with carriers"
    shoot(screen, "carriers")
    assert "carriers.compare" not in enabled(screen)
    screen.list.table.choose(1)
    do(screen, "carriers.trunk")
    assert (desk.places[-1].name, desk.places[-1].id) == ("trunk", 2)  # type: ignore[attr-defined]


def test_a_payment_to_a_carrier_is_recorded(screen: CarriersScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    screen.list.table.choose(0)
    server.answer("trunks.list", TrunkPage([trade.trunk()]))
    do(screen, "carriers.pay")
    form = dialog(FormDialog)
    form.form.fill({"amount": "500", "reference": "INV-7"})
    shoot(form, "carriers-pay")
    server.answer("carriers.pay", mending.carrier(balance="912.55"))
    form.submit()
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("carriers.pay")[-1]
    assert (asked.trunk, words.micros(asked.amount), asked.currency, asked.method, asked.reference) == (1, 500_000_000, "EUR", "bank", "INV-7")
    assert told == ["Paid; the balance with KPN is 912.55\u00a0EUR"]


def test_a_carriers_list_is_compared_call_by_call(
    screen: CarriersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot
) -> None:
    file = tmp_path / "november.csv"
    file.write_bytes(LIST)
    account = screen.list.model.rows[0]
    screen.compare(account, str(file))
    asked = dialog(PanelDialog)
    values = asked.inner.values()
    assert [values[each] for each in ("number", "started", "seconds", "cost")] == ["Called number", "Start time", "Duration", "Charge"]
    asked.inner.fill({"zone": "Europe/Amsterdam"})
    shoot(asked, "carriers-compare")
    server.answer("carriers.compare", mending.comparison())
    asked.submit()
    qtbot.waitUntil(lambda: bool(screen.findChildren(ComparisonView)))
    request = server.asked("carriers.compare")[-1]
    assert (request.content, request.zone, request.columns["cost"], request.trunk) == (LIST, "Europe/Amsterdam", "Charge", 1)
    shown = dialog(PanelDialog)
    view = shown.inner
    shoot(shown, "carriers-comparison")
    assert len(view.list.rows) == 4
    view.bar.setCurrentIndex(1)
    assert [each.kind for each in view.list.rows] == ["missing_here"]
    view.bar.setCurrentIndex(4)
    view.list.opened.emit(view.list.rows[0])
    assert (desk.places[-1].name, desk.places[-1].id) == ("call", 30)  # type: ignore[attr-defined]
    mending.gone(qtbot)
    screen.compare(account, str(file))
    assert dialog(PanelDialog).inner.values()["zone"] == "Europe/Amsterdam"  # as last time
    dialog(PanelDialog).reject()


def test_a_column_that_is_missing_is_asked_for(screen: CarriersScreen, server: FakeClient, tmp_path: Path, told: list[str]) -> None:
    file = tmp_path / "odd.csv"
    file.write_bytes(b"a,b,c,d\n1,2,3,4\n")
    screen.compare(screen.list.model.rows[0], str(file))
    asked = dialog(PanelDialog)
    asked.submit()
    assert not server.asked("carriers.compare") and asked.isVisible()
    asked.reject()
    file.write_bytes(b"no table at all")
    screen.compare(screen.list.model.rows[0], str(file))
    screen.compare(screen.list.model.rows[0], str(tmp_path / "gone.csv"))
    assert told[0].startswith("This is no table") and told[1].startswith("The file could not be read")
    assert header_of(b"\xef\xbb\xbfNumber\tStart\tSeconds\tCost\n") == ["Number", "Start", "Seconds", "Cost"]


# limits --------------------------------------------------------------------------------------------------------------------
def test_limits_by_role_are_changed_where_they_stand(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    server.answer("approvals.limits", mending.limits())
    settings = SettingsScreen(desk, Place("settings", tab="limits"))
    qtbot.addWidget(settings)
    settings.resize(960, 560)
    settings.show()
    section = settings.built["limits"]
    assert isinstance(section, LimitSettings)
    qtbot.waitUntil(lambda: bool(section.list.rows))
    shoot(settings, "settings-limits")
    section.list.table.choose(next(at for at, each in enumerate(section.list.rows) if each.role == "clerk"))
    section.edit()
    form = dialog(FormDialog)
    form.form.fill({})
    form.form.field("payment").set_amount("250")
    form.form.field("refund").set_amount(None)
    shoot(form, "settings-limits-edit")
    server.answer("approvals.set_limit", LimitPage([LimitView("Harbour Telecom", "clerk", "payment", "250.00")]))
    form.submit()
    qtbot.waitUntil(lambda: bool(told))
    asked = [(each.role, each.what, each.amount) for each in server.asked("approvals.set_limit")]
    assert [(role, what, None if amount is None else words.micros(amount)) for role, what, amount in asked] == [
        ("clerk", "payment", 250_000_000),
        ("clerk", "refund", None),
    ]
    assert next(each for each in section.list.rows if each.role == "clerk").amounts == {"payment": "250.00"}
