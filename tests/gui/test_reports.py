"""The books on the screen: whole or not, by period, tax, and closing a month with its effect said first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.reports.reports import CloseForm, ReportsScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.wire.books import CloseView, TrialBalance
from appliance.wire.problem import Problem
from tests.gui import papers
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do
from tests.gui.trade import STATISTICS

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> ReportsScreen:
    server.answer("ledger.trial_balance", papers.trial())
    server.answer("ledger.accounts", papers.accounts())
    server.answer("taxes.report", papers.tax_report())
    server.answer("ledger.closes", papers.closes())
    server.answer("resellers.statistics", STATISTICS)
    made = ReportsScreen(desk, Place("reports"))
    qtbot.addWidget(made)
    made.resize(900, 480)
    made.show()
    made.refresh()
    return made


def shown(screen: ReportsScreen, qtbot: QtBot, tab: str) -> ListPage:
    screen.page.open_tab(tab)
    found = screen.page.built[tab]
    assert isinstance(found, ListPage)
    qtbot.waitUntil(lambda: bool(found.model.rows))
    return found


def test_the_trial_balance_says_that_the_books_are_whole(screen: ReportsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    trial = shown(screen, qtbot, "trial")
    assert trial.footer.text() == "Debits and credits are equal."
    assert str(trial.model.index(0, 0).data()) == "Credit of customers and resellers"
    shoot(screen, "reports-trial")
    trial.period.setCurrentIndex(trial.period.findData("last_month"))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: server.asked("ledger.trial_balance")[-1].since is not None)
    server.answer("ledger.trial_balance", TrialBalance(papers.trial().rows, {"EUR": "0.01"}))
    do(screen, "reports.refresh")
    qtbot.waitUntil(lambda: "not whole" in trial.footer.text())


def test_each_report_has_its_rows(screen: ReportsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    accounts = shown(screen, qtbot, "accounts")
    assert str(accounts.model.index(1, 2).data()) == "Calls that were sold"
    tax = shown(screen, qtbot, "tax")
    assert server.asked("taxes.report")[-1].since and server.asked("taxes.report")[-1].until
    assert str(tax.model.index(1, 1).data()) == "0\u00a0% · Reverse charge"
    assert tax.footer.text() == "Tax 210.00\u00a0EUR"
    shoot(screen, "reports-tax")
    closes = shown(screen, qtbot, "closes")
    assert str(closes.model.index(0, 3).data()) == "third quarter"
    resellers = shown(screen, qtbot, "resellers")
    shoot(screen, "reports-resellers")
    assert resellers.model.rowCount() >= 1


def test_a_period_that_runs_has_an_end_for_the_tax(screen: ReportsScreen, qtbot: QtBot, server: FakeClient) -> None:
    tax = shown(screen, qtbot, "tax")
    tax.period.setCurrentIndex(tax.period.findData("month"))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(server.asked("taxes.report")) > 1)
    asked = server.asked("taxes.report")[-1]
    assert asked.since < asked.until and tax.period.findData("all") == -1  # type: ignore[attr-defined]


def test_closing_says_its_effect_first(screen: ReportsScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    do(screen, "reports.close")
    made = dialog(FormDialog)
    form = made.form
    assert isinstance(form, CloseForm)
    qtbot.waitUntil(lambda: form.effect.text() == "2,230.50\u00a0EUR of credits up to that day are closed. Debits and credits are equal.")
    shoot(made, "reports-close")
    server.answer("ledger.close", Problem(status=409, code="books.closed_later", detail="A later day is closed already.", field="until"))
    made.submit()
    qtbot.waitUntil(lambda: form._fields["until"].fault.text() == "A later day is closed already.")
    server.answer("ledger.close", CloseView(2, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "mira", ""))
    made.submit()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].startswith("The books are closed up to")


def test_who_may_not_close_sees_no_such_action(screen: ReportsScreen, desk: Desk) -> None:
    desk.set_permissions(["ledger.read"])
    assert {each.name for each in screen.offered()} == {"reports.refresh"}


def test_pictures_in_other_looks(qtbot: QtBot, screen: ReportsScreen, desk: Desk, shoot: Shoot, qapp: QApplication) -> None:
    words.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk.theme.choose("dark")
    made = ReportsScreen(desk, Place("reports", tab="tax"))
    qtbot.addWidget(made)
    made.resize(720, 420)
    made.show()
    made.refresh()
    assert len(shown(made, qtbot, "tax").model.rows) == 2
    shoot(made, "reports-ar")
