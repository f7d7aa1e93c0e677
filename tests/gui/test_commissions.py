"""Commissions on a reseller's page: its own, those of its resellers by month, setting and crediting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.resellers.reseller_commission import CommissionsTab, months
from appliance.gui.screens.resellers.reseller_page import ResellerScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.commissions import CommissionList, CommissionPage, CommissionSet, CommissionView
from appliance.wire.problem import Problem
from tests.gui import trade
from tests.gui.fake_client import FakeClient
from tests.gui.looks import LOOKS, dress
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
OWN = CommissionView("North Voice", "5", "2480.00", "124.00", "EUR", "2026-01-03T09:00:00.000Z")
BELOW = [
    CommissionView("Delta", "2.5", "400.00", "10.00", "EUR", None),
    CommissionView(trade.LONG, "10", "1204.10", "120.41", "USD", None),
    CommissionView("Zero", "3", "0.00", "0.00", "EUR", None),
]


def page_of(request: CommissionList) -> CommissionPage:
    return CommissionPage(request.month, BELOW if request.parent == 2 else [OWN])


def opened(qtbot: QtBot, desk: Desk, server: FakeClient) -> tuple[ResellerScreen, CommissionsTab]:
    server.answer("resellers.get", trade.RESELLERS.resellers[1])
    server.answer("resellers.statistics", trade.STATISTICS)
    server.answer("commissions.list", page_of)
    screen = ResellerScreen(desk, Place("reseller", id=2, tab="commissions"))
    qtbot.addWidget(screen)
    screen.resize(1000, 520)
    screen.show()
    screen.refresh()
    tab = screen.page.built["commissions"]
    assert isinstance(tab, CommissionsTab)
    qtbot.waitUntil(lambda: bool(tab.list.model.rows) and tab.own is not None)
    return screen, tab


@pytest.mark.parametrize("look", LOOKS)
def test_what_it_earns_and_what_is_earned_of_it(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    dress(desk, look)
    screen, tab = opened(qtbot, desk, server)
    assert {each.parent for each in server.asked("commissions.list")} == {2, "Harbour Telecom"}
    last_month = months(date.fromtimestamp(desk.clock.utcnow() / 1000))[1]
    assert {each.month for each in server.asked("commissions.list")} == {tab.chosen_month()} == {last_month}
    assert "124.00\u00a0EUR" in tab.said.text() if look != "-arabic" else tab.said.text()
    shoot(screen, f"reseller-commissions{look}")


def test_its_own_rate_is_set(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen, _tab = opened(qtbot, desk, server)
    do(screen, "commission.own")
    form: Any = dialog(FormDialog)
    shoot(form, "reseller-commission-set")
    assert form.form.values() == {"percent": "5"}
    server.answer("commissions.set", Problem(status=422, code="commission.percent", detail="Between 0 and 100 percent.", field="percent"))
    form.form.field("percent").setText("700")
    form.submit()
    qtbot.waitUntil(lambda: form.form._fields["percent"].fault.text() == "Between 0 and 100 percent.")
    server.answer("commissions.set", OWN)
    form.form.field("percent").setText("7,5 %")
    before = len(server.asked("commissions.list"))
    form.submit()
    qtbot.waitUntil(lambda: len(server.asked("commissions.list")) > before)
    assert server.asked("commissions.set")[-1] == CommissionSet(2, "7.5")


def test_the_chosen_one_s_rate_is_set(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen, tab = opened(qtbot, desk, server)
    assert "commission.chosen" not in enabled(screen)
    tab.list.table.choose(0)
    do(screen, "commission.chosen")
    server.answer("commissions.set", BELOW[0])
    form: Any = dialog(FormDialog)
    form.form.field("percent").setText("0")
    form.submit()
    qtbot.waitUntil(lambda: server.asked("commissions.set") == [CommissionSet("Delta", "0")])


def test_a_month_that_is_over_is_credited(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    screen, tab = opened(qtbot, desk, server)
    assert "commission.pay" in enabled(screen)
    tab.month.setCurrentIndex(0)
    qtbot.waitUntil(lambda: server.asked("commissions.list")[-1].month == months(date.fromtimestamp(desk.clock.utcnow() / 1000))[0])
    assert "commission.pay" not in enabled(screen)  # it runs still
    tab.month.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not tab.list.model.loading)
    do(screen, "commission.pay")
    asked = dialog()
    shoot(asked, "reseller-commissions-pay")
    server.answer("commissions.pay", CommissionPage(tab.chosen_month(), BELOW, 2))
    asked.findChild(QPushButton, "do").click()
    qtbot.waitUntil(lambda: told == ["2 commissions are credited"])
    request = server.asked("commissions.pay")[-1]
    assert (request.month, request.parent) == (tab.chosen_month(), 2)


def test_who_may_not_see_the_parent_s_books_sees_the_list_alone(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    def answer(request: CommissionList) -> CommissionPage | Problem:
        return page_of(request) if request.parent == 2 else Problem(status=403, code="access.denied", detail="Not for you.")

    _screen, tab = opened(qtbot, desk, server)
    server.answer("commissions.list", answer)
    tab.refresh()
    qtbot.waitUntil(tab._head.isHidden)
    assert tab.own is None and len(tab.list.model.rows) == 3


def test_months_go_back_over_the_year() -> None:
    assert months(date(2026, 3, 31))[:4] == ["2026-03", "2026-02", "2026-01", "2025-12"] and len(set(months(date(2026, 3, 31)))) == 13
